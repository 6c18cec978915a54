//! Gives classic content its paragraphs: authors wrote blank lines and line breaks, readers need `<p>` and `<br>`.
//!
//! Blank lines part paragraphs, single line breaks become `<br>`, block-level elements stand on their own, and what is
//! preformatted is left alone. One pass over the tokens, so any input takes linear time.

use crate::import::html::{Tag, Token, tokens};

/// How the text directly in a block-level element is treated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Every run of text becomes paragraphs.
    Paragraphs,
    /// Text becomes paragraphs where blank lines part it, else it stays bare.
    Mixed,
    /// A paragraph: blank lines begin the next.
    Paragraph,
    /// Text without paragraphs.
    Line,
    /// Only other elements belong here; line breaks mean nothing.
    Structure,
}

const BLOCKS: &[(&str, Content)] = &[
    ("p", Content::Paragraph),
    ("div", Content::Mixed),
    ("li", Content::Mixed),
    ("ul", Content::Structure),
    ("ol", Content::Structure),
    ("h1", Content::Line),
    ("h2", Content::Line),
    ("h3", Content::Line),
    ("h4", Content::Line),
    ("h5", Content::Line),
    ("h6", Content::Line),
    ("blockquote", Content::Paragraphs),
    ("figure", Content::Structure),
    ("figcaption", Content::Line),
    ("hr", Content::Structure),
    ("table", Content::Structure),
    ("caption", Content::Line),
    ("colgroup", Content::Structure),
    ("col", Content::Structure),
    ("thead", Content::Structure),
    ("tbody", Content::Structure),
    ("tfoot", Content::Structure),
    ("tr", Content::Structure),
    ("td", Content::Mixed),
    ("th", Content::Mixed),
    ("dl", Content::Structure),
    ("dt", Content::Line),
    ("dd", Content::Mixed),
    ("section", Content::Mixed),
    ("article", Content::Mixed),
    ("aside", Content::Mixed),
    ("main", Content::Mixed),
    ("header", Content::Mixed),
    ("footer", Content::Mixed),
    ("nav", Content::Mixed),
    ("hgroup", Content::Structure),
    ("details", Content::Mixed),
    ("summary", Content::Line),
    ("address", Content::Mixed),
    ("center", Content::Mixed),
    ("form", Content::Mixed),
    ("fieldset", Content::Mixed),
    ("legend", Content::Line),
    ("menu", Content::Structure),
    ("noscript", Content::Mixed),
];

/// Elements whose content is left alone, and whether they stand on their own.
const VERBATIM: &[(&str, bool)] = &[
    ("pre", true),
    ("script", true),
    ("style", true),
    ("textarea", false),
    ("svg", false),
    ("math", false),
    ("audio", false),
    ("video", false),
    ("object", false),
    ("select", false),
];

/// Inline elements that show something without text.
const SHOWN: &[&str] = &["img", "iframe", "embed", "input", "button", "canvas", "picture"];

/// Elements that end where the next of their kind begins.
const SIBLINGS: &[&[&str]] = &[&["p"], &["li"], &["dt", "dd"], &["td", "th"], &["tr"]];

/// Turns the line breaks of classic content into paragraphs.
pub(super) fn paragraphs(html: &str) -> String {
    let mut writer = Writer {
        open_counts: vec![0; BLOCKS.len()],
        ..Writer::default()
    };
    for token in tokens(html) {
        writer.token(token);
    }
    writer.end_run();
    writer.html
}

/// The paragraph that is being collected.
#[derive(Default)]
struct Paragraph {
    html: String,
    /// Something in it can be seen.
    is_shown: bool,
    /// Where its last `<br>` begins, if nothing came behind it.
    trailing_break: Option<usize>,
}

/// White space that waits for what comes behind it.
#[derive(Default)]
struct Gap {
    is_any: bool,
    newlines: usize,
}

#[derive(Default)]
struct Writer {
    html: String,
    /// The open block-level elements, as indexes of [`BLOCKS`].
    open: Vec<usize>,
    /// How many of each are open, so that a stray end costs nothing.
    open_counts: Vec<usize>,
    /// The finished paragraphs of this run of text.
    done: Vec<Paragraph>,
    current: Paragraph,
    gap: Gap,
    /// The element that is left alone, how deep it is nested in itself, whether it stands on its own.
    verbatim: Option<(&'static str, usize, bool)>,
}

impl Writer {
    fn token(&mut self, token: Token<'_>) {
        if let Some((name, depth, is_block)) = self.verbatim {
            let raw = raw(token);
            if is_block {
                self.html.push_str(raw);
            } else {
                self.current.html.push_str(raw);
            }
            let depth = match token {
                Token::Tag(tag) if tag.is(name) && tag.is_closing => depth - 1,
                Token::Tag(tag) if tag.is(name) => depth + 1,
                _ => depth,
            };
            self.verbatim = (depth > 0).then_some((name, depth, is_block));
            return;
        }
        match token {
            Token::Text(text) => self.text(text),
            Token::Comment { raw, .. } => self.inline(raw, false),
            Token::Tag(tag) => self.tag(tag),
        }
    }

    fn tag(&mut self, tag: Tag<'_>) {
        if let Some(block) = BLOCKS.iter().position(|(name, _)| tag.is(name)) {
            return if tag.is_closing {
                self.close(block, tag);
            } else {
                self.open(block, tag);
            };
        }
        if tag.is("br") {
            return self.line_break(tag.raw);
        }
        let verbatim = VERBATIM.iter().find(|(name, _)| tag.is(name) && !tag.is_closing);
        match verbatim {
            Some((name, true)) => {
                self.begin_block();
                self.html.push_str(tag.raw);
                self.verbatim = Some((name, 1, true));
            }
            Some((name, false)) => {
                self.inline(tag.raw, true);
                self.verbatim = Some((name, 1, false));
            }
            None => self.inline(tag.raw, SHOWN.iter().any(|name| tag.is(name))),
        }
    }

    fn open(&mut self, block: usize, tag: Tag<'_>) {
        self.begin_block();
        if self.content() == Content::Paragraph {
            self.pop();
        }
        let name = BLOCKS[block].0;
        let siblings = SIBLINGS.iter().find(|names| names.contains(&name));
        if siblings.is_some_and(|names| self.open.last().is_some_and(|top| names.contains(&BLOCKS[*top].0))) {
            self.pop();
        }
        self.html.push_str(tag.raw);
        if !matches!(name, "hr" | "col") {
            self.open.push(block);
            self.open_counts[block] += 1;
        }
    }

    fn close(&mut self, block: usize, tag: Tag<'_>) {
        self.end_run();
        if self.open_counts[block] == 0 {
            // To a browser a stray `</p>` is an empty paragraph, and the other stray ends are nothing.
            return;
        }
        while let Some(top) = self.pop() {
            if top == block {
                break;
            }
        }
        self.html.push_str(tag.raw);
    }

    fn pop(&mut self) -> Option<usize> {
        let top = self.open.pop()?;
        self.open_counts[top] -= 1;
        Some(top)
    }

    fn content(&self) -> Content {
        self.open.last().map_or(Content::Paragraphs, |top| BLOCKS[*top].1)
    }

    fn text(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.gap.newlines += 1;
                self.gap.is_any = true;
            }
            let is_space = |character: char| character.is_ascii_whitespace();
            let words = line.trim_matches(is_space);
            if words.is_empty() {
                self.gap.is_any |= !line.is_empty();
                continue;
            }
            self.gap.is_any |= line.starts_with(is_space);
            self.inline(words, true);
            self.gap.is_any = line.ends_with(is_space);
        }
    }

    /// Adds a piece to the paragraph, behind the white space that waits.
    fn inline(&mut self, piece: &str, is_shown: bool) {
        let gap = std::mem::take(&mut self.gap);
        if gap.newlines > 1 && self.content() != Content::Structure {
            self.end_paragraph();
        } else if gap.is_any && !self.current.html.is_empty() {
            let is_break = gap.newlines == 1
                && self.current.is_shown
                && self.current.trailing_break.is_none()
                && self.content() != Content::Structure;
            self.current.html.push_str(match (is_break, gap.newlines) {
                (true, _) => "<br>\n",
                (false, 0) => " ",
                (false, _) => "\n",
            });
        }
        self.current.html.push_str(piece);
        self.current.is_shown |= is_shown;
        if is_shown {
            self.current.trailing_break = None;
        }
    }

    /// A `<br>` of the author; two of them part paragraphs.
    fn line_break(&mut self, raw: &str) {
        if self.gap.newlines > 1 {
            self.inline("", false);
        }
        self.gap = Gap::default();
        match self.current.trailing_break {
            Some(at) if self.content() != Content::Line => {
                self.current.html.truncate(at);
                self.end_paragraph();
            }
            Some(_) => self.current.html.push_str(raw),
            None => {
                self.current.trailing_break = Some(self.current.html.len());
                self.current.html.push_str(raw);
            }
        }
    }

    fn end_paragraph(&mut self) {
        let mut paragraph = std::mem::take(&mut self.current);
        if let Some(at) = paragraph.trailing_break
            && let Some(behind) = paragraph.html[at..].find('>')
        {
            paragraph.html.replace_range(at..=at + behind, "");
        }
        if !paragraph.html.trim().is_empty() {
            self.done.push(paragraph);
        }
    }

    fn begin_block(&mut self) {
        self.end_run();
        if self.content() == Content::Paragraphs && !self.html.is_empty() && !self.html.ends_with('\n') {
            self.html.push('\n');
        }
    }

    /// Writes the text that was collected since the last block-level tag.
    fn end_run(&mut self) {
        self.gap = Gap::default();
        self.end_paragraph();
        let content = self.content();
        let paragraphs = std::mem::take(&mut self.done);
        let wraps = content == Content::Paragraphs || (content == Content::Mixed && paragraphs.len() > 1);
        for (index, paragraph) in paragraphs.iter().enumerate() {
            if index > 0 {
                self.html.push_str(match content {
                    Content::Paragraph => "</p>\n<p>",
                    Content::Line => "<br>\n",
                    _ => "\n",
                });
            } else if content == Content::Paragraphs && !self.html.is_empty() && !self.html.ends_with('\n') {
                self.html.push('\n');
            }
            if wraps && paragraph.is_shown {
                self.html.extend(["<p>", paragraph.html.as_str(), "</p>"]);
            } else {
                self.html.push_str(&paragraph.html);
            }
        }
    }
}

fn raw(token: Token<'_>) -> &str {
    match token {
        Token::Text(raw) | Token::Comment { raw, .. } => raw,
        Token::Tag(tag) => tag.raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_part_paragraphs_and_line_breaks_break_lines() {
        assert_eq!(
            paragraphs("One\ntwo\n\n\nthree  \n \t\nfour"),
            "<p>One<br>\ntwo</p>\n<p>three</p>\n<p>four</p>"
        );
    }

    #[test]
    fn blocks_stand_on_their_own() {
        assert_eq!(
            paragraphs("before\n<h2>Title</h2>\nbehind\n<hr />\n<div>bare</div>"),
            "<p>before</p>\n<h2>Title</h2>\n<p>behind</p>\n<hr />\n<div>bare</div>"
        );
    }

    #[test]
    fn quotes_get_paragraphs() {
        assert_eq!(
            paragraphs("<blockquote>a\n\nb</blockquote>"),
            "<blockquote>\n<p>a</p>\n<p>b</p></blockquote>"
        );
    }

    #[test]
    fn list_items_and_cells_get_them_only_where_blank_lines_ask() {
        let list = "<ul>\n<li>one</li>\n<li>two\nlines</li>\n<li>three\n\nfour</li></ul>";
        let expected = "<ul><li>one</li><li>two<br>\nlines</li><li><p>three</p>\n<p>four</p></li></ul>";
        assert_eq!(paragraphs(list), expected);
    }

    #[test]
    fn preformatted_text_is_left_alone() {
        for html in [
            "<pre>a\n\n<b>b</b>\n</pre>",
            "<script>a\n\nb</script>",
            "<style>a\n\n</style>",
            "<pre>\n<pre>\n\n</pre>\n</pre>",
        ] {
            assert_eq!(paragraphs(html), html);
        }
        assert_eq!(
            paragraphs("a <textarea>\n\n</textarea>"),
            "<p>a <textarea>\n\n</textarea></p>"
        );
    }

    #[test]
    fn paragraphs_that_are_there_are_kept() {
        assert_eq!(
            paragraphs("<p class=\"x\">a</p>\n\n<p>b\nc</p>"),
            "<p class=\"x\">a</p>\n<p>b<br>\nc</p>"
        );
        assert_eq!(paragraphs("<p>a\n\nb</p>"), "<p>a</p>\n<p>b</p>");
        let once = paragraphs("a\n\nb <em>c</em>\nd");
        assert_eq!(paragraphs(&once), once);
    }

    #[test]
    fn a_break_of_the_author_is_not_doubled_and_two_part_paragraphs() {
        assert_eq!(paragraphs("a<br />\nb"), "<p>a<br />\nb</p>");
        assert_eq!(paragraphs("a<br><br>b"), "<p>a</p>\n<p>b</p>");
    }

    #[test]
    fn stray_ends_make_no_empty_paragraph() {
        assert_eq!(paragraphs("a</p>b</div>"), "<p>a</p>\n<p>b</p>");
        assert_eq!(paragraphs("<p><div>a</div></p>"), "<p><div>a</div>");
    }

    #[test]
    fn comments_and_empty_wrappers_are_no_paragraph() {
        assert_eq!(
            paragraphs("<!-- x -->\n\n<a name=\"y\"></a>"),
            "<!-- x -->\n<a name=\"y\"></a>"
        );
    }

    #[test]
    fn pictures_are_shown_and_spaces_between_words_stay() {
        assert_eq!(
            paragraphs("<img src=a>\n<em>b</em> c"),
            "<p><img src=a><br>\n<em>b</em> c</p>"
        );
    }

    #[test]
    fn any_input_takes_linear_time() {
        for piece in [
            "<div>",
            "</div>",
            "<section></div>",
            "\n\n",
            "<br>",
            "a\n",
            "<p>",
            "<b>",
            "<pre>",
            "<audio>",
            "<!---->",
            "<li>",
            "&",
        ] {
            let html = piece.repeat(500_000 / piece.len());
            assert!(paragraphs(&html).len() < html.len() * 8 + 16);
        }
        let html = "<section>".repeat(200_000) + &"</div>".repeat(200_000);
        assert!(!paragraphs(&html).is_empty());
    }
}
