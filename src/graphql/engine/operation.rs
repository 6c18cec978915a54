//! Operations: compiled, executed, and joined to async-graphql, which knows the types and executes mutations.

use std::borrow::Cow;

use async_graphql::parser::types::{Field, Selection as ParsedSelection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, Context, ContextBase, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerError,
    ServerResult, Value,
};

use super::compile::Compiler;
use super::composite::Composite;
use super::execution::Execution;
use super::json::Json;
use super::object::Object;
use super::selection::Document;
use crate::graphql::context::RequestContext;

/// Writes what `sets` select on an object: JSON, and the field errors.
///
/// # Errors
/// What cannot be compiled, which validation would have found.
pub async fn execute<T: Composite>(
    object: T,
    sets: &[&SelectionSet],
    document: Document<'_>,
    registry: &Registry,
    request: &RequestContext,
) -> ServerResult<(Vec<u8>, Vec<ServerError>)> {
    let compiler = Compiler { document, registry };
    let compiled = T::compile(&compiler, sets)?;
    let execution = Execution {
        request,
        variables: document.variables,
    };
    let loaded = compiled.load(&execution, std::slice::from_ref(&object)).await;
    let mut json = Json::new(&execution);
    // Null where the object itself cannot be written; over its budget, the request ends with another response.
    let _ = json.nullable(|json| loaded.write(&object, 0, json));
    Ok(json.finish())
}

/// The root of queries, as async-graphql sees it.
pub struct Root<T>(pub T);

impl<T: Object> OutputType for Root<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        format!("{}!", T::register(registry))
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(context, self).await
    }
}

/// Of an operation that asks for the schema, too: each other field is executed by itself.
impl<T: Object> ContainerType for Root<T> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        let field = Positioned::new(ParsedSelection::Field(context.item.clone()), context.item.pos);
        let set = SelectionSet { items: vec![field] };
        let json = selected(context, self.0.clone(), &set).await?;
        let before = context.item.node.response_key().node.len() + r#"{"":"#.len();
        let value = json.get(before..json.len() - 1);
        Ok(Some(
            value.map_or(Value::Null, |value| Value::Binary(value.to_vec().into())),
        ))
    }
}

impl<T: Object> ObjectType for Root<T> {}

/// Writes what is selected on the root.
async fn selected<T: Composite, U>(
    context: &ContextBase<'_, U>,
    object: T,
    set: &SelectionSet,
) -> ServerResult<Vec<u8>> {
    let document = Document {
        fragments: &context.query_env.fragments,
        variables: &context.query_env.variables,
    };
    let request = context.data_opt::<RequestContext>();
    let request = request.ok_or_else(|| ServerError::new("There is no request.", None))?;
    let registry = &context.schema_env.registry;
    let (json, errors) = execute(object, &[set], document, registry, request).await?;
    for error in errors {
        context.add_error(error);
    }
    Ok(json)
}
