//! Makes HTML of block content: HTML between comments (`<!-- wp:name {json} -->`) that say what it is.

use std::collections::HashMap;

use serde_json::Value;

use super::content::{PostContext, classic};
use super::players::linked_figure;
use super::shortcodes::expand;
use crate::import::text::{escape, plain, web_address};

/// Blocks that show other content of the site; what stands in them is a pattern for it.
const DYNAMIC: &[&str] = &[
    "comment-template",
    "comments",
    "comments-pagination",
    "comments-query-loop",
    "navigation",
    "post-comments",
    "post-template",
    "query",
    "query-no-results",
    "query-pagination",
    "template-part",
];

/// Blocks that are merely empty when they have no content.
const EMPTY: &[&str] = &[
    "column",
    "group",
    "heading",
    "html",
    "list",
    "list-item",
    "paragraph",
    "shortcode",
    "spacer",
];

/// Which end of a block a comment is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Void,
}

/// A block's comment.
pub(super) struct Delimiter<'a> {
    pub kind: Kind,
    /// Without `core/`.
    pub name: &'a str,
    /// JSON, or nothing.
    pub attributes: &'a str,
    pub start: usize,
    pub end: usize,
    /// The index of the other end.
    pub partner: Option<usize>,
}

/// The HTML of block content; text between blocks is classic content.
pub(super) fn render(content: &str, post: &mut PostContext<'_>) -> String {
    let mut delimiters = delimiters(content);
    pair(&mut delimiters);
    let mut writer = Writer {
        html: String::with_capacity(content.len()),
        blocks: String::new(),
        depth: 0,
        post,
    };
    let (mut at, mut index) = (0, 0);
    while let Some(delimiter) = delimiters.get(index) {
        writer.text(&content[at..delimiter.start]);
        let last = writer.block(delimiter, content, &delimiters).unwrap_or(index);
        at = delimiters[last].end;
        index = last + 1;
    }
    writer.text(&content[at..]);
    writer.flush();
    writer.html
}

struct Writer<'c, 's> {
    html: String,
    /// The HTML of blocks whose shortcodes are still to be expanded.
    blocks: String,
    depth: usize,
    post: &'c mut PostContext<'s>,
}

impl Writer<'_, '_> {
    fn text(&mut self, text: &str) {
        if self.depth > 0 || text.trim().is_empty() {
            self.blocks.push_str(text);
        } else {
            self.classic(text);
        }
    }

    fn classic(&mut self, text: &str) {
        self.flush();
        self.html.push_str(&classic(text, self.post));
        self.html.push('\n');
    }

    fn flush(&mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        self.html.push_str(&expand(&blocks, false, self.post));
    }

    /// Renders what a comment begins; says which comment ends it, if all in between is dealt with.
    fn block(&mut self, delimiter: &Delimiter<'_>, content: &str, all: &[Delimiter<'_>]) -> Option<usize> {
        match (delimiter.kind, delimiter.partner) {
            (Kind::Void, _) => {
                self.void(delimiter);
                None
            }
            (Kind::Open, Some(partner)) => {
                let inner = &content[delimiter.end..all[partner].start];
                match delimiter.name {
                    "shortcode" | "freeform" => self.classic(inner),
                    "embed" => self.embed(delimiter, inner),
                    name if name.starts_with("core-embed/") => self.embed(delimiter, inner),
                    name if DYNAMIC.contains(&name) => {
                        self.post.dynamic_blocks.insert(name.to_owned());
                    }
                    _ => {
                        self.depth += 1;
                        return None;
                    }
                }
                Some(partner)
            }
            (Kind::Close, Some(_)) => {
                self.depth -= 1;
                None
            }
            (_, None) => None,
        }
    }

    fn void(&mut self, delimiter: &Delimiter<'_>) {
        match delimiter.name {
            "social-link" => {
                let attributes = delimiter.attributes();
                let text = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default();
                if let Some(address) = web_address(text("url")) {
                    let label = [text("label"), text("service"), &address]
                        .into_iter()
                        .find(|text| !text.is_empty());
                    let (address, label) = (escape(&address), escape(label.unwrap_or_default()));
                    let item = format!("<li><a href=\"{address}\">{label}</a></li>");
                    self.blocks.push_str(&item);
                }
            }
            "footnotes" => self.footnotes(),
            name if EMPTY.contains(&name) => {}
            name => {
                self.post.dynamic_blocks.insert(name.to_owned());
            }
        }
    }

    fn embed(&mut self, delimiter: &Delimiter<'_>, inner: &str) {
        let stated = delimiter
            .attributes()
            .get("url")
            .and_then(Value::as_str)
            .and_then(web_address);
        let (body, caption) = inner.find("<figcaption").map_or((inner, ""), |at| inner.split_at(at));
        let Some(address) = stated.or_else(|| web_address(&plain(body))) else {
            self.blocks.push_str(inner);
            return;
        };
        let caption = caption
            .find("</figcaption>")
            .map_or("", |end| &caption[..end + "</figcaption>".len()]);
        let figure = linked_figure(&address);
        self.blocks.push_str(figure.trim_end_matches("</figure>"));
        self.blocks.push_str(caption);
        self.blocks.push_str("</figure>");
    }

    /// The notes of the post, which are kept beside its content.
    fn footnotes(&mut self) {
        let Some(Ok(Value::Array(notes))) = self.post.footnotes.map(serde_json::from_str) else {
            return;
        };
        self.blocks.push_str("<ol class=\"wp-block-footnotes\">");
        for note in &notes {
            let text = |name: &str| note.get(name).and_then(Value::as_str).unwrap_or_default();
            let (id, content) = (escape(text("id")), text("content"));
            let item = format!("<li id=\"{id}\">{content} <a href=\"#{id}-link\">↩︎</a></li>");
            self.blocks.push_str(&item);
        }
        self.blocks.push_str("</ol>");
    }
}

impl Delimiter<'_> {
    fn attributes(&self) -> Value {
        serde_json::from_str(self.attributes).unwrap_or_default()
    }
}

/// All comments of blocks, in order. Their JSON never holds `-->`: WordPress writes hyphens in pairs as `\u002d`.
pub(super) fn delimiters(content: &str) -> Vec<Delimiter<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = content[from..].find("<!--").map(|at| from + at) {
        let Some(length) = content[start + 4..].find("-->") else {
            break;
        };
        let end = start + 4 + length + 3;
        found.extend(delimiter(&content[start + 4..end - 3], start, end));
        from = end;
    }
    found
}

fn delimiter(comment: &str, start: usize, end: usize) -> Option<Delimiter<'_>> {
    let comment = comment.trim();
    let (is_close, rest) = match comment.strip_prefix('/') {
        Some(rest) => (true, rest),
        None => (false, comment),
    };
    let rest = rest.strip_prefix("wp:")?;
    let name_end = rest.find(|c: char| c.is_whitespace() || c == '{').unwrap_or(rest.len());
    let (name, rest) = rest.split_at(name_end);
    let (void_name, rest) = (name.strip_suffix('/'), rest.trim());
    let name = void_name.unwrap_or(name);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let (is_void, attributes) = match rest.strip_suffix('/') {
        Some(attributes) => (true, attributes.trim_end()),
        None => (void_name.is_some(), rest),
    };
    let kind = match (is_close, is_void) {
        (true, _) => Kind::Close,
        (false, true) => Kind::Void,
        (false, false) => Kind::Open,
    };
    Some(Delimiter {
        kind,
        name: name.strip_prefix("core/").unwrap_or(name),
        attributes,
        start,
        end,
        partner: None,
    })
}

/// Finds the end of each block; comments without an other end stay alone.
pub(super) fn pair(delimiters: &mut [Delimiter<'_>]) {
    let mut open: Vec<usize> = Vec::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for index in 0..delimiters.len() {
        let Delimiter { kind, name, .. } = delimiters[index];
        match kind {
            Kind::Void => {}
            Kind::Open => {
                open.push(index);
                *counts.entry(name).or_default() += 1;
            }
            Kind::Close if counts.get(name).is_none_or(|count| *count == 0) => {}
            Kind::Close => {
                while let Some(top) = open.pop() {
                    if let Some(count) = counts.get_mut(delimiters[top].name) {
                        *count -= 1;
                    }
                    if delimiters[top].name == name {
                        delimiters[top].partner = Some(index);
                        delimiters[index].partner = Some(top);
                        break;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::site::Site;
    use super::*;

    fn rendered(content: &str) -> (String, Vec<String>) {
        let site = Site::default();
        let mut post = PostContext::new(&site, "9", Some(r#"[{"id":"n1","content":"A <em>note</em>"}]"#));
        let html = render(content, &mut post);
        (html.trim().to_owned(), post.remarks())
    }

    #[test]
    fn comments_go_and_html_stays() {
        let content = "<!-- wp:group {\"a\":\"\\u002d\\u002d>\"} --><div><!-- wp:core/paragraph --><p>a</p><!-- /wp:core/paragraph --></div><!-- /wp:group -->";
        assert_eq!(rendered(content), ("<div><p>a</p></div>".to_owned(), Vec::new()));
    }

    #[test]
    fn blocks_that_others_would_fill_are_told_once() {
        let content = "<!-- wp:calendar /--><!-- wp:calendar {\"a\":{}} /--><!-- wp:query --><p>x</p><!-- /wp:query --><!-- wp:paragraph /-->";
        let remark = "these blocks have no content of their own; they were left out: calendar, query";
        assert_eq!(rendered(content), (String::new(), vec![remark.to_owned()]));
    }

    #[test]
    fn text_between_blocks_and_in_classic_ones_gets_paragraphs() {
        let content =
            "a\n\nb\n<!-- wp:html --><i>c</i>\n\nd<!-- /wp:html --><!-- wp:freeform -->e\nf<!-- /wp:freeform -->";
        assert_eq!(rendered(content).0, "<p>a</p>\n<p>b</p>\n<i>c</i>\n\nd<p>e<br>\nf</p>");
    }

    #[test]
    fn broken_nesting_loses_no_text() {
        for content in [
            "<!-- wp:query --><p>x</p>",
            "<p>x</p><!-- /wp:query -->",
            "<!-- wp:a --><!-- wp:query --><p>x</p><!-- /wp:a --><!-- /wp:query -->",
            "<!-- wp:a {broken --><p>x</p><!-- /wp:a -->",
            "<!-- wp: --><p>x</p><!-- wp:é /-->",
        ] {
            assert_eq!(rendered(content).0, "<p>x</p>", "{content}");
        }
    }

    #[test]
    fn embeds_become_links_with_their_caption() {
        let figure = "<figure class=\"wp-block-embed\"><a href=\"https://v.example\">https://v.example</a>\
                      <figcaption>c</figcaption></figure>";
        for content in [
            "<!-- wp:embed {\"url\":\"https://v.example\"} --><figure><figcaption>c</figcaption></figure><!-- /wp:embed -->",
            "<!-- wp:core-embed/youtube --><figure><div>\nhttps://v.example\n</div><figcaption>c</figcaption></figure><!-- /wp:core-embed/youtube -->",
        ] {
            assert_eq!(rendered(content).0, figure);
        }
        assert_eq!(
            rendered("<!-- wp:embed {\"url\":\"javascript:x\"} --><b>y</b><!-- /wp:embed -->").0,
            "<b>y</b>"
        );
    }

    #[test]
    fn links_to_profiles_and_footnotes_are_rendered() {
        let link = "<!-- wp:social-link {\"url\":\"https://s.example\",\"service\":\"x\"} /-->";
        assert_eq!(rendered(link).0, "<li><a href=\"https://s.example\">x</a></li>");
        let notes =
            "<ol class=\"wp-block-footnotes\"><li id=\"n1\">A <em>note</em> <a href=\"#n1-link\">↩︎</a></li></ol>";
        assert_eq!(rendered("<!-- wp:footnotes /-->").0, notes);
    }

    #[test]
    fn any_input_takes_linear_time() {
        for piece in [
            "<!--",
            "<!-- wp:a -->",
            "<!-- /wp:a -->",
            "<!-- wp:a /-->",
            "<!-- wp:query -->",
            "-->",
            "<!-- wp:shortcode -->",
            "<!-- wp:a {\"b\":[",
        ] {
            let content = piece.repeat(300_000 / piece.len());
            assert!(rendered(&content).0.len() <= content.len() + 7);
        }
        let content =
            "<!-- wp:a -->".repeat(20_000) + &"<!-- /wp:b -->".repeat(20_000) + &"<!-- /wp:a -->".repeat(20_000);
        assert_eq!(rendered(&content).0, "");
    }
}
