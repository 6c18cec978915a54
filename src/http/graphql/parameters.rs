use actix_web::http::StatusCode;
use async_graphql::Variables;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::persisted;
use super::refused::Refused;
use crate::domain::trusted_document::{Digest, DocumentName};

/// What a well-formed request asks: <https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters>.
pub struct Parameters {
    /// The document, unless it is named alone.
    pub query: Option<String>,
    /// The digest that names it, with it or in its place.
    pub hash: Option<Digest>,
    /// Another name, of a trusted document.
    pub document: Option<DocumentName>,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: Variables,
}

impl Parameters {
    /// Reads the body of a POST. Members that are not known are ignored.
    ///
    /// # Errors
    /// 400 for what is not one JSON object of the right shape.
    pub fn from_json(body: &[u8]) -> Result<Self, Refused> {
        match serde_json::from_slice(body) {
            Ok(value) => Self::from_value(value),
            Err(error) => Err(malformed(format!("The body is not valid JSON: {error}."))),
        }
    }

    /// Takes JSON that was read.
    ///
    /// # Errors
    /// 400 for what is not one object of the right shape.
    pub fn from_value(value: Value) -> Result<Self, Refused> {
        match value {
            Value::Object(members) => Self::new(members),
            Value::Array(_) => Err(malformed("Batches are not offered: send one request at a time.")),
            _ => Err(malformed("The body must be a JSON object with the member `query`.")),
        }
    }

    /// Reads the query string of a GET, where `variables` and `extensions` are JSON in themselves.
    ///
    /// # Errors
    /// 400 for what is not UTF-8, a parameter given twice, or one of the wrong shape.
    pub fn from_query(query: &str) -> Result<Self, Refused> {
        let mut members = Map::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            let value = decode(value)?;
            let value = match name.as_str() {
                "query" | "operationName" | "documentId" => Value::String(value),
                "variables" | "extensions" if value.is_empty() => Value::Null,
                "variables" | "extensions" => serde_json::from_str(&value)
                    .map_err(|error| malformed(format!("`{name}` is not valid JSON: {error}.")))?,
                _ => continue,
            };
            if members.contains_key(&name) {
                return Err(malformed(format!("`{name}` is given twice.")));
            }
            members.insert(name, value);
        }
        Self::new(members)
    }

    fn new(mut members: Map<String, Value>) -> Result<Self, Refused> {
        if members.values().any(has_nul) {
            return Err(malformed("The request contains a NUL character, which no text may."));
        }
        let hash = match members.remove("extensions") {
            None | Some(Value::Null) => None,
            Some(extensions @ Value::Object(_)) => persisted::named(&extensions)?,
            Some(_) => return Err(malformed("`extensions` must be a JSON object.")),
        };
        let (hash, document) = name(members.remove("documentId"), hash)?;
        let query = match members.remove("query") {
            Some(Value::String(query)) => Some(query),
            None | Some(Value::Null) if hash.is_some() || document.is_some() => None,
            _ => return Err(malformed("`query` is required, and must be a string.")),
        };
        let operation_name = match members.remove("operationName") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
            Some(_) => return Err(malformed("`operationName` must be a string.")),
        };
        let variables = match members.remove("variables") {
            None | Some(Value::Null) => Variables::default(),
            Some(variables @ Value::Object(_)) => Variables::from_json(variables),
            Some(_) => return Err(malformed("`variables` must be a JSON object.")),
        };
        Ok(Self {
            query,
            hash,
            document,
            operation_name,
            variables,
        })
    }
}

/// What a document is named by, in either way or both: `documentId` is that of
/// <https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md>.
fn name(given: Option<Value>, hash: Option<Digest>) -> Result<(Option<Digest>, Option<DocumentName>), Refused> {
    let text = match given {
        None | Some(Value::Null) => return Ok((hash, None)),
        Some(Value::String(text)) => text,
        Some(_) => return Err(malformed("`documentId` must be a string.")),
    };
    let name = DocumentName::parse(&text).map_err(|problem| malformed(format!("`documentId`: {problem}.")))?;
    match name {
        DocumentName::Digest(digest) if hash.is_some_and(|hash| hash != digest) => Err(malformed(
            "`documentId` and `extensions.persistedQuery.sha256Hash` name two documents.",
        )),
        DocumentName::Digest(digest) => Ok((Some(digest), None)),
        chosen @ DocumentName::Chosen(_) => Ok((hash, Some(chosen))),
    }
}

fn malformed(message: impl Into<String>) -> Refused {
    Refused::bad_request(StatusCode::BAD_REQUEST, message)
}

fn decode(text: &str) -> Result<String, Refused> {
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(malformed("The query string is not UTF-8.")),
    }
}

/// Recursion is bounded: JSON deeper than 128 levels is not parsed.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}
