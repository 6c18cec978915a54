//! What HTML may contain.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, Url};

use super::{address, highlight};

/// What one kind of text may contain.
pub(super) struct Policy {
    elements: HashSet<&'static str>,
    cleaner: Builder<'static>,
}

impl Policy {
    /// Whether an element may appear.
    pub(super) fn allows(&self, element: &str) -> bool {
        self.elements.contains(element)
    }

    /// Removes everything that may not appear.
    pub(super) fn clean(&self, html: &str) -> String {
        self.cleaner.clean(html).to_string()
    }
}

/// For posts and pages.
pub(super) static POST: LazyLock<Policy> = LazyLock::new(|| {
    let elements = COMMENT_ELEMENTS
        .iter()
        .chain(POST_ELEMENTS)
        .copied()
        .collect::<HashSet<_>>();
    let mut cleaner = cleaner(&elements);
    cleaner
        .generic_attributes(HashSet::from(["class", "dir", "lang", "title"]))
        .tag_attributes(post_attributes())
        // A task list's boxes show, they do not ask.
        .tag_attribute_values(HashMap::from([(
            "input",
            HashMap::from([("type", HashSet::from(["checkbox"]))]),
        )]))
        .set_tag_attribute_value("input", "disabled", "")
        .attribute_filter(|_, attribute, value| match attribute {
            "srcset" if !address::candidates(value).all(|(address, _)| is_web_address(address)) => None,
            "poster" | "src" if !is_web_address(value) => None,
            _ => Some(Cow::Borrowed(value)),
        });
    Policy { elements, cleaner }
});

/// For comments: no images, headings, ids or foreign classes.
pub(super) static COMMENT: LazyLock<Policy> = LazyLock::new(|| {
    let elements = COMMENT_ELEMENTS.iter().copied().collect::<HashSet<_>>();
    let mut cleaner = cleaner(&elements);
    cleaner
        .generic_attributes(HashSet::from(["dir", "lang"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("abbr", HashSet::from(["title"])),
            ("code", HashSet::from(["class"])),
            ("ol", HashSet::from(["start"])),
            ("span", HashSet::from(["class"])),
        ]))
        .attribute_filter(|_, attribute, value| match attribute {
            "class" if !value.split_whitespace().all(is_code_class) => None,
            _ => Some(Cow::Borrowed(value)),
        });
    Policy { elements, cleaner }
});

fn cleaner(elements: &HashSet<&'static str>) -> Builder<'static> {
    let mut cleaner = Builder::default();
    cleaner
        .tags(elements.clone())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(Some("noopener noreferrer"));
    cleaner
}

/// Whether an address is http, https, or relative.
fn is_web_address(address: &str) -> bool {
    match Url::parse(address) {
        Ok(url) => matches!(url.scheme(), "http" | "https"),
        Err(error) => error == url::ParseError::RelativeUrlWithoutBase,
    }
}

/// Whether a class is one that our own colouring of code gives.
fn is_code_class(class: &str) -> bool {
    class.starts_with(highlight::CLASS_PREFIX) || class.starts_with("language-")
}

#[rustfmt::skip]
const COMMENT_ELEMENTS: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "cite", "code", "del", "em", "i", "ins", "kbd", "li", "mark",
    "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "ul", "var",
    "wbr",
];

#[rustfmt::skip]
const POST_ELEMENTS: &[&str] = &[
    "acronym", "article", "aside", "audio", "big", "caption", "center", "col", "colgroup", "data", "dd", "details",
    "dfn", "div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup",
    "hr", "img", "input", "picture", "rp", "rt", "ruby", "section", "source", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "time", "tr", "track", "video",
];

fn post_attributes() -> HashMap<&'static str, HashSet<&'static str>> {
    let mut attributes = HashMap::from([
        ("a", HashSet::from(["aria-label", "href", "hreflang", "id"])),
        ("audio", HashSet::from(["controls", "loop", "muted", "preload", "src"])),
        ("blockquote", HashSet::from(["cite"])),
        ("col", HashSet::from(["span"])),
        ("colgroup", HashSet::from(["span"])),
        ("data", HashSet::from(["value"])),
        ("del", HashSet::from(["cite", "datetime"])),
        ("details", HashSet::from(["open"])),
        (
            "img",
            HashSet::from(["align", "alt", "height", "loading", "sizes", "src", "srcset", "width"]),
        ),
        ("input", HashSet::from(["checked", "disabled"])),
        ("ins", HashSet::from(["cite", "datetime"])),
        ("li", HashSet::from(["id", "value"])),
        ("ol", HashSet::from(["reversed", "start", "type"])),
        ("q", HashSet::from(["cite"])),
        ("section", HashSet::from(["id"])),
        (
            "source",
            HashSet::from(["height", "media", "sizes", "src", "srcset", "type", "width"]),
        ),
        ("sup", HashSet::from(["id"])),
        ("td", HashSet::from(["align", "colspan", "headers", "rowspan"])),
        ("th", HashSet::from(["align", "colspan", "headers", "rowspan", "scope"])),
        ("time", HashSet::from(["datetime"])),
        ("track", HashSet::from(["default", "kind", "label", "src", "srclang"])),
        (
            "video",
            HashSet::from([
                "controls",
                "height",
                "loop",
                "muted",
                "playsinline",
                "poster",
                "preload",
                "src",
                "width",
            ]),
        ),
    ]);
    for heading in ["h1", "h2", "h3", "h4", "h5", "h6"] {
        attributes.insert(heading, HashSet::from(["id"]));
    }
    attributes
}
