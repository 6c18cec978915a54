//! How large and how involved a schema may be, before anything is made of it.
//!
//! A schema that refers to its parts can ask for more work than its length shows: each part that refers twice to the next
//! doubles it. So the parts are followed here as a check would, and counted.

use regex_syntax::hir::{Hir, HirKind};
use serde_json::{Map, Value};

use super::MOST_BYTES;
use crate::domain::refusal::{Problem, ProblemCode};

/// The deepest that a schema is nested, and that its references lead.
pub const MOST_LEVELS: usize = 40;
/// The most schemas within a schema, each counted as often as it is referred to.
const MOST_PARTS: usize = 500;
/// The most patterns, and the longest, in bytes.
const MOST_PATTERNS: usize = 20;
const MOST_PATTERN_BYTES: usize = 500;
/// The most places in all patterns together, repetitions counted as often as they go: on each letter of a text, the engine
/// may stand at every one of them.
const MOST_PLACES: u64 = 1_500;
/// The longest list of a schema, such as that of an `enum`.
const MOST_ENTRIES: usize = 1_000;

/// The field that problems with schemas are about.
pub const FIELD: &str = "customFieldSchema";

/// Keywords whose value is a schema.
const ONE: [&str; 11] = [
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords whose value is a list of schemas.
const LIST: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value has schemas by name.
const NAMED: [&str; 6] = [
    "$defs",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
];
/// Keywords by which a schema is found from elsewhere, or elsewhere from it.
const ELSEWHERE: [&str; 5] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveRef",
    "$vocabulary",
];

/// A value as JSON, which no database refuses and which is no larger than allowed.
///
/// # Errors
/// A problem of `field`.
pub fn text(field: &'static str, value: &Value, most_levels: usize) -> Result<Vec<u8>, Problem> {
    check_value(field, value, most_levels, most_levels)?;
    // Neither memory nor our own values refuse anything.
    let text = serde_json::to_vec(value).unwrap_or_default();
    if text.len() > MOST_BYTES {
        let message = format!("This has {} bytes as JSON; allowed are {MOST_BYTES}.", text.len());
        return Err(Problem::new(ProblemCode::TooLong, field, message));
    }
    Ok(text)
}

fn check_value(field: &'static str, value: &Value, levels: usize, most: usize) -> Result<(), Problem> {
    let check_text = |text: &str| {
        if text.contains('\0') {
            return Err(Problem::new(
                ProblemCode::Invalid,
                field,
                "Leave out the character NUL.",
            ));
        }
        Ok(())
    };
    let below = || {
        levels.checked_sub(1).ok_or_else(|| {
            let message = format!("This is nested too deeply; allowed are {most} levels.");
            Problem::new(ProblemCode::TooLong, field, message)
        })
    };
    match value {
        Value::String(text) => check_text(text),
        Value::Array(values) => {
            let below = below()?;
            values
                .iter()
                .try_for_each(|value| check_value(field, value, below, most))
        }
        Value::Object(values) => {
            let below = below()?;
            values.iter().try_for_each(|(name, value)| {
                check_text(name)?;
                check_value(field, value, below, most)
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// How many schemas a schema, as [`text`] lets through, has within, if it asks for no more than allowed.
///
/// # Errors
/// A problem, with the place in the schema.
pub fn check(schema: &Value) -> Result<usize, Problem> {
    let Some(root) = schema.as_object() else {
        return Err(invalid("Give a JSON Schema, which is an object."));
    };
    if root.get("type").and_then(Value::as_str) != Some("object") {
        return Err(invalid("Custom fields are an object: say `\"type\": \"object\"`.").within("type"));
    }
    if let Some(draft) = root.get("$schema") {
        let draft = draft.as_str().unwrap_or_default().trim_end_matches('#');
        if draft != "https://json-schema.org/draft/2020-12/schema" {
            let message = "Leave this out, or name the draft 2020-12: `https://json-schema.org/draft/2020-12/schema`.";
            return Err(invalid(message).within("$schema"));
        }
    }
    let mut walk = Walk {
        root: schema,
        parts: 0,
        patterns: 0,
        places: 0,
    };
    walk.schema(schema, 0)?;
    Ok(walk.parts)
}

fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(ProblemCode::Invalid, FIELD, message)
}

struct Walk<'a> {
    root: &'a Value,
    parts: usize,
    patterns: usize,
    places: u64,
}

impl<'a> Walk<'a> {
    /// Follows a schema as a check would, below so many others.
    fn schema(&mut self, schema: &'a Value, levels: usize) -> Result<(), Problem> {
        let Some(schema) = schema.as_object() else {
            return Ok(());
        };
        self.parts += 1;
        if self.parts > MOST_PARTS {
            let message =
                format!("This asks for more than {MOST_PARTS} schemas, counted as often as they are referred to.");
            return Err(invalid(message));
        }
        if levels > MOST_LEVELS {
            let message = format!("This refers to itself, or leads deeper than {MOST_LEVELS} levels.");
            return Err(invalid(message));
        }
        for (keyword, value) in schema {
            self.keyword(keyword, value, levels)
                .map_err(|problem| problem.within(keyword.as_str()))?;
        }
        Ok(())
    }

    fn keyword(&mut self, keyword: &str, value: &'a Value, levels: usize) -> Result<(), Problem> {
        if let Some(values) = value.as_array()
            && values.len() > MOST_ENTRIES
        {
            let message = format!("This list has {} entries; allowed are {MOST_ENTRIES}.", values.len());
            return Err(invalid(message));
        }
        match (keyword, value) {
            ("$ref", value) => self.refer(value, levels),
            ("$id", _) if levels > 0 => Err(invalid("A part of a schema has no address of its own here.")),
            ("pattern", Value::String(pattern)) => self.pattern(pattern),
            ("patternProperties", Value::Object(by_pattern)) => {
                by_pattern.keys().try_for_each(|pattern| self.pattern(pattern))?;
                self.named(by_pattern, levels)
            }
            (keyword, _) if ELSEWHERE.contains(&keyword) => Err(invalid(
                "Refer to parts of the schema with `$ref` and a path, like `#/$defs/address`.",
            )),
            (keyword, value) if ONE.contains(&keyword) => self.schema(value, levels + 1),
            (keyword, Value::Array(schemas)) if LIST.contains(&keyword) => {
                schemas.iter().enumerate().try_for_each(|(place, schema)| {
                    self.schema(schema, levels + 1)
                        .map_err(|problem| problem.within(place.to_string()))
                })
            }
            (keyword, Value::Object(schemas)) if NAMED.contains(&keyword) => self.named(schemas, levels),
            _ => Ok(()),
        }
    }

    fn named(&mut self, schemas: &'a Map<String, Value>, levels: usize) -> Result<(), Problem> {
        schemas.iter().try_for_each(|(name, schema)| {
            self.schema(schema, levels + 1)
                .map_err(|problem| problem.within(name.as_str()))
        })
    }

    /// Only within the schema, so that nothing is ever fetched.
    fn refer(&mut self, value: &Value, levels: usize) -> Result<(), Problem> {
        let address = value.as_str().unwrap_or_default();
        let path = address.strip_prefix('#').map(|path| {
            percent_encoding::percent_decode_str(path)
                .decode_utf8_lossy()
                .into_owned()
        });
        let Some(path) = path.filter(|path| path.is_empty() || path.starts_with('/')) else {
            return Err(invalid(
                "Refer to a part of this schema, like `#/$defs/address`; nothing else is fetched.",
            ));
        };
        let Some(part) = self.root.pointer(&path) else {
            return Err(invalid("There is no such part of the schema."));
        };
        // Where the part is written, it is followed too.
        self.schema(part, levels + 1).map_err(|problem| Problem {
            within: Vec::new(),
            ..problem
        })
    }

    fn pattern(&mut self, pattern: &str) -> Result<(), Problem> {
        self.patterns += 1;
        if self.patterns > MOST_PATTERNS {
            return Err(invalid(format!("There are more than {MOST_PATTERNS} patterns.")));
        }
        if pattern.len() > MOST_PATTERN_BYTES {
            let message = format!(
                "This pattern has {} bytes; allowed are {MOST_PATTERN_BYTES}.",
                pattern.len()
            );
            return Err(invalid(message));
        }
        let parsed = regex_syntax::parse(pattern).map_err(|_| invalid(NO_PATTERN))?;
        self.places = self.places.saturating_add(places(&parsed));
        if self.places > MOST_PLACES {
            let message = format!(
                "The repetitions of the patterns make {} places; allowed are {MOST_PLACES}.",
                self.places
            );
            return Err(invalid(message));
        }
        Ok(())
    }
}

/// What is said of a pattern that cannot be used.
pub const NO_PATTERN: &str =
    "Give a pattern without look-around and back-references, whose repetitions are not too many.";

/// How many places a pattern has at which a match may stand.
fn places(pattern: &Hir) -> u64 {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Class(_) => 1,
        HirKind::Literal(text) => text.0.len() as u64,
        HirKind::Capture(capture) => places(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(places).fold(0, u64::saturating_add),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            places(&repetition.sub).saturating_mul(times.into())
        }
    }
}
