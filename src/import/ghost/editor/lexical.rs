//! Lexical: a tree of nodes, each with its type.

use serde_json::Value;

use super::card::{card, is_gated};
use super::{Rendering, list, text};
use crate::import::text::escape;

/// The bits of a text's format, and the elements that they mean.
const FORMATS: [(u64, &str); 8] = [
    (16, "code"),
    (1, "strong"),
    (2, "em"),
    (4, "s"),
    (8, "u"),
    (32, "sub"),
    (64, "sup"),
    (128, "mark"),
];

/// Writes a document. How deep it may be is bounded by how it was read.
pub(super) fn render(document: &Value, to: &mut Rendering) {
    match document.get("root") {
        Some(root) => children(root, to),
        None => {
            to.lost.insert("its lexical, which has no root".to_owned());
        }
    }
}

fn children(node: &Value, to: &mut Rendering) {
    for child in list(node, "children") {
        write(child, to);
    }
}

fn write(node: &Value, to: &mut Rendering) {
    if is_gated(node) {
        to.is_cut = true;
        return;
    }
    match text(node, "type") {
        "text" | "extended-text" => words(node, to),
        "linebreak" => to.html.push_str("<br>"),
        "tab" => to.html.push('\t'),
        "paragraph" => block("p", node, to),
        "heading" | "extended-heading" => {
            let level = text(node, "tag");
            let is_heading = ["h1", "h2", "h3", "h4", "h5", "h6"].contains(&level);
            block(if is_heading { level } else { "h2" }, node, to);
        }
        "quote" | "extended-quote" => block("blockquote", node, to),
        "aside" if !list(node, "children").is_empty() => block("blockquote", node, to),
        "list" => {
            let is_numbered = text(node, "listType") == "number";
            block(if is_numbered { "ol" } else { "ul" }, node, to);
        }
        "listitem" => block("li", node, to),
        "link" | "autolink" => {
            to.html.push_str(&format!("<a href=\"{}\">", escape(text(node, "url"))));
            children(node, to);
            to.html.push_str("</a>");
        }
        other if !list(node, "children").is_empty() => {
            // What is inside an unknown node is worth more than nothing.
            to.lost.insert(format!("node {other:?}"));
            children(node, to);
        }
        other => card(other, node, to),
    }
}

fn block(element: &str, node: &Value, to: &mut Rendering) {
    to.html.push_str(&format!("<{element}>"));
    children(node, to);
    to.html.push_str(&format!("</{element}>\n"));
}

fn words(node: &Value, to: &mut Rendering) {
    let format = node.get("format").and_then(Value::as_u64).unwrap_or_default();
    let html = FORMATS
        .iter()
        .filter(|(bit, _)| format & bit != 0)
        .fold(escape(text(node, "text")), |html, (_, element)| {
            format!("<{element}>{html}</{element}>")
        });
    to.html.push_str(&html);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered(children: &Value) -> Rendering {
        let mut rendering = Rendering::default();
        render(&json!({"root": {"type": "root", "children": children}}), &mut rendering);
        rendering
    }

    #[test]
    fn text_keeps_its_formats_and_is_escaped() {
        let found = rendered(&json!([{"type": "paragraph", "children": [
            {"type": "extended-text", "text": "a < b", "format": 3}, {"type": "linebreak"},
            {"type": "link", "url": "https://x.example/?a&b", "children": [{"type": "text", "text": "c", "format": 16}]},
        ]}]));
        assert_eq!(
            found.html,
            "<p><em><strong>a &lt; b</strong></em><br><a href=\"https://x.example/?a&amp;b\"><code>c</code></a></p>\n"
        );
        assert!(found.lost.is_empty());
    }

    #[test]
    fn blocks_and_lists_nest() {
        let item = |text: &str| json!({"type": "listitem", "children": [{"type": "text", "text": text}]});
        let found = rendered(&json!([
            {"type": "extended-heading", "tag": "h3", "children": [{"type": "text", "text": "H"}]},
            {"type": "heading", "tag": "script", "children": []},
            {"type": "list", "listType": "number", "children": [item("a"), {"type": "listitem", "children": [
                {"type": "list", "listType": "bullet", "children": [item("b")]}]}]},
        ]));
        let html = found.html.replace('\n', "");
        assert_eq!(
            html,
            "<h3>H</h3><h2></h2><ol><li>a</li><li><ul><li>b</li></ul></li></ol>"
        );
    }

    #[test]
    fn what_cannot_be_rendered_is_named_and_its_text_stays() {
        let found = rendered(&json!([
            {"type": "poll", "children": [{"type": "text", "text": "a"}]}, {"type": "map"}, {"nothing": 1}, 7,
        ]));
        assert_eq!(found.html, "a");
        assert_eq!(
            found.lost.iter().map(String::as_str).collect::<Vec<_>>(),
            ["card \"\"", "card \"map\"", "node \"poll\""]
        );
    }

    #[test]
    fn what_only_members_or_letters_got_is_left_out() {
        let found = rendered(&json!([
            {"type": "html", "html": "secret", "visibility": {"web": {"nonMember": false}}},
            {"type": "email", "html": "secret"}, {"type": "email-cta", "html": "secret"},
            {"type": "html", "html": "<i>a</i>", "visibility": {"web": {"nonMember": true}}},
        ]));
        assert_eq!(found.html, "<i>a</i>\n");
        assert!(found.is_cut);
    }

    #[test]
    fn cards_read_well() {
        let found = rendered(&json!([
            {"type": "image", "src": "a.png", "alt": "A", "caption": "<i>C</i>", "href": "/x"},
            {"type": "codeblock", "code": "a<b", "language": "rust"},
            {"type": "bookmark", "url": "https://x.example", "metadata": {"title": "X"}},
            {"type": "callout", "calloutEmoji": "!", "calloutText": "<b>t</b>"},
            {"type": "toggle", "heading": "H", "content": "<p>c</p>"},
            {"type": "markdown", "markdown": "*m*"}, {"type": "horizontalrule"},
            {"type": "gallery", "images": [{"src": "a.png"}, {"src": "b.png"}]}, {"type": "image"},
        ]));
        insta::assert_snapshot!(found.html);
        assert!(found.lost.is_empty());
    }
}
