//! What people read of what a schema finds: where, and what is allowed; never the value, and nothing of the library's own.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::{Map, Value};

use super::{FIELD, shape};
use crate::domain::refusal::{Problem, ProblemCode};
use crate::domain::text::counted;

/// The longest name or value that is told, in characters.
const MOST_TOLD: usize = 100;
/// The most allowed values that are told.
const MOST_OPTIONS: usize = 10;

/// What is wrong with a schema that could not be made ready.
pub fn of_schema(error: &ValidationError<'_>) -> Problem {
    let within = place(error.instance_path().as_str());
    let message = match error.kind() {
        Kind::Format { format } if format == "regex" => shape::NO_PATTERN.to_owned(),
        kind => message(kind).1,
    };
    Problem {
        within,
        ..Problem::new(ProblemCode::Invalid, shape::FIELD, message)
    }
}

/// What is wrong with `fields`; one problem for each field that is concerned.
pub fn of_fields(error: &ValidationError<'_>, fields: &Value) -> Vec<Problem> {
    let within = place(error.instance_path().as_str());
    let at = |part: Option<&str>, code, message: &str| {
        let mut within = within.clone();
        within.extend(part.map(cut));
        Problem {
            within,
            ..Problem::new(code, FIELD, message)
        }
    };
    let unknown = |name: &String| at(Some(name), ProblemCode::Invalid, "There is no such field.");
    match error.kind() {
        Kind::Required { property } => vec![at(property.as_str(), ProblemCode::Required, "This is needed.")],
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            unexpected.iter().map(unknown).collect()
        }
        // Where no field is allowed at all, the library does not say which there are.
        Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
            let object = fields
                .pointer(error.instance_path().as_str())
                .and_then(Value::as_object);
            object.into_iter().flat_map(Map::keys).map(unknown).collect()
        }
        kind => {
            let (code, message) = message(kind);
            vec![at(None, code, &message)]
        }
    }
}

fn at_most(limit: u64, one: &str, many: &str) -> String {
    format!("Give at most {}.", counted(limit, one, many))
}

fn at_least(limit: u64, one: &str, many: &str) -> String {
    format!("Give at least {}.", counted(limit, one, many))
}

fn message(kind: &Kind) -> (ProblemCode, String) {
    use ProblemCode::{Invalid, TooLong, TooShort};
    match kind {
        Kind::Type { kind } => (Invalid, format!("Give {}.", types(kind))),
        Kind::Enum { options } => (Invalid, allowed(options)),
        Kind::Constant { expected_value } => (Invalid, format!("Allowed is {}.", cut(&expected_value.to_string()))),
        Kind::Minimum { limit } => (Invalid, format!("Give {limit} or more.")),
        Kind::Maximum { limit } => (Invalid, format!("Give {limit} or less.")),
        Kind::ExclusiveMinimum { limit } => (Invalid, format!("Give more than {limit}.")),
        Kind::ExclusiveMaximum { limit } => (Invalid, format!("Give less than {limit}.")),
        Kind::MultipleOf { multiple_of } => (Invalid, format!("Give a multiple of {multiple_of}.")),
        Kind::MaxLength { limit } => (TooLong, at_most(*limit, "character", "characters")),
        Kind::MinLength { limit } => (TooShort, at_least(*limit, "character", "characters")),
        Kind::MaxItems { limit } => (TooLong, at_most(*limit, "entry", "entries")),
        Kind::MinItems { limit } => (TooShort, at_least(*limit, "entry", "entries")),
        Kind::MaxProperties { limit } => (TooLong, at_most(*limit, "field", "fields")),
        Kind::MinProperties { limit } => (TooShort, at_least(*limit, "field", "fields")),
        Kind::UniqueItems => (Invalid, "Give each entry once.".to_owned()),
        Kind::Contains => (Invalid, "An entry is missing that must be there.".to_owned()),
        Kind::Pattern { pattern } => (Invalid, format!("Give what fits the pattern `{}`.", cut(pattern))),
        Kind::Format { format } => (Invalid, format!("Give what has the format `{}`.", cut(format))),
        Kind::FalseSchema => (Invalid, "Nothing is allowed here.".to_owned()),
        Kind::PropertyNames { .. } => (Invalid, "A field in this has a name that is not allowed.".to_owned()),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            (Invalid, "This has none of the forms that are allowed.".to_owned())
        }
        Kind::OneOfMultipleValid { .. } => (
            Invalid,
            "This has more than one of the forms of which one is allowed.".to_owned(),
        ),
        _ => (Invalid, "This is not allowed.".to_owned()),
    }
}

fn allowed(options: &Value) -> String {
    let all = options.as_array().map_or(&[][..], Vec::as_slice);
    let told: Vec<_> = all
        .iter()
        .take(MOST_OPTIONS)
        .map(|option| cut(&option.to_string()))
        .collect();
    let more = if all.len() > MOST_OPTIONS { " and others" } else { "" };
    format!("Allowed are {}{more}.", told.join(", "))
}

fn types(kind: &TypeKind) -> String {
    let name = |name: &str| {
        let article = if matches!(name, "array" | "object" | "integer") {
            "an"
        } else {
            "a"
        };
        if name == "null" {
            name.to_owned()
        } else {
            format!("{article} {name}")
        }
    };
    match kind {
        TypeKind::Single(kind) => name(kind.as_str()),
        TypeKind::Multiple(kinds) => {
            let names: Vec<_> = kinds.iter().map(|kind| name(kind.as_str())).collect();
            names.join(" or ")
        }
    }
}

/// The parts of a JSON Pointer (RFC 6901 §4).
fn place(pointer: &str) -> Vec<String> {
    let parts = pointer.split('/').skip(1);
    parts
        .map(|part| cut(&part.replace("~1", "/").replace("~0", "~")))
        .collect()
}

/// A text that is not too long to be told.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_TOLD) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
