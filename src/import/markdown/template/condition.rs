//! Branches of Liquid's and Nunjucks's conditions that are never shown, since the condition is a constant. What other
//! conditions come to is not known here: their branches stay.

use std::ops::Range;

use super::code::code_ranges;
use super::tag::{Closer, Tag};

/// A block that is open.
struct Block<'a> {
    /// What it begins with: `if`.
    name: &'a str,
    /// Whether the first branch is shown; none: not known.
    is_shown: Option<bool>,
    begin: Range<usize>,
    /// Where the first branch ends: the tag, and whether that is an `else` without a condition.
    next: Option<(Range<usize>, bool)>,
}

/// Where the tags and branches stand that are not shown, in order; none lies in another. In linear time.
pub(super) fn hidden(source: &str) -> Vec<Range<usize>> {
    let mut closer = Closer::new("%}");
    let mut code = code_ranges(source).into_iter().peekable();
    let mut open: Vec<Block<'_>> = Vec::new();
    let mut hidden = Vec::new();
    // What a block without templates ends with.
    let mut verbatim = None;
    for (at, _) in source.match_indices("{%") {
        while code.next_if(|range| range.end <= at).is_some() {}
        if code.peek().is_some_and(|range| range.contains(&at)) {
            continue;
        }
        let Some(end) = closer.after(source, at + 2) else {
            continue;
        };
        let Some(tag) = Tag::parse(&source[at + 2..end - 2], at..end) else {
            continue;
        };
        if let Some(name) = verbatim {
            verbatim = (tag.name != name).then_some(name);
            continue;
        }
        match tag.name {
            "raw" | "verbatim" => verbatim = Some(if tag.name == "raw" { "endraw" } else { "endverbatim" }),
            "comment" => verbatim = Some("endcomment"),
            "if" | "unless" | "for" | "case" | "tablerow" => open.push(Block {
                name: tag.name,
                is_shown: is_shown(&tag),
                begin: tag.range,
                next: None,
            }),
            "else" | "elsif" | "elif" | "elseif" | "when" => {
                if let Some(block) = open.last_mut() {
                    let is_last = tag.name == "else" && tag.arguments.is_empty();
                    block.next.get_or_insert((tag.range, is_last));
                }
            }
            name => {
                let ends = |block: &mut Block<'_>| name.strip_prefix("end") == Some(block.name);
                if let Some(block) = open.pop_if(ends) {
                    hidden.extend(branches(block, tag.range));
                }
            }
        }
    }
    // A condition that never ends hides the rest.
    let never = open.iter().find(|block| block.is_shown == Some(false));
    hidden.extend(never.map(|block| block.begin.start..source.len()));
    outermost(hidden)
}

/// What of a block is not shown.
fn branches(block: Block<'_>, end: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let Block {
        is_shown, begin, next, ..
    } = block;
    let (first, second) = match (is_shown, next) {
        (None, _) => (None, None),
        (Some(true), None) => (Some(begin), Some(end)),
        (Some(true), Some((next, _))) => (Some(begin), Some(next.start..end.end)),
        (Some(false), None) => (Some(begin.start..end.end), None),
        (Some(false), Some((next, true))) => (Some(begin.start..next.end), Some(end)),
        (Some(false), Some((next, false))) => (Some(begin.start..next.start), None),
    };
    first.into_iter().chain(second)
}

/// Whether the first branch of a condition is shown, if that is certain.
fn is_shown(tag: &Tag<'_>) -> Option<bool> {
    let words: Vec<&str> = tag.arguments.iter().map(|(_, word)| word.as_str()).collect();
    let constant = |word: &str| match word {
        "true" | "True" => Some(true),
        "false" | "False" | "nil" | "null" | "none" | "None" => Some(false),
        _ => None,
    };
    let holds = match words[..] {
        [word] => constant(word),
        [word, "and", ..] if !words.contains(&"or") => constant(word).filter(|holds| !holds),
        _ => None,
    };
    match tag.name {
        "if" => holds,
        "unless" => holds.map(|holds| !holds),
        _ => None,
    }
}

/// Sorted ranges without those that lie in another.
fn outermost(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    ranges.retain(|range| {
        let is_outermost = range.start >= end;
        end = end.max(range.end);
        is_outermost
    });
    ranges
}
