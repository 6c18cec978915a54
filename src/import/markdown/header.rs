//! Front matter without fences: `Key: value` lines at the top (Pelican, MultiMarkdown) and `.. key: value` lines in a
//! comment (Nikola).

use serde_json::{Map, Value};

/// A header has one of these fields; a text may start with a line that only looks like a header.
const TELLING: &[&str] = &["draft", "published", "slug", "status", "title", "visibility"];

/// The fields at the top of a text, and the offset of the rest; none without fields.
pub(super) fn header(text: &str) -> Option<(Map<String, Value>, usize)> {
    let (fields, end) = match text.strip_prefix("<!--") {
        Some(comment) => {
            let end = comment.find("-->")?;
            (comment_fields(&comment[..end]), "<!--".len() + end + "-->".len())
        }
        None => lines(text)?,
    };
    let is_header = fields
        .keys()
        .any(|key| TELLING.iter().any(|known| key.eq_ignore_ascii_case(known)));
    is_header.then_some((fields, end))
}

fn comment_fields(comment: &str) -> Map<String, Value> {
    let lines = comment
        .lines()
        .filter_map(|line| field(line.trim().strip_prefix(".. ")?));
    lines.collect()
}

fn lines(text: &str) -> Option<(Map<String, Value>, usize)> {
    let mut fields = Map::new();
    let (mut at, mut last) = (0, None);
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            let Some(Value::String(value)) = last.as_ref().and_then(|key: &String| fields.get_mut(key)) else {
                return None;
            };
            value.push('\n');
            value.push_str(line.trim());
            continue;
        }
        let (key, value) = field(line)?;
        last = Some(key.clone());
        fields.insert(key, value);
    }
    Some((fields, at))
}

fn field(line: &str) -> Option<(String, Value)> {
    let (key, value) = line.split_once(':')?;
    let is_key = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    is_key.then(|| (key.to_owned(), Value::String(value.trim().to_owned())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::header;

    #[test]
    fn fields_without_fences_are_read() {
        for (text, body) in [
            ("Title: A\nStatus: draft\nTags: x,\n  y\n\nBody", "Body"),
            ("<!--\n.. title: A\n.. status: draft\n.. tags: x,\n-->\nBody", "\nBody"),
        ] {
            let (fields, end) = header(text).unwrap();
            assert_eq!(
                (
                    &fields[fields.keys().find(|key| key.eq_ignore_ascii_case("status")).unwrap()],
                    &text[end..]
                ),
                (&json!("draft"), body)
            );
        }
        assert_eq!(header("Title: A\n  B\n").unwrap().0["Title"], "A\nB");
    }

    #[test]
    fn what_only_looks_like_a_header_is_text() {
        for text in [
            "",
            "Note: this is text.\n\nMore",
            "Title: A\nand more\n\nx",
            "<!-- a -->x",
            "<!--",
            " x",
            "A b: c\n",
        ] {
            assert!(header(text).is_none(), "{text}");
        }
    }
}
