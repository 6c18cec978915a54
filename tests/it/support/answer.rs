//! What the schema answers, as JSON.

use async_graphql::{Response, Value as Tree};
use serde_json::Value;

/// Whether some field of the query was written at once.
pub fn is_written(response: &Response) -> bool {
    matches!(&response.data, Tree::Object(fields) if fields.values().any(|field| matches!(field, Tree::Binary(_))))
}

/// The data of an answer, be it a tree of values or written at once.
pub fn data(response: Response) -> Value {
    let Tree::Object(fields) = response.data else {
        return response.data.into_json().unwrap();
    };
    let field = |(name, value): (async_graphql::Name, Tree)| match value {
        Tree::Binary(json) => (String::from(&*name), serde_json::from_slice::<Value>(&json).unwrap()),
        value => (String::from(&*name), Tree::into_json(value).unwrap()),
    };
    fields.into_iter().map(field).collect()
}
