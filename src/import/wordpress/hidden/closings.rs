//! Where shortcodes end.

use std::collections::HashMap;
use std::ops::Range;

use crate::import::wordpress::shortcodes::name_length;

/// The name of the closing tag at a `[`, and where it ends.
pub(super) fn closing(text: &str, start: usize) -> Option<(&str, usize)> {
    let rest = text[start..].strip_prefix("[/")?;
    let (name, behind) = rest.split_at(long_name_length(rest));
    let gap = behind.len() - behind.trim_start().len();
    (!name.is_empty() && behind[gap..].starts_with(']')).then(|| (name, start + 2 + name.len() + gap + 1))
}

/// How long the name at the start is, as far as WordPress lets names consist of anything.
pub(super) fn long_name_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || "[]<>&/='\"".contains(c))
        .unwrap_or(text.len())
}

/// Words in the names of two shortcodes of which one begins what the other ends.
pub(super) const START: &[&str] = &["begin", "open", "start"];
const END: &[&str] = &["close", "end", "stop"];

/// What the names of both such shortcodes have in common, if this is one: `a/_content` of `a_start_content`. No name
/// holds a `/`.
pub(super) fn halves(name: &str, half: &[&str]) -> Option<String> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let words: Vec<&str> = name.split('_').collect();
    let at = words
        .iter()
        .position(|word| half.contains(word))
        .filter(|_| words.len() > 1)?;
    Some(format!("{}/{}", words[..at].join("_"), words[at + 1..].join("_")))
}

/// Where closing tags stand, by name in lower case, in order; those that are half of a pair by what the pair shares.
#[derive(Default)]
pub(super) struct Closings(HashMap<String, Vec<Range<usize>>>);

/// Those of a text.
pub(super) fn closings(text: &str) -> Closings {
    let mut closings = Closings::default();
    for (start, _) in text.match_indices('[') {
        if let Some((name, end)) = closing(text, start) {
            closings.add(name, start..end);
            continue;
        }
        let rest = &text[start + 1..];
        let name = &rest[..name_length(rest)];
        if let Some(stem) = halves(name, END)
            && let Some(end) = rest.find(['[', ']']).filter(|end| rest[*end..].starts_with(']'))
        {
            closings.add(&stem, start..start + 1 + end + 1);
        }
    }
    closings
}

impl Closings {
    /// Adds one behind all others.
    pub(super) fn add(&mut self, name: &str, range: Range<usize>) {
        self.0.entry(name.to_ascii_lowercase()).or_default().push(range);
    }

    /// Whether there is one.
    pub(super) fn have(&self, name: &str) -> bool {
        self.0.contains_key(&name.to_ascii_lowercase())
    }

    /// The first one behind a place.
    pub(super) fn first(&self, name: &str, from: usize) -> Option<Range<usize>> {
        let all = self.0.get(&name.to_ascii_lowercase())?;
        all.get(all.partition_point(|close| close.start < from)).cloned()
    }

    /// The last one, if it is behind a place.
    pub(super) fn last(&self, name: &str, from: usize) -> Option<Range<usize>> {
        let last = self.0.get(&name.to_ascii_lowercase())?.last()?;
        (last.start >= from).then(|| last.clone())
    }
}
