//! Plain text to HTML.

use std::fmt::Write;

/// Renders plain text as people type it into a form: an empty line parts paragraphs, a line break stays one, and
/// nothing is markup.
pub fn plain_text_paragraphs(source: &str) -> String {
    let mut html = String::with_capacity(source.len() + 16);
    let lines = source.lines().map(str::trim).collect::<Vec<_>>();
    for paragraph in lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()) {
        let lines = paragraph.iter().map(|line| escaped(line)).collect::<Vec<_>>();
        // Writing to a string cannot fail.
        let _ = writeln!(html, "<p>{}</p>", lines.join("<br>\n"));
    }
    html
}

fn escaped(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::plain_text_paragraphs;

    #[test]
    fn empty_lines_part_paragraphs_and_line_breaks_stay() {
        assert_eq!(
            plain_text_paragraphs("one\r\ntwo\n\n \nthree\n"),
            "<p>one<br>\ntwo</p>\n<p>three</p>\n"
        );
    }

    #[test]
    fn markup_in_plain_text_is_text() {
        assert_eq!(
            plain_text_paragraphs("<b> & </b>"),
            "<p>&lt;b&gt; &amp; &lt;/b&gt;</p>\n"
        );
        assert_eq!(plain_text_paragraphs(" \n"), "");
    }
}
