//! Responses, and how they differ.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, PathSegment, Response, Value};

/// A field error: path, message and extensions.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    pub path: Vec<PathSegment>,
    pub text: String,
}

/// What an execution returned.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub data: Value,
    pub errors: Vec<FieldError>,
}

impl Outcome {
    /// Reads a response.
    ///
    /// # Errors
    /// A response that no valid query may have: an error without a path, one of the server's own, a key that stands twice.
    pub fn of(response: Response) -> Result<Self, String> {
        let mut errors = Vec::new();
        for error in response.errors {
            if error.path.is_empty() {
                return Err(format!("an error without a path: {}", error.message));
            }
            let extensions = serde_json::to_string(&error.extensions).unwrap();
            if extensions.contains("INTERNAL") || extensions.contains("UNAVAILABLE") {
                return Err(format!("an error of the server: {error:?}"));
            }
            errors.push(FieldError {
                path: error.path,
                text: format!("{} {extensions}", error.message),
            });
        }
        Ok(Self {
            data: parsed(response.data)?,
            errors,
        })
    }

    /// How many values it has that are neither null nor made of others.
    pub fn values(&self) -> usize {
        fn values(value: &Value) -> usize {
            match value {
                Value::Null => 0,
                Value::Object(members) => members.values().map(values).sum(),
                Value::List(items) => items.iter().map(values).sum(),
                _ => 1,
            }
        }
        values(&self.data)
    }

    /// How many segments of a path lead to a null.
    ///
    /// # Errors
    /// A path that leads to no null.
    pub fn nulled(&self, path: &[PathSegment]) -> Result<usize, String> {
        let mut value = &self.data;
        let mut segments = path.iter();
        let mut length = 0;
        while *value != Value::Null {
            let next = match (segments.next(), value) {
                (Some(PathSegment::Field(key)), Value::Object(members)) => members.get(key.as_str()),
                (Some(PathSegment::Index(index)), Value::List(items)) => items.get(*index),
                _ => None,
            };
            value = next.ok_or_else(|| format!("the path of an error leads to no null: {path:?}"))?;
            length += 1;
        }
        Ok(length)
    }
}

/// Values as they are read by a client, members in their order.
fn parsed(data: Value) -> Result<Value, String> {
    Ok(match data {
        Value::Binary(json) => {
            let value: Value = serde_json::from_slice(&json).map_err(|error| format!("no JSON: {error}"))?;
            if serde_json::to_vec(&value).unwrap() != json {
                return Err(format!("a key stands twice: {}", String::from_utf8_lossy(&json)));
            }
            value
        }
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| Ok((name, parsed(value)?)));
            Value::Object(members.collect::<Result<_, String>>()?)
        }
        Value::List(items) => Value::List(items.into_iter().map(parsed).collect::<Result<_, String>>()?),
        other => other,
    })
}

/// The first place where two values differ, the order of members included.
pub fn difference(found: &Value, expected: &Value, path: &str) -> Option<String> {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            if !found.keys().eq(expected.keys()) {
                let keys =
                    |members: &IndexMap<Name, Value>| members.keys().map(Name::as_str).collect::<Vec<_>>().join(", ");
                return Some(format!(
                    "at {path}/ the keys are {}; expected are {}",
                    keys(found),
                    keys(expected)
                ));
            }
            let mut members = found.iter().zip(expected.values());
            members.find_map(|((key, found), expected)| difference(found, expected, &format!("{path}/{key}")))
        }
        (Value::List(found), Value::List(expected)) if found.len() == expected.len() => {
            let mut items = found.iter().zip(expected).enumerate();
            items.find_map(|(index, (found, expected))| difference(found, expected, &format!("{path}/{index}")))
        }
        _ => (found != expected).then(|| format!("at {path} is {found}; expected is {expected}")),
    }
}
