use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::{Value, Variables};

use super::{Operation, Refusal};

/// Bytes of one text in the arguments of a query. Slugs, names, paths and cursors are shorter, and databases refuse longer
/// patterns (SQLite those of more than 50,000 bytes).
const MAX_TEXT: usize = 4_096;
/// Items of one list in the arguments of a query.
const MAX_ITEMS: usize = 1_000;

/// Checks the arguments of a query: what is searched for has bounds. Mutations have bounds for each field.
///
/// # Errors
/// `BAD_REQUEST` for a text or a list that is too long.
pub fn check_inputs(
    document: &ExecutableDocument,
    operation: Operation<'_>,
    variables: &Variables,
) -> Result<(), Refusal> {
    if operation.definition.node.ty != OperationType::Query {
        return Ok(());
    }
    variables.values().try_for_each(check)?;
    for (_, definition) in document.operations.iter() {
        for variable in &definition.node.variable_definitions {
            variable.node.default_value().map_or(Ok(()), check)?;
        }
        selections(&definition.node.selection_set.node)?;
    }
    let mut fragments = document.fragments.values();
    fragments.try_for_each(|fragment| selections(&fragment.node.selection_set.node))
}

/// The depth is that of the document, which is bounded.
fn selections(set: &SelectionSet) -> Result<(), Refusal> {
    set.items.iter().try_for_each(|selection| match &selection.node {
        Selection::Field(field) => {
            for (_, value) in &field.node.arguments {
                // Variables are checked apart.
                let value = value.node.clone().into_const_with(|_| Ok::<_, Refusal>(Value::Null))?;
                check(&value)?;
            }
            selections(&field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => selections(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => Ok(()),
    })
}

fn check(value: &Value) -> Result<(), Refusal> {
    let too_long = |what: String, most: usize| {
        Err(Refusal::bad_request(format!(
            "{what} in the arguments of a query; at most {most} are allowed."
        )))
    };
    match value {
        Value::String(text) if text.len() > MAX_TEXT => too_long(format!("A text has {} bytes", text.len()), MAX_TEXT),
        Value::List(items) if items.len() > MAX_ITEMS => {
            too_long(format!("A list has {} items", items.len()), MAX_ITEMS)
        }
        Value::List(items) => items.iter().try_for_each(check),
        Value::Object(members) => members.values().try_for_each(check),
        _ => Ok(()),
    }
}
