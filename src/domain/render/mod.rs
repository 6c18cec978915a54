//! Turns what authors write into what readers get: HTML, sanitised, with everything that is derived from it.

mod address;
mod attributes;
mod containers;
mod headings;
mod hidden;
mod highlight;
mod markdown;
mod nesting;
mod plain;
mod policy;
mod rewrite;
mod text;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

pub use address::{Address, addresses, readdressed};
pub use markdown::markdown;
pub use plain::plain_text_paragraphs;
pub use text::truncate;

/// Characters of [`Rendered::lead`], at most.
const LEAD: usize = 600;

/// A heading of a rendered text, an entry of its table of contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// 1 to 6, as in `h1` to `h6`.
    pub level: u8,
    /// The `id` of the heading element, unique in the text; link to it with `#id`.
    pub id: String,
    /// The heading without markup.
    pub text: String,
}

/// A text as readers get it, with all that is derived from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Sanitised HTML: nothing in it runs.
    pub html: String,
    /// The text without markup; blocks are parted by a line break, white space is folded.
    pub text: String,
    /// The headings in order.
    pub headings: Vec<Heading>,
    /// Words of `text` (a character of a script without spaces, such as Han, counts as half a word).
    pub word_count: u32,
    /// Minutes to read it at 230 words a minute, rounded up, at least 1.
    pub reading_minutes: u32,
    /// The web addresses that the text links to, in order, each once; at most 500.
    pub links: Vec<String>,
    /// How many elements with text were left out since a browser would not have shown them.
    pub hidden: usize,
    /// The start of `text` on one line, at most 600 characters, cut at a word.
    pub lead: String,
}

/// Finishes a post's HTML: headings get ids, addresses that `resolve` knows another for are replaced (it is asked for
/// each `src`, `href`, `poster` and `srcset` candidate, entities decoded), and the whole is sanitised last.
///
/// Takes anything: what is too deeply nested loses tags, never text; time and memory grow with the length only.
pub fn finish(html: &str, resolve: &dyn Fn(&str) -> Option<String>) -> Rendered {
    let rewritten = rewrite::rewrite(html, &policy::POST, resolve);
    let word_count = text::word_count(&rewritten.text);
    let html = policy::POST.clean(&rewritten.html);
    Rendered {
        links: links(&html),
        html,
        lead: truncate(&rewritten.text, LEAD),
        text: rewritten.text,
        headings: rewritten.headings,
        hidden: rewritten.hidden,
        word_count,
        reading_minutes: text::reading_minutes(word_count),
    }
}

/// Links of one text that are kept.
const MOST_LINKS: usize = 500;

/// The web addresses that sanitised HTML links to.
fn links(html: &str) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    let is_link = |address: &Address| {
        let scheme = address.value.split(':').next().unwrap_or_default();
        !address.is_embedded && ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str())
    };
    let mut seen = HashSet::new();
    for address in addresses(html).into_iter().filter(is_link) {
        if links.len() < MOST_LINKS && seen.insert(address.value.clone()) {
            links.push(address.value);
        }
    }
    links
}

/// Sanitises a comment's HTML: plain formatting, lists, quotes, code and links remain.
pub fn sanitise(html: &str) -> String {
    let rewritten = rewrite::rewrite(html, &policy::COMMENT, &|_| None);
    policy::COMMENT.clean(&rewritten.html)
}
