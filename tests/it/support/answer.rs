//! What the schema answers, as JSON.

use async_graphql::{Response, Value as Tree};
use serde_json::Value;

/// The data of an answer, be it a tree of values or written at once.
pub fn data(response: Response) -> Value {
    let fields = match response.data {
        Tree::Object(fields) => fields,
        Tree::Binary(json) => return serde_json::from_slice(&json).unwrap(),
        other => return other.into_json().unwrap(),
    };
    let field = |(name, value): (async_graphql::Name, Tree)| match value {
        Tree::Binary(json) => (String::from(&*name), serde_json::from_slice::<Value>(&json).unwrap()),
        value => (String::from(&*name), Tree::into_json(value).unwrap()),
    };
    fields.into_iter().map(field).collect()
}

/// The whole response, as clients get it but for the codes that errors get on the way.
pub fn whole(response: Response) -> Value {
    let mut whole = serde_json::json!({});
    if !response.errors.is_empty() {
        whole["errors"] = serde_json::to_value(&response.errors).unwrap();
    }
    whole["data"] = data(response);
    whole
}
