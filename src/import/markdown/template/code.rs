//! Where a Markdown text is code.

use std::ops::Range;

/// Bytes in which inline code must end.
const LONGEST_INLINE: usize = 10_000;

/// The fenced and inline code of a text, in order.
pub(in crate::import::markdown) fn code_ranges(source: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut fence: Option<(char, usize, usize)> = None;
    // Where the paragraphs since the last fence start.
    let mut text_start = 0;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let next = at + line.len();
        match (fence, opening(line)) {
            (None, Some((mark, length, _))) => {
                inline(source, text_start..at, &mut ranges);
                fence = Some((mark, length, next));
            }
            (Some((mark, length, start)), Some((other, count, true))) if mark == other && count >= length => {
                ranges.push(start..at);
                fence = None;
                text_start = next;
            }
            _ => {}
        }
        at = next;
    }
    match fence {
        Some((_, _, start)) => ranges.push(start..source.len()),
        None => inline(source, text_start..source.len(), &mut ranges),
    }
    ranges
}

/// The mark of a fence, its length, and whether nothing follows it.
fn opening(line: &str) -> Option<(char, usize, bool)> {
    let line = line.trim_start_matches([' ', '\t', '>']).trim_end();
    // A list's item may start with a fence.
    let line = line
        .strip_prefix("- ")
        .or_else(|| line.strip_prefix("* "))
        .unwrap_or(line)
        .trim_start();
    let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let length = line.chars().take_while(|&c| c == mark).count();
    let rest = &line[length..];
    (length >= 3 && !(mark == '`' && rest.contains('`'))).then_some((mark, length, rest.is_empty()))
}

fn inline(source: &str, within: Range<usize>, ranges: &mut Vec<Range<usize>>) {
    let bytes = source.as_bytes();
    let run = |at: usize| bytes[at..within.end].iter().take_while(|&&byte| byte == b'`').count();
    let mut at = within.start;
    while at < within.end {
        if bytes[at] != b'`' {
            at += 1;
            continue;
        }
        let length = run(at);
        let is_escaped = at > within.start && bytes[at - 1] == b'\\';
        let content = at + length;
        at = content;
        if is_escaped {
            continue;
        }
        let mut end = content;
        let limit = within.end.min(content + LONGEST_INLINE);
        while end < limit {
            match bytes[end] {
                b'`' if run(end) == length => {
                    ranges.push(content..end);
                    at = end + length;
                    break;
                }
                b'`' => end += run(end),
                // An empty line ends the paragraph.
                b'\n' if bytes[end + 1..within.end].iter().find(|byte| !b" \t\r".contains(byte)) == Some(&b'\n') => {
                    break;
                }
                _ => end += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::code_ranges;

    fn code(source: &str) -> Vec<&str> {
        code_ranges(source).into_iter().map(|range| &source[range]).collect()
    }

    #[test]
    fn fences_and_spans_are_code() {
        assert_eq!(code("a `b` ``c ` d`` e\n"), ["b", "c ` d"]);
        assert_eq!(code("x\n```rust\n`y`\n```\n`z`\n"), ["`y`\n", "z"]);
        assert_eq!(code("~~~~\n```\n~~~\n~~~~\n"), ["```\n~~~\n"]);
        assert_eq!(code("> ```\n> a\n> ```\n"), ["> a\n"]);
        assert_eq!(code("```\nopen"), ["open"]);
    }

    #[test]
    fn ticks_without_partner_are_text() {
        assert_eq!(code("a ` b\n\nc ` d"), [""; 0]);
        assert_eq!(code("a \\` b ` c"), [""; 0]);
        assert_eq!(code("``` a ``` b"), [" a "]);
    }
}
