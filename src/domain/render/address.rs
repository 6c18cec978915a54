//! The addresses that HTML points to.

use std::cell::RefCell;

use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::attributes::bound_attributes;

/// An address in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// To the letter, entities decoded: what [`finish`](super::finish) will ask its `resolve` for.
    pub value: String,
    /// Whether it is shown or played in the text (`src`, `poster`, `srcset`), not linked to (`href`).
    pub is_embedded: bool,
    /// What it shows, if said.
    pub alt: String,
}

/// The addresses in HTML, in order.
pub fn addresses(html: &str) -> Vec<Address> {
    let tokenizer = Tokenizer::new(Collector::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&bound_attributes(html)));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Collector(RefCell<Vec<Address>>);

impl TokenSink for Collector {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token
            && tag.kind == TagKind::StartTag
        {
            self.collect(&tag);
        }
        TokenSinkResult::Continue
    }
}

impl Collector {
    fn collect(&self, tag: &Tag) {
        let attribute = |name: &str| tag.attrs.iter().find(|attribute| &*attribute.name.local == name);
        let alt = attribute("alt")
            .map(|alt| alt.value.trim().to_owned())
            .unwrap_or_default();
        let address = |value: &str, is_embedded| Address {
            value: value.to_owned(),
            is_embedded,
            alt: alt.clone(),
        };
        let mut found = self.0.borrow_mut();
        for name in ["src", "poster", "href"] {
            found.extend(attribute(name).map(|attribute| address(&attribute.value, name != "href")));
        }
        if let Some(srcset) = attribute("srcset") {
            found.extend(candidates(&srcset.value).map(|(value, _)| address(value, true)));
        }
    }
}

/// Replaces the addresses in an attribute's value for which `resolve` has another; `None` where all stay.
pub(super) fn resolved(attribute: &str, value: &str, resolve: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    match attribute {
        "src" | "href" | "poster" => resolve(value),
        "srcset" => {
            let mut changed = false;
            let candidates = candidates(value)
                .map(|(address, descriptor)| {
                    let new = resolve(address);
                    changed |= new.is_some();
                    let address = new.unwrap_or_else(|| address.to_owned());
                    if descriptor.is_empty() {
                        address
                    } else {
                        format!("{address} {descriptor}")
                    }
                })
                .collect::<Vec<_>>();
            changed.then(|| candidates.join(", "))
        }
        _ => None,
    }
}

/// Sanitised HTML with each address replaced for which `resolve` has another. For readers, at each reading: one pass over what
/// [`finish`](super::finish) made, in which `<` begins a tag and values stand in double quotes.
pub fn readdressed(html: &str, resolve: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    while let Some(tag) = rest.find('<') {
        // Up to each value of the tag, then the value; at last up to where the tag ends.
        let mut place = tag + 1;
        while let Some(next) = rest[place..].find(['"', '>']) {
            place += next + 1;
            if !rest[..place].ends_with('"') {
                break;
            }
            let Some(end) = rest[place..].find('"') else { break };
            let (before, value) = (&rest[..place], &rest[place..place + end]);
            let attribute = before.trim_end_matches("=\"").rsplit(' ').next().unwrap_or_default();
            out.push_str(before);
            out.push_str(resolved(attribute, value, resolve).as_deref().unwrap_or(value));
            (rest, place) = (&rest[place + end..], 1);
        }
        let (done, after) = rest.split_at(place.min(rest.len()));
        out.push_str(done);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The candidates of a `srcset`: address and descriptor (`2x`, `640w`, or nothing).
/// <https://html.spec.whatwg.org/multipage/images.html#parse-a-srcset-attribute>
pub(super) fn candidates(srcset: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = srcset;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return None;
        }
        let (address, after) = rest.split_at(rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len()));
        let bare = address.trim_end_matches(',');
        if bare.len() < address.len() {
            rest = after;
            return Some((bare, ""));
        }
        let end = after.find(',').unwrap_or(after.len());
        rest = &after[end..];
        Some((address, after[..end].trim_ascii()))
    })
}

#[cfg(test)]
mod tests {
    use super::{addresses, candidates, readdressed, resolved};

    #[test]
    fn every_address_is_listed_as_it_will_be_asked_for() {
        let html = "<img src='a&amp;b.png' alt=' A '><a href=c.pdf>c</a><video poster=p.jpg src=v.mp4></video>\
                    <source srcset='x.webp 1x, y.webp 2x'><p title=z>";
        let found = addresses(html);
        let values = found
            .iter()
            .map(|address| (address.value.as_str(), address.is_embedded))
            .collect::<Vec<_>>();
        let expected = [
            ("a&b.png", true),
            ("c.pdf", false),
            ("v.mp4", true),
            ("p.jpg", true),
            ("x.webp", true),
            ("y.webp", true),
        ];
        assert_eq!(values, expected);
        assert_eq!(found[0].alt, "A");
        let asked = std::cell::RefCell::new(Vec::new());
        crate::domain::render::finish(html, &|address| {
            asked.borrow_mut().push(address.to_owned());
            None
        });
        let mut asked = asked.into_inner();
        asked.sort();
        let mut values = expected.map(|(value, _)| value);
        values.sort_unstable();
        assert_eq!(asked, values);
    }

    #[test]
    fn every_candidate_of_a_srcset_is_resolved() {
        let resolve = |address: &str| (address == "a.png").then(|| "/media/1/a.png".to_owned());
        assert_eq!(
            resolved("srcset", "a.png, b.png 2x,a.png 3x", &resolve).as_deref(),
            Some("/media/1/a.png, b.png 2x, /media/1/a.png 3x")
        );
        assert_eq!(resolved("srcset", "b.png 2x", &resolve), None);
        assert_eq!(resolved("title", "a.png", &resolve), None);
    }

    #[test]
    fn addresses_in_tags_are_replaced_and_nothing_else() {
        let resolve = |address: &str| address.starts_with("/m/").then(|| format!("https://q{address}"));
        for (html, expected) in [
            ("<img src=\"/m/1\">", "<img src=\"https://q/m/1\">"),
            (
                "<p>a</p><img alt=\"/m/1\" srcset=\"/m/1 1x, b.png 2x, /m/2 3x\" src=\"/m/1\"><a href=\"/m/3\">/m/4</a> b",
                "<p>a</p><img alt=\"/m/1\" srcset=\"https://q/m/1 1x, b.png 2x, https://q/m/2 3x\" src=\"https://q/m/1\">\
                 <a href=\"https://q/m/3\">/m/4</a> b",
            ),
            (
                "<code>src=\"/m/1\" &lt;img src=\"/m/1\"&gt;</code>",
                "<code>src=\"/m/1\" &lt;img src=\"/m/1\"&gt;</code>",
            ),
            (
                "<a title=\"x > y\" href=\"/m/1\">z</a>",
                "<a title=\"x > y\" href=\"https://q/m/1\">z</a>",
            ),
            ("<img src=\"é\"><br>ü<", "<img src=\"é\"><br>ü<"),
            ("<a href=\"/m/1", "<a href=\"/m/1"),
            ("", ""),
        ] {
            assert_eq!(readdressed(html, &resolve), expected);
        }
    }

    #[test]
    fn commas_within_an_address_belong_to_it() {
        let found = candidates(" x,y.png 1x , , z.png,").collect::<Vec<_>>();
        assert_eq!(found, [("x,y.png", "1x"), ("z.png", "")]);
        assert_eq!(candidates(" ,, ").count(), 0);
    }
}
