//! What async-graphql resolves of the schema itself is accounted for as it is resolved, so that a request whose response grows too
//! large ends early.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{QueryPathSegment, Response, ServerError, ServerResult, Value};

use super::engine::limits::RESPONSE_TOO_LARGE;
use crate::budget::{Budget, Exceeded};
use crate::domain::refusal::UNAVAILABLE;

/// Bytes of JSON around the name of a member: quotes, colon and comma.
const AROUND_NAME: usize = 4;
/// Bytes of a number, `true`, `false` or `null`, about.
const SHORT: usize = 5;

/// Accounts for the values of all resolvers.
pub struct ResponseSize;

impl ExtensionFactory for ResponseSize {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for ResponseSize {
    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let is_leaf = info.field.selection_set.node.items.is_empty();
        let is_item = matches!(info.path_node.segment, QueryPathSegment::Index(_));
        let value = next.run(context, info).await?;
        let size = match &value {
            // Of a list, the field has been asked for the whole.
            Some(_) if is_leaf && is_item => 0,
            Some(value) if is_leaf => size(value),
            // Its members' values were accounted for when they were resolved.
            Some(Value::Object(members)) => members.keys().map(|name| name.len() + AROUND_NAME).sum(),
            _ => 0,
        };
        // It is loaded, and the engine writes it; what mutations resolve has been accounted for there.
        let budget = context.data_opt::<Budget>();
        match budget.map_or(Ok(()), |budget| budget.load(size)) {
            Ok(()) => Ok(value),
            Err(reason) => Err(over(reason)),
        }
    }
}

/// Bytes that a value has as JSON, at least.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Enum(name) => name.len() + 2,
        Value::Binary(bytes) => bytes.len(),
        Value::List(items) => 2 + items.iter().map(|item| size(item) + 1).sum::<usize>(),
        Value::Object(members) => {
            let member = |(name, value): (&async_graphql::Name, &Value)| name.len() + AROUND_NAME + size(value);
            2 + members.iter().map(member).sum::<usize>()
        }
        Value::Null | Value::Number(_) | Value::Boolean(_) => SHORT,
    }
}

/// The error of a request that exceeds its budget.
pub fn over(reason: Exceeded) -> ServerError {
    let (code, message) = match reason {
        Exceeded::Response(most) => (
            RESPONSE_TOO_LARGE,
            format!(
                "The response is too large; at most {most} bytes are allowed. Ask for smaller pages (`first`, `last`) or for \
                 fewer long fields."
            ),
        ),
        Exceeded::InFlight | Exceeded::Abandoned => ("UNAVAILABLE", UNAVAILABLE.to_owned()),
    };
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// The response of a request that exceeded its budget.
pub fn exceeded(reason: Exceeded) -> Response {
    Response::from_errors(vec![over(reason)])
}
