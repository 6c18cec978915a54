//! Cuts HTML into tags, comments and text, as browsers do: any input, in linear time, nothing lost.

/// A piece of HTML; `raw` is the piece to the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Text, entities not decoded; also the content of `script`, `style` and `textarea`.
    Text(&'a str),
    /// `<!-- … -->` and other declarations; `content` is what stands between the marks.
    Comment { raw: &'a str, content: &'a str },
    /// A tag.
    Tag(Tag<'a>),
}

/// A tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub raw: &'a str,
    /// As written; compare it without regard to case.
    pub name: &'a str,
    pub is_closing: bool,
}

impl<'a> Tag<'a> {
    /// Whether this is an element of that name (in lower case).
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Names and values (entities not decoded) in order.
    pub fn attributes(&self) -> Attributes<'a> {
        let start = self
            .raw
            .find(self.name)
            .map_or(self.raw.len(), |at| at + self.name.len());
        Attributes {
            rest: self.raw[start..].trim_end_matches('>'),
        }
    }
}

/// The attributes of a tag.
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let is_gap = |character: char| character.is_ascii_whitespace() || character == '/';
        let rest = self.rest.trim_start_matches(is_gap);
        if rest.is_empty() {
            return None;
        }
        // A name may begin with `=`, as browsers read it: each step takes at least one character.
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| is_gap(*c) || *c == '=')
            .map_or(rest.len(), |(at, _)| at);
        let name = &rest[..end];
        let Some(value) = rest[end..].trim_start().strip_prefix('=') else {
            self.rest = &rest[end..];
            return Some((name, ""));
        };
        let value = value.trim_start();
        let (value, rest) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// The tokens of a text.
pub(super) fn tokens(html: &str) -> Tokens<'_> {
    tokens_from(html, 0)
}

/// The tokens of a text from a byte on, which must begin a character and no content of a script.
pub(super) fn tokens_from(html: &str, at: usize) -> Tokens<'_> {
    Tokens {
        html,
        at,
        raw_text: None,
    }
}

/// Iterates over the tokens of a text.
pub(super) struct Tokens<'a> {
    html: &'a str,
    at: usize,
    /// The element whose content holds no markup, when it was just opened.
    raw_text: Option<&'a str>,
}

impl Tokens<'_> {
    /// How many bytes were cut off so far.
    pub fn position(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.html[self.at..];
        if rest.is_empty() {
            return None;
        }
        if let Some(element) = self.raw_text.take() {
            let end = closing_tag(rest, element);
            if end > 0 {
                self.at += end;
                return Some(Token::Text(&rest[..end]));
            }
        }
        let token = markup(rest).unwrap_or_else(|| {
            // Text runs to the next place where markup can begin.
            let bytes = rest.as_bytes();
            let end = (1..bytes.len()).find(|at| bytes[*at] == b'<' && begins_markup(bytes.get(at + 1)));
            Token::Text(&rest[..end.unwrap_or(rest.len())])
        });
        self.at += match token {
            Token::Text(raw) | Token::Comment { raw, .. } => raw.len(),
            Token::Tag(tag) => {
                if !tag.is_closing && ["script", "style", "textarea"].iter().any(|name| tag.is(name)) {
                    self.raw_text = Some(tag.name);
                }
                tag.raw.len()
            }
        };
        Some(token)
    }
}

fn begins_markup(next: Option<&u8>) -> bool {
    next.is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?'))
}

/// The tag or comment at the start; none: text. Markup without an end is text up to the end of the input, which keeps
/// this linear.
fn markup(rest: &str) -> Option<Token<'_>> {
    let bytes = rest.as_bytes();
    if bytes[0] != b'<' || !begins_markup(bytes.get(1)) {
        return None;
    }
    if let Some(content) = rest.strip_prefix("<!--") {
        let Some(end) = content.find("-->") else {
            return Some(Token::Text(rest));
        };
        return Some(Token::Comment {
            raw: &rest[..end + 7],
            content: &content[..end],
        });
    }
    if matches!(bytes[1], b'!' | b'?') {
        let Some(end) = rest.find('>') else {
            return Some(Token::Text(rest));
        };
        return Some(Token::Comment {
            raw: &rest[..=end],
            content: &rest[2..end],
        });
    }
    let is_closing = bytes[1] == b'/';
    let start = if is_closing { 2 } else { 1 };
    if !bytes.get(start).is_some_and(u8::is_ascii_alphabetic) {
        return None;
    }
    let is_end_of_name = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
    let Some(name_end) = bytes[start..].iter().position(is_end_of_name) else {
        return Some(Token::Text(rest));
    };
    let name_end = start + name_end;
    let Some(end) = tag_end(bytes, name_end) else {
        return Some(Token::Text(rest));
    };
    Some(Token::Tag(Tag {
        raw: &rest[..=end],
        name: &rest[start..name_end],
        is_closing,
    }))
}

/// The index of the `>` that ends a tag: not one inside a quoted value; quotes count only behind `=`.
fn tag_end(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut behind_equals) = (from, false);
    while at < bytes.len() {
        match bytes[at] {
            b'>' => return Some(at),
            quote @ (b'"' | b'\'') if behind_equals => {
                at += 1 + bytes[at + 1..].iter().position(|byte| *byte == quote)?;
                behind_equals = false;
            }
            b'=' => behind_equals = true,
            byte if byte.is_ascii_whitespace() => {}
            _ => behind_equals = false,
        }
        at += 1;
    }
    None
}

/// Where `</element` stands; at the end if nowhere.
fn closing_tag(rest: &str, element: &str) -> usize {
    let bytes = rest.as_bytes();
    let closes = |at: usize| {
        bytes
            .get(at + 2..at + 2 + element.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(element.as_bytes()))
    };
    rest.match_indices("</")
        .map(|(at, _)| at)
        .find(|at| closes(*at))
        .unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(tag: &Tag<'_>, name: &str) -> Option<String> {
        let (_, value) = tag.attributes().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(value.to_owned())
    }

    fn whole(html: &str) -> String {
        tokens(html)
            .map(|token| match token {
                Token::Text(raw) | Token::Comment { raw, .. } => raw,
                Token::Tag(tag) => tag.raw,
            })
            .collect()
    }

    #[test]
    fn nothing_is_lost_whatever_comes() {
        for html in [
            "",
            "<",
            "<>",
            "a<b",
            "a < b > c",
            "<a",
            "<a b=\"",
            "</",
            "</ x>",
            "<!--",
            "<!-- a -->b",
            "<!x>y",
            "<?php a",
            "<script>if (a<b) {}</script>x",
            "<script>",
            "<textarea><p></TEXTAREA>",
            "é<ü>ö",
            "<a b='>'>c</a>",
            "<br/>",
            "<é>",
            "<a é=ü>",
            "&lt;<b>&gt;</b>",
        ] {
            assert_eq!(whole(html), html);
        }
    }

    #[test]
    fn a_quoted_angle_does_not_end_a_tag() {
        let Some(Token::Tag(tag)) = tokens("<a title='1 > 0' href=x>").next() else {
            panic!("no tag")
        };
        assert_eq!(attribute(&tag, "title").as_deref(), Some("1 > 0"));
        assert_eq!(attribute(&tag, "HREF").as_deref(), Some("x"));
    }

    #[test]
    fn attributes_are_read_in_every_notation() {
        let Some(Token::Tag(tag)) = tokens("<img src=\"a.png?x=1&amp;y=2\"alt='b' hidden data-x=1 = />").next() else {
            panic!("no tag")
        };
        assert_eq!(attribute(&tag, "src").as_deref(), Some("a.png?x=1&amp;y=2"));
        assert_eq!(attribute(&tag, "alt").as_deref(), Some("b"));
        assert_eq!(attribute(&tag, "hidden").as_deref(), Some(""));
        assert_eq!(attribute(&tag, "data-x").as_deref(), Some("1"));
        assert_eq!(attribute(&tag, "nothing"), None);
    }

    #[test]
    fn a_script_is_one_piece_of_text() {
        let found: Vec<_> = tokens("<script>a<b</script>").collect();
        assert_eq!(found.len(), 3);
        assert_eq!(found[1], Token::Text("a<b"));
    }

    #[test]
    fn broken_markup_takes_linear_time() {
        for piece in ["<", "<a ", "<a b=\"", "<!--", "</", "<script>", "<?", "<a b='<!--"] {
            let html = piece.repeat(1_000_000 / piece.len());
            assert!(tokens(&html).count() > 0);
        }
    }
}
