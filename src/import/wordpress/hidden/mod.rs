//! Takes out of an item what readers of the old site did not see: what shortcodes and blocks hid.
//!
//! This happens to the text as it stands in the file, before anything is made of it, so that no excerpt, source, revision
//! or search text can hold what was hidden.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use serde_json::Value;

use super::audience::{Audience, is_block_hidden, is_hiding_name, of_shortcode};
use super::blocks::{Kind, delimiters, pair};
use super::item::Item;
use super::shortcodes::{Shortcode, name_length};

/// How many shortcodes and blocks a report names for one field.
const NAME_LIMIT: usize = 20;

/// Takes what was hidden out of an item's texts; says what hid it, a line each.
pub(super) fn take_out(item: &mut Item) -> Vec<String> {
    let mut remarks = Vec::new();
    let content_before = item.content.len();
    for (field, text) in [
        ("title", &mut item.title),
        ("excerpt", &mut item.excerpt),
        ("body", &mut item.content),
    ] {
        let (visible, hiders) = visible(text);
        if let Cow::Owned(visible) = visible {
            *text = visible;
        }
        let count = hiders.len();
        let named = hiders.into_iter().take(NAME_LIMIT);
        remarks.extend(named.map(|hider| format!("a part of its {field} that {hider} hid from readers was left out")));
        if count > NAME_LIMIT {
            remarks.push(format!(
                "parts of its {field} that {} more hid were left out",
                count - NAME_LIMIT
            ));
        }
    }
    if item.content.len() < content_before {
        let content = &item.content;
        for (key, value) in &mut item.meta {
            if key == "footnotes" {
                *value = notes_of(value, content);
            }
        }
    }
    remarks
}

/// The footnotes that a text refers to.
fn notes_of(notes: &str, content: &str) -> String {
    let Ok(Value::Array(mut notes)) = serde_json::from_str(notes) else {
        return String::new();
    };
    let referred = ids(content, "data-fn=\"");
    notes.retain(|note| {
        note.get("id")
            .and_then(Value::as_str)
            .is_some_and(|id| referred.contains(id))
    });
    Value::Array(notes).to_string()
}

fn ids<'a>(content: &'a str, before: &str) -> BTreeSet<&'a str> {
    let found = content
        .match_indices(before)
        .map(|(at, _)| &content[at + before.len()..]);
    found.filter_map(|rest| rest.split('"').next()).collect()
}

/// What of a text readers saw, and what hid the rest.
fn visible(text: &str) -> (Cow<'_, str>, BTreeSet<String>) {
    let mut cuts = Cuts::default();
    cuts.blocks(text);
    cuts.shortcodes(text);
    if cuts.ranges.is_empty() {
        return (Cow::Borrowed(text), cuts.hiders);
    }
    cuts.ranges.sort_by_key(|range| range.start);
    let mut visible = String::with_capacity(text.len());
    let mut at = 0;
    for range in cuts.ranges {
        if range.start > at {
            visible.push_str(&text[at..range.start]);
        }
        at = at.max(range.end);
    }
    visible.push_str(&text[at..]);
    (Cow::Owned(visible), cuts.hiders)
}

/// What goes, in any order; ranges may overlap.
#[derive(Default)]
struct Cuts {
    ranges: Vec<Range<usize>>,
    hiders: BTreeSet<String>,
}

impl Cuts {
    fn blocks(&mut self, text: &str) {
        if !text.contains("wp:") {
            return;
        }
        let mut all = delimiters(text);
        pair(&mut all);
        for delimiter in &all {
            if delimiter.kind == Kind::Close || !is_block_hidden(delimiter.name, delimiter.attributes) {
                continue;
            }
            let end = match (delimiter.kind, delimiter.partner) {
                (Kind::Void, _) => delimiter.end,
                (_, Some(partner)) => all[partner].end,
                // A block that is never closed holds the rest.
                (_, None) => text.len(),
            };
            self.ranges.push(delimiter.start..end);
            self.hiders.insert(format!("the block {}", delimiter.name));
        }
    }

    fn shortcodes(&mut self, text: &str) {
        let Some(bracket) = text.rfind(']') else { return };
        let closings = closings(text);
        let mut at = 0;
        while let Some(start) = text[at..].find('[').map(|offset| at + offset) {
            at = start + 1;
            let Some(found) = opening(text, start, bracket) else {
                if text[at..].starts_with('[') {
                    at = behind_escaped(text, start, bracket, &closings).unwrap_or(at);
                }
                continue;
            };
            match of_shortcode(&found) {
                Audience::Everyone => {}
                Audience::Visitors => {
                    let close = closings.first(found.name, found.end);
                    self.ranges.push(start..found.end);
                    self.ranges.extend(close);
                    at = found.end;
                }
                Audience::Others { is_known } => {
                    let end = closings
                        .last(found.name, found.end)
                        .map(|last| content_end(text, &found, &last, bracket));
                    // Without an end it enclosed nothing; whoever wrote one that is known meant the rest.
                    let encloses_nothing = text[..found.end].ends_with("/]") || !is_known;
                    let end = end.unwrap_or(if encloses_nothing { found.end } else { text.len() });
                    if end > found.end {
                        self.ranges.push(start..end);
                        self.hiders.insert(format!("the shortcode [{}]", found.name));
                    }
                    at = end;
                }
            }
        }
    }
}

/// The opening tag at a `[`, as WordPress reads it: up to the next `]`. `bracket` is where the last `]` of the text stands.
fn opening(text: &str, start: usize, bracket: usize) -> Option<Shortcode<'_>> {
    let rest = &text[start + 1..];
    let (name, behind) = rest.split_at(name_length(rest));
    let is_name = name.contains(|c: char| c.is_ascii_alphabetic());
    if !is_name || !behind.starts_with(|c: char| "]/#=:".contains(c) || c.is_whitespace()) {
        return None;
    }
    let close = behind.find(['[', ']'])?;
    let close = if behind[close..].starts_with(']') {
        close
    } else if is_hiding_name(name) && bracket > start {
        behind.find(']')?
    } else {
        // The search ends at the next `[`, so that many of them cost no more than one.
        return None;
    };
    Some(Shortcode {
        name,
        attributes: behind[..close].trim_end_matches('/'),
        end: start + 1 + name.len() + close + 1,
    })
}

/// Behind `[[name]…[/name]]` or `[[name]]`, which show what stands in the outer brackets.
fn behind_escaped(text: &str, start: usize, bracket: usize, closings: &Closings) -> Option<usize> {
    let found = opening(text, start + 1, bracket)?;
    let close = closings.first(found.name, found.end).map(|close| close.end);
    let ends = [Some(found.end), close];
    ends.into_iter().flatten().find(|end| text[*end..].starts_with(']'))
}

/// Where what a shortcode encloses ends, others of its name inside it included; `last` is the last end of that name.
fn content_end(text: &str, found: &Shortcode<'_>, last: &Range<usize>, bracket: usize) -> usize {
    let (mut at, mut depth) = (found.end, 1_usize);
    while at < last.start {
        let Some(start) = text[at..last.start].find('[').map(|offset| at + offset) else {
            break;
        };
        at = start + 1;
        if let Some(close) = closing(text, start) {
            if close.0.eq_ignore_ascii_case(found.name) {
                depth -= 1;
                if depth == 0 {
                    return close.1;
                }
            }
        } else if text[at..]
            .get(..found.name.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(found.name))
            && let Some(inner) = opening(text, start, bracket).filter(|inner| inner.name.len() == found.name.len())
        {
            depth += 1;
            at = inner.end;
        }
    }
    last.end
}

/// The name of the closing tag at a `[`, and where it ends.
fn closing(text: &str, start: usize) -> Option<(&str, usize)> {
    let rest = text[start..].strip_prefix("[/")?;
    let (name, behind) = rest.split_at(name_length(rest));
    let gap = behind.len() - behind.trim_start().len();
    behind[gap..]
        .starts_with(']')
        .then(|| (name, start + 2 + name.len() + gap + 1))
}

/// Where closing tags stand, by name in lower case, in order.
struct Closings(HashMap<String, Vec<Range<usize>>>);

fn closings(text: &str) -> Closings {
    let mut closings: HashMap<String, Vec<Range<usize>>> = HashMap::new();
    for (start, _) in text.match_indices("[/") {
        if let Some((name, end)) = closing(text, start) {
            closings.entry(name.to_ascii_lowercase()).or_default().push(start..end);
        }
    }
    Closings(closings)
}

impl Closings {
    /// The first one behind a place.
    fn first(&self, name: &str, from: usize) -> Option<Range<usize>> {
        let all = self.0.get(&name.to_ascii_lowercase())?;
        all.get(all.partition_point(|close| close.start < from)).cloned()
    }

    /// The last one, if it is behind a place.
    fn last(&self, name: &str, from: usize) -> Option<Range<usize>> {
        let last = self.0.get(&name.to_ascii_lowercase())?.last()?;
        (last.start >= from).then(|| last.clone())
    }
}

#[cfg(test)]
mod tests;
