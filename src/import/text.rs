//! Small rules about text: entities, markup that must go, addresses that are percent-encoded.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;

use super::html::{Token, tokens};

/// The names of HTML's entities that end in a semicolon, without `&` and `;`.
static ENTITIES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let names = entities::ENTITIES.iter();
    names
        .filter_map(|found| Some((found.entity.strip_prefix('&')?.strip_suffix(';')?, found.characters)))
        .collect()
});

/// The longest name that an entity has, and more than a character's number needs.
const ENTITY_LENGTH: usize = 32;

/// Replaces HTML entities by what they stand for; what is none stays.
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(ENTITY_LENGTH).position(|byte| byte == b';');
        match end.and_then(|end| entity(&rest[..end]).map(|entity| (end, entity))) {
            Some((end, entity)) => {
                decoded.push_str(&entity);
                rest = &rest[end + 1..];
            }
            None => decoded.push('&'),
        }
    }
    decoded.push_str(rest);
    decoded
}

fn entity(name: &str) -> Option<Cow<'static, str>> {
    let Some(number) = name.strip_prefix('#') else {
        return ENTITIES.get(name).map(|characters| Cow::Borrowed(*characters));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => number.parse().ok()?,
    };
    let character = char::from_u32(code).filter(|found| !found.is_control() || matches!(found, '\n' | '\t'))?;
    Some(Cow::Owned(character.to_string()))
}

/// The text of a piece of HTML on one line: no tags, entities decoded, white space folded.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut is_hidden = false;
    for token in tokens(html) {
        match token {
            Token::Text(raw) if !is_hidden => text.push_str(raw),
            Token::Text(_) | Token::Comment { .. } => {}
            Token::Tag(tag) => {
                is_hidden = !tag.is_closing && (tag.is("script") || tag.is("style"));
                if ["br", "p", "div", "li", "td", "th"].iter().any(|name| tag.is(name)) {
                    text.push(' ');
                }
            }
        }
    }
    decode(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Makes text fit between tags and inside quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Undoes percent-encoding; text that is not UTF-8 behind it (or holds a NUL) stays as it is.
pub(super) fn percent_decode(text: &str) -> String {
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) if !decoded.contains(char::is_control) => decoded.into_owned(),
        _ => text.to_owned(),
    }
}

/// Drops an address that is none; only the web's own count.
pub(super) fn web_address(address: &str) -> Option<String> {
    let address = address.trim();
    let url = url::Url::parse(address).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_of_every_notation_are_decoded() {
        assert_eq!(decode("a &amp; b &#8211; &#x2014; &nbsp;&hellip;"), "a & b – — \u{a0}…");
    }

    #[test]
    fn what_is_no_entity_stays() {
        for text in [
            "&",
            "AT&T",
            "&;",
            "&#0;",
            "&#xD800;",
            "&#99999999999;",
            "&unknown;",
            "a &b c; d",
            "&é;",
        ] {
            assert_eq!(decode(text), text);
        }
    }

    #[test]
    fn a_million_ampersands_are_read_once() {
        let text = "&amp".repeat(1_000_000);
        assert_eq!(decode(&text), text);
    }

    #[test]
    fn plain_text_has_no_tags_but_keeps_comparisons() {
        assert_eq!(
            plain("<b>Hello</b>,<br>\n &lt;World&gt; <script>x()</script>1 < 2"),
            "Hello, <World> 1 < 2"
        );
    }

    #[test]
    fn only_addresses_of_the_web_pass() {
        assert_eq!(
            web_address(" https://example.com/a "),
            Some("https://example.com/a".to_owned())
        );
        for address in [
            "",
            "javascript:alert(1)",
            "ftp://example.com",
            "example.com",
            "http://",
            "mailto:a@b.c",
        ] {
            assert_eq!(web_address(address), None);
        }
    }

    #[test]
    fn percent_encoding_is_undone_where_it_is_text() {
        assert_eq!(percent_decode("%e6%97%a5-a"), "日-a");
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%ff"), "%ff");
        assert_eq!(percent_decode("a%00"), "a%00");
    }
}
