//! The tags of templates.

use std::ops::Range;

/// Bytes that a tag may have.
const LONGEST: usize = 4 * 1024;

/// A tag: `highlight rust linenos`, `figure src="a.png"`, `youtube(id="x")`.
#[derive(Clone, Debug)]
pub(super) struct Tag<'a> {
    /// Its name, with `/` before it at the end of a block.
    pub(super) name: &'a str,
    /// Names and values; positional arguments have an empty name.
    pub(super) arguments: Vec<(String, String)>,
    /// Whether the arguments stand in parentheses.
    pub(super) is_call: bool,
    /// Where the whole tag stands.
    pub(super) range: Range<usize>,
}

impl<'a> Tag<'a> {
    /// Reads what stands between the braces.
    pub(super) fn parse(inner: &'a str, range: Range<usize>) -> Option<Self> {
        let inner = inner.trim_matches('-').trim();
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
        let end = inner.find(|c| !is_name(c)).unwrap_or(inner.len());
        let (name, rest) = inner.split_at(end);
        let is_call = rest.starts_with('(') && rest.ends_with(')');
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
            .then(|| Self {
                name,
                arguments: arguments(rest),
                is_call,
                range,
            })
    }

    /// The argument of this name; `""` for the first one without.
    pub(super) fn argument(&self, name: &str) -> Option<&str> {
        let found = self.arguments.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

fn arguments(text: &str) -> Vec<(String, String)> {
    let mut arguments = Vec::new();
    let mut characters = text.chars().peekable();
    let parts = |c: char| c.is_whitespace() || "(),".contains(c);
    loop {
        while characters.next_if(|&c| parts(c)).is_some() {}
        if characters.peek().is_none() {
            return arguments;
        }
        let (mut name, mut value) = (String::new(), String::new());
        let mut quote = None;
        while let Some(character) = characters.next_if(|&c| quote.is_some() || !parts(c)) {
            match quote {
                Some(open) if character == open => quote = None,
                Some(_) if character == '\\' => value.extend(characters.next()),
                None if "\"'`".contains(character) => quote = Some(character),
                None if character == '=' && name.is_empty() => name = std::mem::take(&mut value),
                _ => value.push(character),
            }
        }
        arguments.push((name, value));
    }
}

/// Finds the next place of what closes a tag; a text is searched once, however many tags it opens.
pub(super) struct Closer {
    needle: &'static str,
    /// No place lies between the last place that was asked for and this one.
    next: Option<usize>,
}

impl Closer {
    pub(super) fn new(needle: &'static str) -> Self {
        Self { needle, next: Some(0) }
    }

    /// The place behind the closer, from `at` on.
    pub(super) fn after(&mut self, source: &str, at: usize) -> Option<usize> {
        let is_stale = self
            .next
            .is_some_and(|next| next < at || !source[next..].starts_with(self.needle));
        if is_stale {
            self.next = source.get(at..)?.find(self.needle).map(|offset| at + offset);
        }
        let end = self.next? + self.needle.len();
        (end - at <= LONGEST).then_some(end)
    }
}
