//! Mobiledoc: sections of markers, which open and close markups by number.

use serde_json::Value;

use super::card::card;
use super::{Rendering, list};
use crate::import::text::escape;

/// The elements that sections and markups may be.
const ELEMENTS: &[&str] = &[
    "a",
    "aside",
    "b",
    "blockquote",
    "code",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "ol",
    "p",
    "s",
    "strong",
    "sub",
    "sup",
    "u",
    "ul",
];

/// Writes a document.
pub(super) fn render(document: &Value, to: &mut Rendering) {
    let Some(sections) = document.get("sections").and_then(Value::as_array) else {
        to.lost.insert("its mobiledoc, which has no sections".to_owned());
        return;
    };
    for section in sections {
        match number(section, 0) {
            Some(1) => {
                let element = element(at(section, 1), to).unwrap_or("p");
                block(element, at(section, 2), document, to);
            }
            Some(2) => {
                let image = serde_json::json!({ "src": at(section, 1) });
                card("image", &image, to);
            }
            Some(3) => {
                let element = element(at(section, 1), to).unwrap_or("ul");
                to.html.push_str(&format!("<{element}>"));
                for item in at(section, 2).as_array().map_or(&[][..], Vec::as_slice) {
                    block("li", item, document, to);
                }
                to.html.push_str(&format!("</{element}>\n"));
            }
            Some(10) => {
                let found = number(section, 1).and_then(|index| list(document, "cards").get(index));
                match found.and_then(|found| at(found, 0).as_str()) {
                    Some(name) => card(name, at(found.unwrap_or(&Value::Null), 1), to),
                    None => drop(to.lost.insert("a card that is not there".to_owned())),
                }
            }
            _ => drop(to.lost.insert("a section of unknown kind".to_owned())),
        }
    }
}

fn block(element: &str, markers: &Value, document: &Value, to: &mut Rendering) {
    to.html.push_str(&format!("<{element}>"));
    let mut open = Vec::new();
    for marker in markers.as_array().map_or(&[][..], Vec::as_slice) {
        for markup in at(marker, 1).as_array().map_or(&[][..], Vec::as_slice) {
            let index = markup.as_u64().and_then(|index| usize::try_from(index).ok());
            let markup = index.and_then(|index| list(document, "markups").get(index));
            open.push(opened(markup.unwrap_or(&Value::Null), to));
        }
        match number(marker, 0) {
            Some(0) => to.html.push_str(&escape(at(marker, 3).as_str().unwrap_or_default())),
            Some(1) => {
                let atom = number(marker, 3).and_then(|index| list(document, "atoms").get(index));
                atom_of(atom.unwrap_or(&Value::Null), to);
            }
            _ => drop(to.lost.insert("a marker of unknown kind".to_owned())),
        }
        for _ in 0..number(marker, 2).unwrap_or_default().min(open.len()) {
            close(open.pop().flatten(), to);
        }
    }
    while let Some(element) = open.pop() {
        close(element, to);
    }
    to.html.push_str(&format!("</{element}>\n"));
}

/// Opens a markup: its element, and for links the address.
fn opened(markup: &Value, to: &mut Rendering) -> Option<&'static str> {
    let element = element(at(markup, 0), to)?;
    let attributes = at(markup, 1).as_array().map_or(&[][..], Vec::as_slice);
    let address = attributes
        .chunks_exact(2)
        .find(|pair| pair[0] == "href")
        .and_then(|pair| pair[1].as_str());
    match address.filter(|_| element == "a") {
        Some(address) => to.html.push_str(&format!("<a href=\"{}\">", escape(address))),
        None => to.html.push_str(&format!("<{element}>")),
    }
    Some(element)
}

fn close(element: Option<&str>, to: &mut Rendering) {
    if let Some(element) = element {
        to.html.push_str(&format!("</{element}>"));
    }
}

fn atom_of(atom: &Value, to: &mut Rendering) {
    match at(atom, 0).as_str() {
        Some("soft-return") => to.html.push_str("<br>"),
        name => {
            to.lost.insert(format!("atom {:?}", name.unwrap_or_default()));
            to.html.push_str(&escape(at(atom, 1).as_str().unwrap_or_default()));
        }
    }
}

fn element(name: &Value, to: &mut Rendering) -> Option<&'static str> {
    let name = name.as_str().unwrap_or_default();
    let found = ELEMENTS.iter().find(|element| name.eq_ignore_ascii_case(element));
    if found.is_none() {
        to.lost.insert(format!("element {name:?}"));
    }
    found.copied()
}

fn at(list: &Value, index: usize) -> &Value {
    list.get(index).unwrap_or(&Value::Null)
}

fn number(list: &Value, index: usize) -> Option<usize> {
    at(list, index).as_u64().and_then(|number| usize::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered(document: &Value) -> Rendering {
        let mut rendering = Rendering::default();
        render(document, &mut rendering);
        rendering
    }

    #[test]
    fn markups_open_and_close_across_markers() {
        let found = rendered(&json!({
            "markups": [["strong"], ["a", ["href", "https://x.example/?a&b"]]],
            "atoms": [["soft-return", "", {}]],
            "cards": [["hr", {}]],
            "sections": [
                [1, "p", [[0, [0], 0, "a"], [0, [1], 2, "<b>"], [1, [], 0, 0], [0, [], 0, "c"]]],
                [3, "ol", [[[0, [], 0, "i"]], [[0, [0], 1, "j"]]]],
                [2, "a.png"], [10, 0],
            ],
        }));
        let html = found.html.replace('\n', "");
        assert_eq!(
            html,
            "<p><strong>a<a href=\"https://x.example/?a&amp;b\">&lt;b&gt;</a></strong><br>c</p>\
             <ol><li>i</li><li><strong>j</strong></li></ol>\
             <figure class=\"kg-card kg-image-card\"><img src=\"a.png\" alt=\"\"></figure><hr>"
        );
        assert!(found.lost.is_empty());
    }

    #[test]
    fn references_that_lead_nowhere_are_named_and_text_stays() {
        let found = rendered(&json!({"sections": [
            [1, "script", [[0, [7], 99, "a"]]], [1, "p", [[0, [0], 0, "b"], [1, [], 0, 5], [9]]], [10, 3], [42], null, [],
        ]}));
        assert_eq!(found.html.replace('\n', ""), "<p>a</p><p>b</p>");
        assert!(found.lost.len() >= 4, "{:?}", found.lost);
    }

    #[test]
    fn what_is_no_document_is_named() {
        for document in [json!({}), json!([]), json!(null), json!({"sections": 1})] {
            assert_eq!(rendered(&document).lost.len(), 1, "{document}");
        }
    }
}
