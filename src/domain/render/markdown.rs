//! Markdown to HTML.

use std::fmt::{self, Write};

use comrak::html::{ChildRendering, Context, escape, format_document_with_formatter, format_node_default};
use comrak::nodes::{AstNode, NodeValue};
use comrak::options::Plugins;
use comrak::{Arena, Options, parse_document};

use super::containers::bound_containers;
use super::highlight::Highlighter;

/// Renders Markdown (`CommonMark`, GitHub's extensions, footnotes, definition lists, `{#id}` after headings) to HTML.
///
/// Raw HTML passes through: the result is not sanitised, [`finish`](super::finish) or [`sanitise`](super::sanitise)
/// must follow.
pub fn markdown(source: &str) -> String {
    let (arena, options, highlighter) = (Arena::new(), options(), Highlighter::default());
    let mut plugins = Plugins::default();
    plugins.render.codefence_syntax_highlighter = Some(&highlighter);
    let document = parse_document(&arena, &bound_containers(source), &options);
    let mut html = String::with_capacity(source.len() * 5 / 4);
    // Writing to a string cannot fail.
    let _ = format_document_with_formatter(document, &options, &mut html, &plugins, format_node, ());
    html
}

/// Gives headings the id that their author wrote behind them, which the parser reads and the formatter leaves out.
fn format_node<'a>(
    context: &mut Context<()>,
    node: &'a AstNode<'a>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    let data = node.data();
    if let (NodeValue::Heading(heading), Some(id)) = (&data.value, data.attrs.as_ref().and_then(|a| a.id.as_ref()))
        && entering
    {
        context.cr()?;
        write!(context, "<h{} id=\"", heading.level)?;
        escape(context, id)?;
        context.write_str("\">")?;
        return Ok(ChildRendering::HTML);
    }
    drop(data);
    format_node_default(context, node, entering)
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.alerts = true;
    options.extension.autolink = true;
    options.extension.cjk_friendly_emphasis = true;
    options.extension.description_lists = true;
    options.extension.footnotes = true;
    options.extension.header_attributes = true;
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    options.render.tasklist_classes = true;
    options.render.r#unsafe = true;
    options
}

#[cfg(test)]
mod tests {
    use super::markdown;

    #[test]
    fn tables_strikethrough_links_and_tasks_are_rendered() {
        let html = markdown("| a | b |\n|---|---|\n| 1 | 2 |\n\n~~gone~~ https://example.com\n\n- [x] done\n");
        for expected in [
            "<td>1</td>",
            "<del>gone</del>",
            "<a href=\"https://example.com\">",
            "type=\"checkbox\"",
        ] {
            assert!(html.contains(expected), "{expected} in {html}");
        }
    }

    #[test]
    fn a_heading_carries_no_anchor_of_its_own() {
        assert_eq!(markdown("## Two *words*\n"), "<h2>Two <em>words</em></h2>\n");
    }

    #[test]
    fn an_author_names_a_heading() {
        assert_eq!(markdown("## Two words {#two}\n"), "<h2 id=\"two\">Two words</h2>\n");
    }

    #[test]
    fn code_is_highlighted_by_classes_not_styles() {
        let html = markdown("```rust\nfn main() { let x = \"<b>\"; }\n```\n");
        assert!(html.contains("<code class=\"language-rust\">"), "{html}");
        assert!(html.contains("<span class=\"hl-"), "{html}");
        assert!(html.contains("&lt;b&gt;"), "{html}");
        assert!(!html.contains("style="), "{html}");
    }

    #[test]
    fn code_in_an_unknown_language_stays_plain() {
        let html = markdown("```klingon\nqapla' <b>\n```\n");
        assert_eq!(
            html,
            "<pre><code class=\"language-klingon\">qapla' &lt;b&gt;\n</code></pre>\n"
        );
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(markdown(""), "");
    }
}
