//! Queries: validated by async-graphql, executed by the engine.

use std::sync::{Arc, LazyLock};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::registry::Registry;
use async_graphql::{EmptySubscription, Request, Response, Schema, SchemaBuilder, Value};

use super::Mutation;
use super::context::RequestContext;
use super::engine::{Composite as _, Document, Root, execute, with_defaults};
use super::schema::Query;

/// The schema, whose queries the engine describes.
pub type ApiSchema = Schema<Root<Query>, Mutation, EmptySubscription>;

/// The schema, to be completed.
pub fn schema() -> SchemaBuilder<Root<Query>, Mutation, EmptySubscription> {
    Schema::build(Root(Query), Mutation::default(), EmptySubscription)
}

/// The schema, which validates and executes nothing.
static SCHEMA: LazyLock<ApiSchema> = LazyLock::new(|| schema().extension(Nothing).finish());

/// The types of the schema.
static TYPES: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::default();
    Query::register(&mut registry);
    registry
});

/// Ends each execution before it begins.
struct Nothing;

impl ExtensionFactory for Nothing {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Nothing {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::default()
    }
}

/// The schema in its definition language.
pub fn sdl() -> String {
    SCHEMA.sdl()
}

/// Validates a request without executing it: the response has the errors.
pub async fn validate(request: Request) -> Response {
    SCHEMA.execute(request).await
}

/// The operation of a document that the engine can execute: a query that does not ask for the schema.
pub fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let definition = match (&document.operations, name) {
        (DocumentOperations::Single(definition), _) => definition,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name)?,
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next()?,
        (DocumentOperations::Multiple(_), None) => return None,
    };
    let operation = &definition.node;
    let introspects = |selection: &Selection| match selection {
        Selection::Field(field) => matches!(field.node.name.node.as_str(), "__schema" | "__type"),
        // They may hold such a field.
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => document_introspects(document),
    };
    let mut selections = operation.selection_set.node.items.iter();
    let is_query = operation.ty == OperationType::Query;
    (is_query && !selections.any(|selection| introspects(&selection.node))).then_some(operation)
}

fn document_introspects(document: &ExecutableDocument) -> bool {
    fn below(selection: &Selection) -> bool {
        match selection {
            Selection::Field(field) => matches!(field.node.name.node.as_str(), "__schema" | "__type"),
            Selection::InlineFragment(fragment) => fragment
                .node
                .selection_set
                .node
                .items
                .iter()
                .any(|selection| below(&selection.node)),
            Selection::FragmentSpread(_) => false,
        }
    }
    let mut fragments = document
        .fragments
        .values()
        .map(|fragment| &fragment.node.selection_set.node);
    let mut operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set.node);
    fragments.any(|set| set.items.iter().any(|selection| below(&selection.node)))
        || operations.any(|set| set.items.iter().any(|selection| below(&selection.node)))
}

/// Executes a query.
pub async fn query(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    request: Request,
    context: &RequestContext,
) -> Response {
    let variables = with_defaults(&request.variables, &operation.variable_definitions);
    let checked = validate(request).await;
    if !checked.errors.is_empty() {
        return checked;
    }
    let selections = Document {
        fragments: &document.fragments,
        variables: &variables,
    };
    match execute(Query, &[&operation.selection_set.node], selections, &TYPES, context).await {
        Ok((json, errors)) => {
            let mut response = Response::new(if json == b"null" {
                Value::Null
            } else {
                Value::Binary(json.into())
            });
            response.errors = errors;
            response
        }
        Err(error) => Response::from_errors(vec![error]),
    }
}
