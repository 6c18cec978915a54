//! Bounds the attributes of a tag before anything parses it: parsers compare each name with all others of its tag.

use std::borrow::Cow;

/// Attributes of one tag that are kept.
const MOST: usize = 64;

/// The same HTML, with at most [`MOST`] attributes on a tag.
pub(super) fn bound_attributes(html: &str) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let mut bounded = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(open) = bytes[at..].iter().position(|&byte| byte == b'<') {
        at += open + 1;
        if !bytes
            .get(at)
            .is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'/')
        {
            continue;
        }
        at = skip_until(bytes, at + 1, |byte| {
            byte.is_ascii_whitespace() || byte == b'/' || byte == b'>'
        });
        let mut count = 0;
        let mut excess = None;
        loop {
            at = skip_until(bytes, at, |byte| !(byte.is_ascii_whitespace() || byte == b'/'));
            if bytes.get(at).is_none_or(|&byte| byte == b'>') {
                break;
            }
            if count == MOST {
                excess = Some(at);
            }
            count += 1;
            at = skip_attribute(bytes, at);
        }
        if let Some(excess) = excess {
            bounded.push_str(&html[copied..excess]);
            copied = at;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    bounded.push_str(&html[copied..]);
    Cow::Owned(bounded)
}

/// The end of the attribute that begins here.
/// <https://html.spec.whatwg.org/multipage/parsing.html#attribute-name-state>
fn skip_attribute(bytes: &[u8], at: usize) -> usize {
    let ends_name = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=');
    // A name may begin with "=".
    let name_end = skip_until(bytes, at + 1, ends_name);
    let equals = skip_until(bytes, name_end, |byte| !byte.is_ascii_whitespace());
    if bytes.get(equals) != Some(&b'=') {
        return name_end;
    }
    let value = skip_until(bytes, equals + 1, |byte| !byte.is_ascii_whitespace());
    match bytes.get(value) {
        Some(&quote @ (b'"' | b'\'')) => (skip_until(bytes, value + 1, |byte| byte == quote) + 1).min(bytes.len()),
        _ => skip_until(bytes, value, |byte| byte.is_ascii_whitespace() || byte == b'>'),
    }
}

/// The first place from `at` on whose byte is so; the end where none is.
fn skip_until(bytes: &[u8], at: usize, is_so: impl Fn(u8) -> bool) -> usize {
    let at = at.min(bytes.len());
    bytes[at..]
        .iter()
        .position(|&byte| is_so(byte))
        .map_or(bytes.len(), |offset| at + offset)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::fmt::Write;

    use super::{MOST, bound_attributes};

    #[test]
    fn ordinary_html_is_left_as_it_is() {
        let long = "word ".repeat(1_000);
        for html in [
            "",
            "<",
            "a < b",
            "<p title='a>b' x = y/>",
            "<a =\"",
            "<a b=\"",
            &format!("<a title=\"{long}\">x</a>"),
        ] {
            assert!(
                matches!(bound_attributes(html), Cow::Borrowed(same) if same == html),
                "{html}"
            );
        }
    }

    #[test]
    fn excess_attributes_are_cut_out() {
        let mut many = String::new();
        for number in 0..1_000 {
            write!(many, " é{number}='>'").unwrap();
        }
        let html = format!("<p{many}>text</p><i{many}");
        let bounded = bound_attributes(&html);
        assert!(bounded.contains("text</p><i"));
        assert_eq!(bounded.matches('é').count(), 2 * MOST);
    }
}
