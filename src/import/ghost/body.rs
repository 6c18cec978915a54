//! The text of a post.

use serde_json::Value;

use super::cards::{readable, ungated};
use super::editor;
use super::row::Row;

/// Names that a remark lists.
const MOST_NAMES: usize = 10;

/// A post's text. The site's own address is not yet filled in.
pub(super) struct Text {
    pub source: String,
    /// As readers get it, not yet sanitised.
    pub html: String,
    /// What a reader of the report should know.
    pub remarks: Vec<String>,
    /// The editor's own JSON, where the text lacks something of it.
    pub kept: Option<(&'static str, Value)>,
}

/// The text of a row: the HTML that Ghost made, or what can be made of the editor's JSON where there is none.
pub(super) fn text(row: &mut Row) -> Text {
    let mut remarks = Vec::new();
    let mut kept = None;
    let mut source = row.take("html");
    let mut is_cut = false;
    if source.trim().is_empty() {
        let rendering = editor::render(row);
        if !rendering.lost.is_empty() {
            let named: Vec<_> = rendering.lost.iter().take(MOST_NAMES).map(String::as_str).collect();
            let more = if rendering.lost.len() > MOST_NAMES { " …" } else { "" };
            remarks.push(format!(
                "it has no HTML, and these of its parts cannot be rendered: {}{more}",
                named.join(", ")
            ));
        }
        is_cut = rendering.is_cut;
        kept = rendering.kept;
        source = rendering.html;
    }
    let ungated = ungated(source);
    if is_cut || ungated.is_cut {
        remarks.push("parts that only members or subscribers got were left out".to_owned());
    }
    let readable = readable(&ungated.html);
    remarks.extend(readable.remarks.iter().map(|remark| (*remark).to_owned()));
    Text {
        source: ungated.html,
        html: readable.html,
        remarks,
        kept: kept.filter(|_| !ungated.is_cut),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_taken_before_what_the_editor_keeps() {
        let mut row = Row::of(&[("html", "<p>a</p>"), ("lexical", "{broken")]);
        let text = text(&mut row);
        assert_eq!((text.html.as_str(), text.remarks.len()), ("<p>a</p>", 0));
        assert!(text.kept.is_none());
    }

    #[test]
    fn a_document_is_kept_only_where_the_text_lacks_some_of_it() {
        let paragraph = r#"{"root":{"children":[{"type":"paragraph","children":[]}]}}"#;
        assert!(text(&mut Row::of(&[("lexical", paragraph)])).kept.is_none());
        let map = paragraph.replace("paragraph", "map");
        let kept = text(&mut Row::of(&[("lexical", &map)])).kept;
        assert_eq!(kept.map(|(name, _)| name), Some("lexical"));
    }

    #[test]
    fn a_document_with_parts_for_members_is_not_kept() {
        let mixed = r#"{"root":{"children":[{"type":"map"},{"type":"email","html":"secret"}]}}"#;
        let found = text(&mut Row::of(&[("lexical", mixed)]));
        assert!(found.kept.is_none());
        assert_eq!(found.remarks.len(), 2);
    }

    #[test]
    fn broken_documents_are_told_and_empty() {
        for (column, value) in [("lexical", "{"), ("mobiledoc", "[]"), ("lexical", "7")] {
            let found = text(&mut Row::of(&[(column, value)]));
            assert_eq!((found.html.as_str(), found.remarks.len()), ("", 1), "{value}");
        }
    }

    #[test]
    fn markdown_of_the_first_versions_is_rendered() {
        assert_eq!(text(&mut Row::of(&[("markdown", "*a*")])).html, "<p><em>a</em></p>\n");
    }
}
