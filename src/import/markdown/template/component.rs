//! MDX: a Markdown that imports modules and shows components. Neither can be rendered here.

use super::{Converted, Report, code_ranges, escaped};

/// Keeps imports, exports and components as text.
pub(super) fn convert(source: &str, line: u64) -> Converted {
    let mut report = Report::new(source, line);
    let mut text = String::with_capacity(source.len());
    let mut code = code_ranges(source).into_iter().peekable();
    let (mut at, mut in_module) = (0, false);
    for line in source.split_inclusive('\n') {
        while code.next_if(|range| range.end <= at).is_some() {}
        let starts_in_code = code.peek().is_some_and(|range| range.contains(&at));
        // A module's statement may span lines, up to an empty one.
        in_module = !starts_in_code && !line.trim().is_empty() && (in_module || is_module(line));
        if in_module {
            report.complain(
                at,
                "imports and exports of MDX do nothing here, and stay as text".to_owned(),
            );
            text.push_str(&escaped(line));
        } else {
            let mut written = 0;
            for (offset, _) in line.match_indices('<') {
                while code.next_if(|range| range.end <= at + offset).is_some() {}
                let is_code = code.peek().is_some_and(|range| range.contains(&(at + offset)));
                if let Some(name) = component(&line[offset..]).filter(|_| !is_code) {
                    let name = if name.is_empty() { "<>" } else { name };
                    report.complain(
                        at + offset,
                        format!("the component \"{name}\" cannot be rendered, and stays as text"),
                    );
                    text.push_str(&line[written..offset]);
                    text.push('\\');
                    written = offset;
                }
            }
            text.push_str(&line[written..]);
        }
        at += line.len();
    }
    Converted {
        text,
        complaints: report.complaints,
    }
}

fn is_module(line: &str) -> bool {
    ["import ", "import{", "export ", "export{"]
        .iter()
        .any(|start| line.starts_with(start))
        && line.contains(['"', '\'', '{', '='])
}

/// The name of the component whose tag starts here; empty for a fragment.
fn component(text: &str) -> Option<&str> {
    let text = text.strip_prefix('<')?;
    let text = text.strip_prefix('/').unwrap_or(text);
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
        .unwrap_or(text.len());
    let name = &text[..end];
    let is_component = name.starts_with(|first: char| first.is_ascii_uppercase()) || name.contains('.');
    (is_component || (name.is_empty() && text.starts_with('>'))).then_some(name)
}
