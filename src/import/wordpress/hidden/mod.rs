//! Takes out of an item what readers of the old site did not see: what shortcodes and blocks hid.
//!
//! This happens to the text as it stands in the file, before anything is made of it, so that no excerpt, source, revision
//! or search text can hold what was hidden.

mod closings;
mod scan;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::Value;

use self::closings::{Closings, closings};
use self::scan::Scan;
use super::audience::{
    Audience, Extent, Reason, ShownShortcodes, extent, holds_text, is_divider, of_name, of_shortcode,
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
        let mut closings = Closings::default();
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

#[cfg(test)]
mod tests;
