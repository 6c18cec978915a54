//! Renders what Ghost's editors keep, for posts whose HTML is missing: Lexical since version 5, Mobiledoc before.

mod card;
mod lexical;
mod mobiledoc;

use std::collections::BTreeSet;

use serde_json::Value;

use self::card::markdown_card;
use super::row::Row;

/// A text that was made of what an editor kept.
#[derive(Debug, Default)]
pub(super) struct Rendering {
    pub html: String,
    /// What could not be rendered.
    pub lost: BTreeSet<String>,
    /// Whether something was left out that not all readers got.
    pub is_cut: bool,
    /// The editor's own JSON, under its name, where the HTML lacks something of it.
    pub kept: Option<(&'static str, Value)>,
}

/// The HTML of a post that comes without.
pub(super) fn render(row: &mut Row) -> Rendering {
    for name in ["lexical", "mobiledoc"] {
        let text = row.take(name);
        if text.trim().is_empty() {
            continue;
        }
        let mut rendering = Rendering::default();
        let Ok(document) = serde_json::from_str::<Value>(&text) else {
            rendering.lost.insert(format!("its {name}, which is not JSON"));
            return rendering;
        };
        if name == "lexical" {
            lexical::render(&document, &mut rendering);
        } else {
            mobiledoc::render(&document, &mut rendering);
        }
        // What only members got must not come back by the side door.
        if !rendering.lost.is_empty() && !rendering.is_cut {
            rendering.kept = Some((name, document));
        }
        return rendering;
    }
    let mut rendering = Rendering::default();
    markdown_card(&row.take("markdown"), &mut rendering);
    rendering
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
