//! Finds shortcodes, and what they enclose.

use std::ops::Range;

use super::closings::{Closings, START, closing, halves, long_name_length};
use crate::import::wordpress::audience::{Audience, Reason, ShownShortcodes, hides_rest, of_name};
use crate::import::wordpress::shortcodes::{Shortcode, name_length};

/// A text with what its shortcodes need to be found.
pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    /// Where the last `]` stands.
    pub(super) bracket: usize,
    pub(super) closings: Closings,
    pub(super) shown: &'a ShownShortcodes,
}

impl<'a> Scan<'a> {
    /// The opening tag at a `[`, as WordPress reads it: up to the next `]`.
    pub(super) fn opening(&self, start: usize) -> Option<Shortcode<'a>> {
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
    pub(super) fn is_alone(&self, found: &Shortcode<'_>) -> bool {
        self.text[..found.end].ends_with("/]")
    }

    /// Where what a hiding shortcode encloses ends; none: it encloses nothing.
    pub(super) fn end(&self, found: &Shortcode<'_>, reason: Reason<'_>) -> Option<usize> {
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
    pub(super) fn behind_escaped(&self, start: usize) -> Option<usize> {
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
