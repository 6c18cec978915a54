//! Takes out of an item what readers of the old site did not see: what shortcodes and blocks hid.
//!
//! This happens to the text as it stands in the file, before anything is made of it, so that no excerpt, source, revision
//! or search text can hold what was hidden.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use serde_json::Value;

use super::audience::{
    Audience, Extent, Reason, ShownShortcodes, extent, hides_rest, holds_text, is_divider, of_name, of_shortcode,
};
use super::blocks::{Kind, delimiters, pair};
use super::item::Item;
use super::shortcodes::{Shortcode, name_length};

/// How many shortcodes and blocks a report names for one field.
const NAME_LIMIT: usize = 20;

/// Comments that hide are at most this long.
const COMMENT_LENGTH: usize = 60;

/// Where Steady's paywall begins in old posts; later ones have a comment.
const MARKER: &str = "___STEADY_PAYWALL___";

/// What was left out of texts since it was hidden, or may have been.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    /// What hid it, for the report, a line each.
    pub remarks: Vec<String>,
    /// The shortcodes of which it is not known whether they hid it.
    pub doubtful: BTreeSet<String>,
}

impl Hidden {
    /// Takes what was hidden out of a text, which the report calls `field`.
    pub fn take_out_of(&mut self, field: &str, text: &mut String, shown: &ShownShortcodes) {
        let (visible, Cuts { hiders, doubtful, .. }) = visible(text, shown);
        if let Cow::Owned(visible) = visible {
            *text = visible;
        }
        let count = hiders.len();
        let named = hiders.into_iter().take(NAME_LIMIT);
        let remarks = named.map(|hider| format!("a part of its {field} {hider} was left out"));
        self.remarks.extend(remarks);
        if count > NAME_LIMIT {
            self.remarks.push(format!(
                "parts of its {field} that {} more hid were left out",
                count - NAME_LIMIT
            ));
        }
        self.doubtful.extend(doubtful);
    }

    /// The same for all texts in a value.
    pub fn take_out_of_value(&mut self, field: &str, value: &mut Value, shown: &ShownShortcodes) {
        match value {
            Value::String(text) => self.take_out_of(field, text, shown),
            Value::Array(values) => {
                for value in values {
                    self.take_out_of_value(field, value, shown);
                }
            }
            Value::Object(values) => {
                for value in values.values_mut() {
                    self.take_out_of_value(field, value, shown);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Takes what was hidden out of an item's texts.
pub(super) fn take_out(item: &mut Item, shown: &ShownShortcodes) -> Hidden {
    let mut hidden = Hidden::default();
    let content_before = item.content.len();
    for (field, text) in [
        ("title", &mut item.title),
        ("excerpt", &mut item.excerpt),
        ("body", &mut item.content),
    ] {
        hidden.take_out_of(field, text, shown);
    }
    if item.content.len() < content_before {
        let content = &item.content;
        for (key, value) in &mut item.meta {
            if key == "footnotes" {
                *value = notes_of(value, content);
            }
        }
    }
    hidden
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
fn visible<'a>(text: &'a str, shown: &ShownShortcodes) -> (Cow<'a, str>, Cuts) {
    let mut cuts = Cuts::default();
    cuts.marker(text);
    cuts.comments(text);
    cuts.blocks(text);
    cuts.shortcodes(text, shown);
    if cuts.ranges.is_empty() {
        return (Cow::Borrowed(text), cuts);
    }
    cuts.ranges.sort_by_key(|range| range.start);
    let mut visible = String::with_capacity(text.len());
    let mut at = 0;
    for range in &cuts.ranges {
        if range.start > at {
            visible.push_str(&text[at..range.start]);
        }
        at = at.max(range.end);
    }
    visible.push_str(&text[at..]);
    (Cow::Owned(visible), cuts)
}

#[derive(Default)]
struct Cuts {
    /// What goes, in any order; ranges may overlap.
    ranges: Vec<Range<usize>>,
    /// `that the block x hid from readers`, to stand behind the name of a field.
    hiders: BTreeSet<String>,
    doubtful: BTreeSet<String>,
}

impl Cuts {
    fn marker(&mut self, text: &str) {
        if let Some(start) = text.find(MARKER) {
            self.ranges.push(start..text.len());
            self.hiders.insert(format!("that the marker {MARKER} hid from readers"));
        }
    }

    /// `<!--hide-->…<!--/hide-->` and `<!--steady-paywall-->`.
    fn comments(&mut self, text: &str) {
        let all = comments(text);
        let mut closings = Closings(HashMap::new());
        for (name, range) in &all {
            if let Some(name) = name.strip_prefix('/') {
                closings.add(name, range.clone());
            }
        }
        for (name, range) in all {
            let Audience::Others(reason @ (Reason::Known | Reason::Name)) = of_name(name, &ShownShortcodes::default())
            else {
                continue;
            };
            let end = match closings.first(name, range.end) {
                Some(close) => close.end,
                None if is_divider(name, reason) => text.len(),
                None => continue,
            };
            self.ranges.push(range.start..end);
            self.hiders
                .insert(format!("that the comment <!--{name}--> hid from readers"));
        }
    }

    fn blocks(&mut self, text: &str) {
        if !text.contains("wp:") {
            return;
        }
        let mut all = delimiters(text);
        pair(&mut all);
        let mut at = 0;
        for delimiter in &all {
            if delimiter.kind == Kind::Close || delimiter.start < at {
                continue;
            }
            let (inner, end) = match (delimiter.kind, delimiter.partner) {
                (Kind::Void, _) => (None, delimiter.end),
                (_, Some(partner)) => (Some(&text[delimiter.end..all[partner].start]), all[partner].end),
                // A block that is never closed holds the rest.
                (_, None) => (Some(&text[delimiter.end..]), text.len()),
            };
            at = match extent(delimiter.name, delimiter.attributes, inner) {
                Extent::Nothing => continue,
                Extent::Itself => end,
                Extent::Rest => text.len(),
            };
            self.ranges.push(delimiter.start..at);
            self.hiders
                .insert(format!("that the block {} hid from readers", delimiter.name));
        }
    }

    fn shortcodes(&mut self, text: &str, shown: &ShownShortcodes) {
        let Some(bracket) = text.rfind(']') else { return };
        let scan = Scan {
            text,
            bracket,
            closings: closings(text),
            shown,
        };
        let mut at = 0;
        while let Some(start) = text[at..].find('[').map(|offset| at + offset) {
            at = start + 1;
            let Some(found) = scan.opening(start) else {
                if text[at..].starts_with('[') {
                    at = scan.behind_escaped(start).unwrap_or(at);
                }
                continue;
            };
            at = found.end;
            match of_shortcode(&found, shown) {
                Audience::Everyone => {}
                Audience::Visitors => {
                    let close = scan.closings.first(found.name, found.end);
                    if let Some(close) = close.filter(|_| !scan.is_alone(&found)) {
                        self.ranges.extend([start..found.end, close]);
                    }
                }
                Audience::Others(reason) => {
                    let end = scan.end(&found, reason);
                    if let Some(end) = end.or_else(|| holds_text(&found).then_some(found.end)) {
                        at = end;
                        self.ranges.push(start..end);
                        self.hid(&found, reason);
                    }
                }
            }
        }
    }

    fn hid(&mut self, found: &Shortcode<'_>, reason: Reason<'_>) {
        let name = match reason {
            Reason::Attribute(attribute) => format!("{} {attribute}", found.name),
            Reason::Known | Reason::Name | Reason::Unknown => found.name.to_owned(),
        };
        self.hiders.insert(if reason == Reason::Unknown {
            format!("inside the unknown shortcode [{name}], which may have hidden it,")
        } else {
            format!("that the shortcode [{name}] hid from readers")
        });
        if reason != Reason::Known {
            self.doubtful.insert(name);
        }
    }
}

/// A text with what its shortcodes need to be found.
struct Scan<'a> {
    text: &'a str,
    /// Where the last `]` stands.
    bracket: usize,
    closings: Closings,
    shown: &'a ShownShortcodes,
}

impl<'a> Scan<'a> {
    /// The opening tag at a `[`, as WordPress reads it: up to the next `]`.
    fn opening(&self, start: usize) -> Option<Shortcode<'a>> {
        let rest = &self.text[start + 1..];
        let name = self.name(rest)?;
        let behind = &rest[name.len()..];
        let close = behind.find(['[', ']'])?;
        let close = if behind[close..].starts_with(']') {
            close
        } else if self.may_hold_brackets(name, start) {
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

    /// The name at the start. Letters and digits make one; others belong to it if a closing tag says so.
    fn name(&self, rest: &'a str) -> Option<&'a str> {
        let (short, long) = (&rest[..name_length(rest)], &rest[..long_name_length(rest)]);
        if long.len() > short.len() && self.closings.have(long) {
            return Some(long);
        }
        let is_name = short.contains(|c: char| c.is_ascii_alphabetic()) || self.closings.have(short);
        is_name.then_some(short)
    }

    /// Whether the attributes of a shortcode reach over a `[`: only where that hides more than it shows.
    fn may_hold_brackets(&self, name: &str, start: usize) -> bool {
        let Audience::Others(reason) = of_name(name, self.shown) else {
            return false;
        };
        let alone = Shortcode {
            name,
            attributes: "",
            end: start,
        };
        self.bracket > start && (self.closings.last(name, start).is_some() || hides_rest(&alone, reason))
    }

    /// Whether a tag closes itself.
    fn is_alone(&self, found: &Shortcode<'_>) -> bool {
        self.text[..found.end].ends_with("/]")
    }

    /// Where what a hiding shortcode encloses ends; none: it encloses nothing.
    fn end(&self, found: &Shortcode<'_>, reason: Reason<'_>) -> Option<usize> {
        if self.is_alone(found) {
            return None;
        }
        if let Some(last) = self.closings.last(found.name, found.end) {
            let first = self.closings.first(found.name, found.end).unwrap_or(last.clone());
            let is_empty = self.text[found.end..first.start].trim().is_empty();
            return (reason == Reason::Known || !is_empty).then(|| self.content_end(found, &last));
        }
        let end = halves(found.name, START).and_then(|stem| self.closings.first(&stem, found.end));
        match end {
            Some(end) => Some(end.end),
            None => hides_rest(found, reason).then_some(self.text.len()),
        }
    }

    /// Behind `[[name]…[/name]]` or `[[name]]`, which show what stands in the outer brackets.
    fn behind_escaped(&self, start: usize) -> Option<usize> {
        let found = self.opening(start + 1)?;
        let close = self.closings.first(found.name, found.end);
        let end = close.map_or(found.end, |close| close.end);
        self.text[end..].starts_with(']').then_some(end)
    }

    /// Where what a shortcode encloses ends, others of its name inside it included; `last` is the last end of that name.
    fn content_end(&self, found: &Shortcode<'_>, last: &Range<usize>) -> usize {
        let text = self.text;
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
                && let Some(inner) = self.opening(start).filter(|inner| inner.name.len() == found.name.len())
            {
                depth += usize::from(!self.is_alone(&inner));
                at = inner.end;
            }
        }
        last.end
    }
}

/// The name of the closing tag at a `[`, and where it ends.
fn closing(text: &str, start: usize) -> Option<(&str, usize)> {
    let rest = text[start..].strip_prefix("[/")?;
    let (name, behind) = rest.split_at(long_name_length(rest));
    let gap = behind.len() - behind.trim_start().len();
    (!name.is_empty() && behind[gap..].starts_with(']')).then(|| (name, start + 2 + name.len() + gap + 1))
}

/// The comments of a text that consist of a name, as it may stand in a shortcode, with `/` in front or without.
fn comments(text: &str) -> Vec<(&str, Range<usize>)> {
    let mut comments = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("<!--").map(|at| from + at) {
        let Some(length) = text[start + 4..].find("-->") else {
            break;
        };
        from = start + 4 + length + 3;
        let name = text[start + 4..from - 3].trim();
        let own = name.strip_prefix('/').unwrap_or(name);
        if !own.is_empty() && own.len() <= COMMENT_LENGTH && name_length(own) == own.len() {
            comments.push((name, start..from));
        }
    }
    comments
}

/// How long the name at the start is, as far as WordPress lets names consist of anything.
fn long_name_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || "[]<>&/='\"".contains(c))
        .unwrap_or(text.len())
}

/// Words in the names of two shortcodes of which one begins what the other ends.
const START: &[&str] = &["begin", "open", "start"];
const END: &[&str] = &["close", "end", "stop"];

/// What the names of both such shortcodes have in common, if this is one: `a/_content` of `a_start_content`. No name
/// holds a `/`.
fn halves(name: &str, half: &[&str]) -> Option<String> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let words: Vec<&str> = name.split('_').collect();
    let at = words
        .iter()
        .position(|word| half.contains(word))
        .filter(|_| words.len() > 1)?;
    Some(format!("{}/{}", words[..at].join("_"), words[at + 1..].join("_")))
}

/// Where closing tags stand, by name in lower case, in order; those that are half of a pair by what the pair shares.
struct Closings(HashMap<String, Vec<Range<usize>>>);

fn closings(text: &str) -> Closings {
    let mut closings = Closings(HashMap::new());
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
    fn add(&mut self, name: &str, range: Range<usize>) {
        self.0.entry(name.to_ascii_lowercase()).or_default().push(range);
    }

    /// Whether there is one.
    fn have(&self, name: &str) -> bool {
        self.0.contains_key(&name.to_ascii_lowercase())
    }

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
