//! Parts front matter from text, and reads data files, which are written in the same languages.

use serde_json::{Map, Value};

use super::header::header;
use crate::domain::render;

/// Bytes that a front matter may have.
const LONGEST: usize = 256 * 1024;

/// The languages of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Yaml,
    Toml,
    Json,
}

impl Language {
    /// The language of a file of this extension.
    pub(super) fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "yml" | "yaml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Reads a value.
    pub(super) fn parse(self, text: &str) -> Result<Value, Problem> {
        match self {
            Self::Yaml => parse_yaml(text),
            Self::Toml => parse_toml(text),
            Self::Json => serde_json::from_str(text).map_err(|error| {
                let message = error.to_string();
                let message = message.split(" at line ").next().unwrap_or_default();
                Problem {
                    line: error.line().max(1) as u64,
                    message: format!("JSON: {message}"),
                }
            }),
        }
    }
}

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// From 1.
    pub(super) line: u64,
    /// One line.
    pub(super) message: String,
}

/// A text and what stood before it.
#[derive(Debug, PartialEq)]
pub(super) struct Parted<'a> {
    pub(super) fields: Map<String, Value>,
    pub(super) body: &'a str,
    /// The line of the file on which the body starts.
    pub(super) body_line: u64,
    /// Whether there was any front matter.
    pub(super) is_marked: bool,
    /// Why what looks like front matter was not read.
    pub(super) unread: Option<&'static str>,
}

/// Parts front matter (YAML between `---`, TOML between `+++`, a JSON object, or lines without fences) from the text
/// behind it. Lines without text may stand in front, and the opening fence may name its language.
pub(super) fn part(text: &str) -> Result<Parted<'_>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lead = text.len() - text.trim_start().len();
    let base = text[..lead].rfind('\n').map_or(0, |newline| newline + 1);
    let bare = Parted {
        fields: Map::new(),
        body: text,
        body_line: 1,
        is_marked: false,
        unread: None,
    };
    let first = text[base..].lines().next().unwrap_or_default().trim_end();
    // Behind lines without text, a line of hyphens may also just be one.
    let is_fence = base == 0 || text[base..].lines().nth(1).is_some_and(is_field);
    let (language, start, end, rest) = match first {
        "---" if is_fence => fenced(Language::Yaml, text, base, &["---", "..."])?,
        "+++" if is_fence => fenced(Language::Toml, text, base, &["+++"])?,
        _ if base == 0 && is_json(text) => {
            let end = json_end(text)?;
            (Language::Json, 0, end, end)
        }
        _ => match language_of(first).map(Language::of_extension) {
            Some(Some(language)) => fenced(language, text, base, &[&first[..3]])?,
            Some(None) if text[base..].lines().skip(1).any(|line| line.trim_end() == &first[..3]) => {
                return Ok(unread(bare, base));
            }
            None if is_odd_fence(first, &text[base..]) => return Ok(unread(bare, base)),
            _ => return Ok(headed(bare, base)),
        },
    };
    if end - start > LONGEST {
        return Err(Problem {
            line: 1,
            message: format!("the front matter has more than {LONGEST} bytes"),
        });
    }
    let line_of = |at: usize| text[..at].matches('\n').count() as u64 + 1;
    let fields = match language.parse(&text[start..end]) {
        Ok(Value::Object(fields)) => fields,
        Ok(Value::Null) => Map::new(),
        Ok(_) => {
            return Err(Problem {
                line: 1,
                message: "the front matter has no named fields".to_owned(),
            });
        }
        Err(problem) => {
            return Err(Problem {
                line: problem.line + line_of(start) - 1,
                ..problem
            });
        }
    };
    let body = text[rest..].trim_start_matches(['\r', '\n']);
    Ok(Parted {
        fields,
        body,
        body_line: line_of(text.len() - body.len()),
        is_marked: true,
        unread: None,
    })
}

/// The language that an opening fence names: `---json`.
fn language_of(fence: &str) -> Option<&str> {
    let name = fence.strip_prefix("---").or(fence.strip_prefix("+++"))?.trim();
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(name)
}

/// Whether a line can be one of a front matter.
fn is_field(line: &str) -> bool {
    let key = line
        .split([':', '='])
        .next()
        .unwrap_or_default()
        .trim()
        .trim_matches('"');
    let is_key = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    is_key && key.len() < line.trim_end().len()
}

/// Whether a text starts with fields between two equal lines that no supported generator writes.
fn is_odd_fence(first: &str, text: &str) -> bool {
    let mark = first.chars().next().unwrap_or_default();
    let is_line = first.len() >= 3 && "-+;=~—".contains(mark) && first.chars().all(|c| c == mark);
    let mut behind = text.lines().skip(1);
    is_line && behind.next().is_some_and(is_field) && behind.any(|line| line.trim_end() == first)
}

/// A text with a front matter that cannot be read.
fn unread(bare: Parted<'_>, base: usize) -> Parted<'_> {
    Parted {
        body: &bare.body[base..],
        is_marked: true,
        unread: Some("what looks like its front matter cannot be read, and stays in its text"),
        ..bare
    }
}

/// A text that may have fields without fences.
fn headed(bare: Parted<'_>, base: usize) -> Parted<'_> {
    let text = bare.body;
    match header(&text[base..]) {
        Some((fields, end)) if end <= LONGEST => {
            let body = text[base + end..].trim_start_matches(['\r', '\n']);
            Parted {
                fields,
                body,
                body_line: text[..text.len() - body.len()].matches('\n').count() as u64 + 1,
                is_marked: true,
                unread: None,
            }
        }
        _ => bare,
    }
}

/// Finds the fence that closes: where the fields start and end, and where the rest starts.
fn fenced(
    language: Language,
    text: &str,
    base: usize,
    closing: &[&str],
) -> Result<(Language, usize, usize, usize), Problem> {
    let mut at = base;
    let mut start = base;
    for (index, line) in text[base..].split_inclusive('\n').enumerate() {
        let next = at + line.len();
        if index == 0 {
            start = next;
        } else if closing.contains(&line.trim_end()) {
            return Ok((language, start, at, next));
        }
        at = next;
    }
    let message = format!("the front matter is not closed by a line \"{}\"", closing[0]);
    let line = text[..base].matches('\n').count() as u64 + 1;
    Err(Problem { line, message })
}

/// Whether a text starts with a JSON object, not with a template's tag or an attribute list.
fn is_json(text: &str) -> bool {
    text.strip_prefix('{')
        .is_some_and(|rest| rest.trim_start().starts_with(['"', '}']))
}

fn json_end(text: &str) -> Result<usize, Problem> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => Ok(values.byte_offset()),
        Some(Err(error)) => {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            Err(Problem {
                line: error.line().max(1) as u64,
                message: format!("JSON: {message}"),
            })
        }
        None => Ok(0),
    }
}

fn parse_yaml(text: &str) -> Result<Value, Problem> {
    // Aliases may multiply what a file holds; no honest front matter needs many.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 200,
            max_anchors: 200,
            max_events: 200_000,
            max_nodes: 100_000,
            max_recorded_anchor_events: 10_000,
            max_total_scalar_bytes: 16 * 1024 * 1024,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 1_000,
            max_replay_stack_depth: 16,
            max_alias_expansions_per_anchor: 200,
        },
        // A tag may be called "no".
        strict_booleans: true,
    };
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let error = error.without_snippet();
        let line = error.location().map_or(1, |location| location.line().max(1));
        let message = error.to_string();
        Problem {
            line,
            message: format!(
                "YAML: {}",
                render::truncate(message.lines().next().unwrap_or_default(), 200)
            ),
        }
    })
}

fn parse_toml(text: &str) -> Result<Value, Problem> {
    let table = toml::from_str::<toml::Table>(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|&byte| byte == b'\n').count() as u64 + 1;
        let message = error.message().lines().collect::<Vec<_>>().join("; ");
        Problem {
            line,
            message: format!("TOML: {message}"),
        }
    })?;
    Ok(json_of(toml::Value::Table(table)))
}

/// The same value in JSON's terms; dates become text.
fn json_of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(values) => values.into_iter().map(json_of).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, json_of(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use serde_json::json;

    use super::*;

    #[test]
    fn the_three_languages_say_the_same() {
        for text in [
            "---\ntitle: A\ndate: 2020-01-01\nlist: [x, y]\n---\n\nBody\n",
            "+++\ntitle = \"A\"\ndate = 2020-01-01\nlist = [\"x\", \"y\"]\n+++\nBody\n",
            "{\n\"title\": \"A\",\n\"date\": \"2020-01-01\",\n\"list\": [\"x\", \"y\"]\n}\n\nBody\n",
            "\n \n---\ntitle: A\ndate: 2020-01-01\nlist: [x, y]\n---\nBody\n",
            "---yaml\ntitle: A\ndate: 2020-01-01\nlist: [x, y]\n---\nBody\n",
            "---json\n{\"title\": \"A\", \"date\": \"2020-01-01\", \"list\": [\"x\", \"y\"]}\n---\nBody\n",
            "\u{feff}---\r\ntitle: A\r\ndate: 2020-01-01\r\nlist:\r\n  - x\r\n  - y\r\n...\r\nBody\n",
        ] {
            let parted = part(text).unwrap();
            let expected = json!({"title": "A", "date": "2020-01-01", "list": ["x", "y"]});
            assert_eq!(Value::Object(parted.fields), expected, "{text}");
            assert_eq!(parted.body, "Body\n");
            assert!(parted.is_marked);
        }
    }

    #[test]
    fn a_text_without_front_matter_is_all_body() {
        for text in [
            "",
            "Body",
            "# Title\n\n---\n\nx",
            "{% raw %}x{% endraw %}",
            "{{< x >}}",
            "{:.x}\ny",
            "----\n",
            "\n---\n\nx\n---\n",
            "----\nNote: x\n",
            "---Chapter\n\nx",
        ] {
            let parted = part(text).unwrap();
            assert_eq!((parted.body, parted.body_line, parted.is_marked), (text, 1, false));
        }
    }

    #[test]
    fn front_matter_of_an_unknown_kind_is_named() {
        for text in [
            "---js\n{draft: true}\n---\nx",
            "----\ndraft: true\n----\nx",
            ";;;\n\"draft\": true\n;;;\nx",
        ] {
            let parted = part(text).unwrap();
            assert!(parted.unread.is_some() && parted.is_marked, "{text}");
        }
    }

    #[test]
    fn the_body_knows_its_line() {
        assert_eq!(part("---\na: 1\n---\n\nBody").unwrap().body_line, 5);
        assert_eq!(part("---\n---\nBody").unwrap().body_line, 3);
        assert_eq!(part("\n---\na: 1\n---\nBody").unwrap().body_line, 5);
        assert_eq!(part("Title: A\n\nBody").unwrap().body_line, 3);
    }

    #[test]
    fn a_broken_front_matter_says_where() {
        for (text, line) in [
            ("---\ntitle: A\n", 1),
            ("---\na: 1\nb: [x\nc: 2\n---\n", 4),
            ("---\na: 1\na: 2\n---\n", 3),
            ("+++\na = 1\nb = \n+++\n", 3),
            ("{\"a\": 1,\n\"b\" 2}\n", 2),
            ("---\n- a\n---\n", 1),
        ] {
            let problem = part(text).unwrap_err();
            assert!(problem.line.abs_diff(line) <= 1, "{problem:?} in {text}");
            assert!(!problem.message.contains('\n'), "{problem:?}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        let mut laughs = String::from("---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let alias = format!("*a{}, ", level - 1).repeat(9);
            writeln!(laughs, "a{level}: &a{level} [{}]", alias.trim_end_matches(", ")).unwrap();
        }
        laughs.push_str("---\n");
        let nested = format!("---\na: {}\n---\n", "[".repeat(100_000));
        let nested_toml = format!("+++\na = {}\n+++\n", "[".repeat(100_000));
        let nested_json = format!("{{\"a\": {}", "[".repeat(100_000));
        let long = format!("---\na: {}\n---\n", "x".repeat(LONGEST));
        for text in [laughs, nested, nested_toml, nested_json, long] {
            assert!(part(&text).is_err(), "{}", &text[..20]);
        }
    }
}
