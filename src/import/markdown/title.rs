//! The title of a text that has none in its front matter: its first heading.

use super::template::code_ranges;
use crate::domain::render;

/// Takes the first heading of the first level out of a Markdown text: its text, and the Markdown without it.
pub(super) fn take(markdown: &str) -> Option<(String, String)> {
    let mut code = code_ranges(markdown).into_iter().peekable();
    let mut at = 0;
    let mut above: Option<(usize, &str)> = None;
    for line in markdown.split_inclusive('\n') {
        while code.next_if(|range| range.end <= at).is_some() {}
        let is_code = code.peek().is_some_and(|range| range.start <= at);
        let found = match line.trim_end() {
            _ if is_code => None,
            bare if bare == "#" || bare.starts_with("# ") => Some((at, line)),
            // A heading may also be a line with a line of "=" below.
            bare if !bare.is_empty() && bare.bytes().all(|byte| byte == b'=') => above,
            _ => None,
        };
        if let Some((start, heading)) = found {
            let title = render::finish(&render::markdown(heading.trim_end()), &|_| None).text;
            let rest = format!("{}{}", &markdown[..start], &markdown[at + line.len()..]);
            return (!title.is_empty()).then(|| (title.replace('\n', " "), rest));
        }
        above = (!line.trim().is_empty() && above.is_none()).then_some((at, line));
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::take;

    #[test]
    fn the_first_heading_is_the_title() {
        for (source, title, rest) in [
            ("# A *b* & `c`\n\ntext\n", "A b & c", "\ntext\n"),
            (
                "intro\n\n```\n# no\n```\n# Yes #\nx",
                "Yes",
                "intro\n\n```\n# no\n```\nx",
            ),
            ("Under\n=====\ntext", "Under", "text"),
        ] {
            assert_eq!(take(source), Some((title.to_owned(), rest.to_owned())), "{source}");
        }
    }

    #[test]
    fn a_text_without_heading_has_no_title() {
        for source in ["", "## Two\n", "#hash\n", "a\nb\n===\n", "```\n# x\n", "#\n", "==\n"] {
            assert_eq!(take(source), None, "{source}");
        }
    }
}
