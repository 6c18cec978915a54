//! Templates inside of texts: Liquid (Jekyll), shortcodes (Hugo, Zola), components (MDX).
//!
//! What is known becomes Markdown; all else stays as text, and is told of. Code keeps its braces.

mod code;
mod component;
mod condition;
mod known;
mod tag;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

pub(super) use code::code_ranges;

use tag::{Closer, Tag};

/// Bytes that an attribute list may have.
const LONGEST_LIST: usize = 512;

/// A text without templates.
#[derive(Debug, Default)]
pub(super) struct Converted {
    /// Markdown.
    pub(super) text: String,
    /// What stayed as text: the line in the file and why; one word for each kind of thing.
    pub(super) complaints: Vec<(u64, String)>,
}

/// What authors noted for themselves stands between the first mark and one of the others.
pub(super) type Comments = (&'static str, &'static [&'static str]);

/// Comments in MDX.
pub(super) const MDX: Comments = ("{/*", &["*/}"]);
/// Comments in Obsidian.
pub(super) const OBSIDIAN: Comments = ("%%", &["%%"]);
/// Comments in kramdown, the Markdown of Jekyll: <https://kramdown.gettalong.org/syntax.html#extensions>.
pub(super) const KRAMDOWN: Comments = ("{::comment}", &["{:/comment}", "{:/}"]);

/// Converts the text of a file whose first line is the file's line `line`.
pub(super) fn convert(source: &str, line: u64, comments: Option<Comments>) -> Converted {
    let source = &*comments.map_or(Cow::Borrowed(source), |comments| without(source, comments));
    if comments == Some(MDX) {
        component::convert(source, line)
    } else if ["{{", "{%", "{:", "{#"].iter().any(|open| source.contains(open)) {
        Converter::new(source, line).run()
    } else {
        Converted {
            text: source.to_owned(),
            complaints: Vec::new(),
        }
    }
}

/// A text without comments, line for line; code keeps what looks like one. A comment that is never closed hides the rest.
fn without(source: &str, (open, closes): Comments) -> Cow<'_, str> {
    if !source.contains(open) {
        return Cow::Borrowed(source);
    }
    let mut code = code_ranges(source).into_iter().peekable();
    let mut text = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(start) = source[at..].find(open).map(|offset| at + offset) {
        while code.next_if(|range| range.end <= start).is_some() {}
        if let Some(range) = code.peek().filter(|range| range.contains(&start)) {
            let end = range.end.max(start + open.len());
            text.push_str(&source[at..end]);
            at = end;
            continue;
        }
        text.push_str(&source[at..start]);
        let inner = &source[start + open.len()..];
        let ends = closes.iter().filter_map(|close| Some(inner.find(close)? + close.len()));
        let end = ends.min().unwrap_or(inner.len());
        text.extend(std::iter::repeat_n('\n', inner[..end].matches('\n').count()));
        at = start + open.len() + end;
    }
    text.push_str(&source[at..]);
    Cow::Owned(text)
}

/// A text on its way, and how far it is.
struct Converter<'a> {
    source: &'a str,
    code: std::iter::Peekable<std::vec::IntoIter<Range<usize>>>,
    report: Report<'a>,
    text: String,
    /// Up to where the source has been converted.
    done: usize,
    closers: [Closer; 5],
    /// Tags and branches of conditions that are not shown.
    hidden: std::iter::Peekable<std::vec::IntoIter<Range<usize>>>,
    /// Ends of blocks (`endraw`) of which no more come.
    missing: BTreeSet<String>,
}

impl<'a> Converter<'a> {
    fn new(source: &'a str, line: u64) -> Self {
        Self {
            source,
            code: code_ranges(source).into_iter().peekable(),
            report: Report::new(source, line),
            text: String::with_capacity(source.len()),
            done: 0,
            closers: [">}}", "%}}", "}}", "%}", "#}"].map(Closer::new),
            hidden: condition::hidden(source).into_iter().peekable(),
            missing: BTreeSet::new(),
        }
    }

    fn run(mut self) -> Converted {
        let mut at = 0;
        while let Some(offset) = self.source[at..].find('{') {
            at += offset;
            let next = if let Some(range) = self.next_hidden(at) {
                Some(self.replace(range, ""))
            } else if self.is_code(at) {
                self.in_code(at)
            } else {
                self.in_text(at)
            };
            at = next.unwrap_or(at + 1);
        }
        self.text.push_str(&self.source[self.done..]);
        Converted {
            text: self.text,
            complaints: self.report.complaints,
        }
    }

    fn is_code(&mut self, at: usize) -> bool {
        while self.code.next_if(|range| range.end <= at).is_some() {}
        self.code.peek().is_some_and(|range| range.contains(&at))
    }

    fn next_hidden(&mut self, at: usize) -> Option<Range<usize>> {
        while self.hidden.next_if(|range| range.start < at).is_some() {}
        self.hidden.next_if(|range| range.start == at)
    }

    /// Puts `text` where the source has `range`, and goes on behind it.
    fn replace(&mut self, range: Range<usize>, text: &str) -> usize {
        self.text.push_str(&self.source[self.done..range.start]);
        self.text.push_str(text);
        self.done = range.end;
        range.end
    }

    /// Liquid runs in code too: only there `raw` is what keeps braces.
    fn in_code(&mut self, at: usize) -> Option<usize> {
        let tag = self.liquid(at)?;
        matches!(tag.name, "raw" | "endraw").then(|| self.replace(tag.range, ""))
    }

    fn in_text(&mut self, at: usize) -> Option<usize> {
        let rest = &self.source[at..];
        if rest.starts_with("{:") {
            return self.attribute_list(at);
        }
        if let Some(tag) = self.shortcode(at) {
            if tag.name == "comment"
                && let Some(end) = self.block_end(&tag, "/comment")
            {
                return Some(self.replace(tag.range.start..end.end, ""));
            }
            return self.known_or_kept(&tag, "shortcode");
        }
        if rest.starts_with("{{") {
            return self.expression(at);
        }
        if let Some(end) = self.note(at) {
            return Some(self.replace(at..end, ""));
        }
        let tag = self.liquid(at)?;
        match tag.name {
            "raw" => Some(self.verbatim(&tag)),
            "comment" => {
                let end = self.block_end(&tag, "endcomment")?;
                Some(self.replace(tag.range.start..end.end, ""))
            }
            "endraw" | "end" => Some(self.replace(tag.range, "")),
            _ => self.known_or_kept(&tag, "tag"),
        }
    }

    fn known_or_kept(&mut self, tag: &Tag<'a>, kind: &str) -> Option<usize> {
        if tag.name == "highlight" {
            return self.highlight(tag);
        }
        if let Some(text) = known::replacement(tag) {
            return Some(self.replace(tag.range.clone(), &text));
        }
        let name = tag.name.trim_start_matches('/');
        self.report.complain(
            tag.range.start,
            format!("the {kind} \"{name}\" is not known, and stays as text"),
        );
        Some(self.replace(tag.range.clone(), &escaped(&self.source[tag.range.clone()])))
    }

    /// `{{ site.baseurl }}`, `{{ "/about" | relative_url }}`
    fn expression(&mut self, at: usize) -> Option<usize> {
        let end = self.closers[2].after(self.source, at + 2)?;
        let inner = self.source[at + 2..end - 2].trim_matches(['-', ' ', '\t', '\n']);
        if let Some(text) = known::expression(inner) {
            return Some(self.replace(at..end, text));
        }
        if inner.starts_with(|first: char| first.is_ascii_alphabetic() || "\"'$./".contains(first)) {
            let name = inner.split_whitespace().next().unwrap_or_default();
            self.report.complain(
                at,
                format!("the expression \"{name}\" cannot be known, and stays as text"),
            );
            return Some(self.replace(at..end, &escaped(&self.source[at..end])));
        }
        None
    }

    fn verbatim(&mut self, tag: &Tag<'a>) -> usize {
        let Some(end) = self.block_end(tag, "endraw") else {
            return self.replace(tag.range.clone(), "");
        };
        let inner = &self.source[tag.range.end..end.start];
        self.replace(tag.range.start..end.end, inner)
    }

    fn highlight(&mut self, tag: &Tag<'a>) -> Option<usize> {
        let is_liquid = self.source[tag.range.clone()].starts_with("{%");
        let end = self.block_end(tag, if is_liquid { "endhighlight" } else { "/highlight" })?;
        let code = self.source[tag.range.end..end.start].trim_matches(['\r', '\n']);
        let ticks = code.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1;
        let fence = "`".repeat(ticks);
        let language = tag.arguments.first().map_or("", |(_, language)| language.as_str());
        // Fences stand on lines of their own.
        Some(self.replace(
            tag.range.start..end.end,
            &format!("\n{fence}{language}\n{code}\n{fence}\n"),
        ))
    }

    /// The tag that ends the block which a tag opened.
    fn block_end(&mut self, tag: &Tag<'a>, name: &str) -> Option<Range<usize>> {
        const BRACES: [(&str, &str); 3] = [("{{%", "%}}"), ("{{<", ">}}"), ("{%", "%}")];
        let padding = [' ', '\t', '\r', '\n', '-'];
        if self.missing.contains(name) {
            return None;
        }
        let mut at = tag.range.end;
        while let Some(offset) = self.source[at..].find(name) {
            let before = self.source[at..at + offset].trim_end_matches(padding);
            at += offset + name.len();
            let after = self.source[at..].trim_start_matches(padding);
            let braces = BRACES
                .iter()
                .find(|(open, close)| before.ends_with(open) && after.starts_with(close));
            if let Some((open, close)) = braces {
                let start = at - offset - name.len() + before.len() - open.len();
                return Some(start..self.source.len() - after.len() + close.len());
            }
        }
        self.missing.insert(name.to_owned());
        None
    }

    /// The end of a comment: Nunjucks's `{# … #}`, Liquid's `{% # … %}`. An id, `{#id}`, is none.
    fn note(&mut self, at: usize) -> Option<usize> {
        let inner = self.source[at..].strip_prefix('{')?;
        let is_note = |inner: &str| inner.starts_with(|first: char| first == '-' || first.is_whitespace());
        if inner.strip_prefix('#').is_some_and(is_note) {
            return self.closers[4].after(self.source, at + 2);
        }
        let inner = inner
            .strip_prefix('%')?
            .trim_start_matches(['-', ' ', '\t', '\r', '\n']);
        inner
            .starts_with('#')
            .then(|| self.closers[3].after(self.source, at + 2))?
    }

    /// `{% name arguments %}`
    fn liquid(&mut self, at: usize) -> Option<Tag<'a>> {
        self.source[at..].strip_prefix("{%")?;
        let end = self.closers[3].after(self.source, at + 2)?;
        Tag::parse(&self.source[at + 2..end - 2], at..end)
    }

    /// `{{< name arguments >}}`, `{{% name arguments %}}`, and Zola's `{{ name(arguments) }}`
    fn shortcode(&mut self, at: usize) -> Option<Tag<'a>> {
        let rest = &self.source[at..];
        let (closer, open, close) = match rest.get(..3)? {
            "{{<" => (0, 3, 3),
            "{{%" => (1, 3, 3),
            _ if rest.starts_with("{{") => (2, 2, 2),
            _ => return None,
        };
        let end = self.closers[closer].after(self.source, at + open)?;
        let tag = Tag::parse(self.source.get(at + open..end - close)?, at..end)?;
        (closer < 2 || tag.is_call).then_some(tag)
    }

    /// Kramdown's `{: .class #id key="value"}` says how things look; here that is the front end's business.
    fn attribute_list(&mut self, at: usize) -> Option<usize> {
        let window = &self.source[at..self.source.floor_char_boundary(at + LONGEST_LIST)];
        let end = at + window.lines().next()?.find('}')? + 1;
        let first = self.source[at + 2..end].chars().next()?;
        if !(first.is_ascii_alphabetic() || " .#:/".contains(first)) {
            return None;
        }
        let blank = [' ', '\t', '\r'];
        let before = self.source[self.done..at].trim_end_matches(blank);
        let after = self.source[end..].trim_start_matches(blank);
        if (before.is_empty() || before.ends_with('\n')) && after.starts_with('\n') {
            let line_end = self.source.len() - after.len() + 1;
            return Some(self.replace(self.done + before.len()..line_end, ""));
        }
        Some(self.replace(at..end, ""))
    }
}

/// What stayed as text: each kind of thing once, at its first place.
struct Report<'a> {
    source: &'a str,
    seen: BTreeSet<String>,
    complaints: Vec<(u64, String)>,
    /// A place and its line.
    known: (usize, u64),
}

impl<'a> Report<'a> {
    fn new(source: &'a str, line: u64) -> Self {
        Self {
            source,
            seen: BTreeSet::new(),
            complaints: Vec::new(),
            known: (0, line),
        }
    }

    fn complain(&mut self, at: usize, reason: String) {
        // A text that is all tags of different names would fill the report alone.
        if self.complaints.len() < 50 && self.seen.insert(reason.clone()) {
            let (from, line) = self.known;
            let lines = self.source[from..at.max(from)].matches('\n').count();
            self.known = (at.max(from), line + lines as u64);
            self.complaints.push((self.known.1, reason));
        }
    }
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\`*_[]<>~|".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests;
