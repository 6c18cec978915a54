//! Bounds how deeply quotes and lists nest in Markdown: each line costs the parser a step per level.

use std::borrow::Cow;

/// Markers of quotes and lists at the start of one line that are kept.
const MOST: usize = 50;

/// The same Markdown, with at most [`MOST`] markers of quotes and lists before the text of a line.
pub(super) fn bound_containers(source: &str) -> Cow<'_, str> {
    let mut bounded = String::new();
    let mut copied = 0;
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        if let Some((from, to)) = excess(line.as_bytes()) {
            bounded.push_str(&source[copied..start + from]);
            copied = start + to;
        }
        start += line.len();
    }
    if copied == 0 {
        return Cow::Borrowed(source);
    }
    bounded.push_str(&source[copied..]);
    Cow::Owned(bounded)
}

/// From where to where a line has markers too many.
fn excess(line: &[u8]) -> Option<(usize, usize)> {
    let (mut at, mut count, mut from) = (0, 0, None);
    while let Some(length) = marker(&line[at..]) {
        if count == MOST {
            from = Some(at);
        }
        count += 1;
        at += length;
    }
    from.map(|from| (from, at))
}

/// The length of the marker that stands here, with the white space before it.
fn marker(line: &[u8]) -> Option<usize> {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let indent = line.iter().take_while(|&byte| is_blank(Some(byte))).count();
    let rest = &line[indent..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let length = match rest.get(digits)? {
        b'>' if digits == 0 => return Some(indent + 1),
        b'-' | b'+' | b'*' | b':' if digits == 0 => 1,
        b'.' | b')' if digits > 0 => digits + 1,
        _ => return None,
    };
    is_blank(rest.get(length)).then_some(indent + length)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{MOST, bound_containers};

    #[test]
    fn ordinary_markdown_is_left_as_it_is() {
        for source in ["", "> > - 1. a\n", "-----\n", "* * *\n", ">>>>>>> theirs", "1.5 - 2\n"] {
            assert!(
                matches!(bound_containers(source), Cow::Borrowed(same) if same == source),
                "{source}"
            );
        }
    }

    #[test]
    fn excess_markers_go_and_the_text_stays() {
        for marker in [">", "> ", "- ", "1. ", "\t> * "] {
            let line = format!("{}text\nnext\n", marker.repeat(1_000));
            let bounded = bound_containers(&line);
            assert!(bounded.trim_start().ends_with("text\nnext\n"), "{bounded}");
            assert!(bounded.len() <= MOST * 5 + 20, "{bounded}");
        }
    }
}
