//! Colours code by CSS classes (`hl-…`, after the scopes of Sublime Text's grammars).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use comrak::adapters::SyntaxHighlighterAdapter;
use comrak::html::{escape, write_opening_tag};
use syntect::html::{ClassStyle, ClassedHTMLGenerator};
use syntect::parsing::{SyntaxReference, SyntaxSet};
use syntect::util::LinesWithEndings;

/// What every class begins with.
pub(super) const CLASS_PREFIX: &str = "hl-";

/// Bytes of code that one text may have coloured; the grammars are regular expressions, and slow.
const BUDGET: usize = 256 * 1024;

/// Longer lines are generated code, on which grammars take quadratic time.
const LONGEST_LINE: usize = 2_000;

static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Colours the code of one text, as far as its budget goes.
pub(super) struct Highlighter {
    budget: AtomicUsize,
}

impl Default for Highlighter {
    fn default() -> Self {
        Self {
            budget: AtomicUsize::new(BUDGET),
        }
    }
}

impl Highlighter {
    fn afford(&self, code: &str) -> bool {
        self.budget
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(code.len())
            })
            .is_ok()
            && code.lines().all(|line| line.len() <= LONGEST_LINE)
    }
}

impl SyntaxHighlighterAdapter for Highlighter {
    fn write_highlighted(&self, output: &mut dyn Write, language: Option<&str>, code: &str) -> fmt::Result {
        let coloured = grammar(language)
            .filter(|_| self.afford(code))
            .and_then(|grammar| highlight(grammar, code));
        match coloured {
            Some(html) => output.write_str(&html),
            None => escape(output, code),
        }
    }

    fn write_pre_tag(&self, output: &mut dyn Write, attributes: HashMap<&'static str, Cow<'_, str>>) -> fmt::Result {
        write_opening_tag(output, "pre", attributes)
    }

    fn write_code_tag(&self, output: &mut dyn Write, attributes: HashMap<&'static str, Cow<'_, str>>) -> fmt::Result {
        write_opening_tag(output, "code", attributes)
    }
}

/// The grammar of a fence's first word; `rust,ignore` and `{rust}` are seen in the wild.
fn grammar(language: Option<&str>) -> Option<&'static SyntaxReference> {
    let name = language?.trim_start_matches('{').split([',', ' ', '{', '}']).next()?;
    // The grammars that ship know JavaScript, of which these are near enough dialects.
    let name = match name.to_ascii_lowercase().as_str() {
        "jsx" | "mjs" | "ts" | "tsx" | "typescript" => "js",
        "console" | "shell" | "zsh" => "sh",
        "jsonc" | "json5" => "json",
        _ => name,
    };
    GRAMMARS.find_syntax_by_token(name)
}

fn highlight(grammar: &SyntaxReference, code: &str) -> Option<String> {
    let style = ClassStyle::SpacedPrefixed { prefix: CLASS_PREFIX };
    let mut generator = ClassedHTMLGenerator::new_with_class_style(grammar, &GRAMMARS, style);
    for line in LinesWithEndings::from(code) {
        generator.parse_html_for_line_which_includes_newline(line).ok()?;
    }
    Some(generator.finalize())
}
