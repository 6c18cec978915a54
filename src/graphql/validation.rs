//! Validation of documents by async-graphql's rules, and by the engine's for the values that stand in them.

use std::sync::{Arc, LazyLock};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, InlineFragment, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Request, Response, ServerError};

use super::engine::check_document;
use super::query::{ApiSchema, TYPES, schema};

/// The schema, which validates and executes nothing.
pub(super) static SCHEMA: LazyLock<ApiSchema> = LazyLock::new(|| schema().extension(Nothing).finish());

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

/// Validates a document without executing it; variables are checked when it is executed.
///
/// # Errors
/// What is wrong with it.
pub async fn valid(document: &ExecutableDocument, operation_name: Option<&Name>) -> Result<(), Vec<ServerError>> {
    let wrong = check_document(document, &TYPES);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut document = document.clone();
    for fragment in document.fragments.values_mut() {
        wrap_type_names(&mut fragment.node.selection_set.node);
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => wrap_type_names(&mut operation.node.selection_set.node),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                wrap_type_names(&mut operation.node.selection_set.node);
            }
        }
    }
    let mut request = Request::new("");
    request.operation_name = operation_name.map(Name::to_string);
    request.set_parsed_query(document);
    match SCHEMA.execute(request).await.errors {
        wrong if wrong.is_empty() => Ok(()),
        wrong => Err(wrong),
    }
}

/// Puts an inline fragment around each `__typename` that has directives, which async-graphql would not validate there.
fn wrap_type_names(set: &mut SelectionSet) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) if field.node.name.node == "__typename" && !field.node.directives.is_empty() => {
                let position = field.pos;
                let directives = std::mem::take(&mut field.node.directives);
                let items = vec![Positioned::new(selection.node.clone(), position)];
                let fragment = InlineFragment {
                    type_condition: None,
                    directives,
                    selection_set: Positioned::new(SelectionSet { items }, position),
                };
                selection.node = Selection::InlineFragment(Positioned::new(fragment, position));
            }
            Selection::Field(field) => wrap_type_names(&mut field.node.selection_set.node),
            Selection::InlineFragment(fragment) => wrap_type_names(&mut fragment.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
}
