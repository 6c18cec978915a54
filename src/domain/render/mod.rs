//! Turns what authors write into what readers get: HTML, sanitised, with everything that is derived from it.

use serde::{Deserialize, Serialize};

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
    /// The start of `text` on one line, at most 600 characters, cut at a word.
    pub lead: String,
}

/// placeholder until merged
pub fn truncate(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}
