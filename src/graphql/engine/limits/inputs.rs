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
    for (name, value) in variables.iter() {
        check(value, &|| format!("${name}"))?;
    }
    for (_, definition) in document.operations.iter() {
        for variable in &definition.node.variable_definitions {
            let name = || format!("${}", variable.node.name.node);
            let default = variable.node.default_value();
            default.map_or(Ok(()), |value| check(value, &name))?;
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
            for (name, value) in &field.node.arguments {
                // Variables are checked apart.
                let value = value.node.clone().into_const_with(|_| Ok::<_, Refusal>(Value::Null))?;
                check(&value, &|| name.node.to_string())?;
            }
            selections(&field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => selections(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => Ok(()),
    })
}

/// Checks what is given for an argument or variable of this name.
fn check(value: &Value, name: &dyn Fn() -> String) -> Result<(), Refusal> {
    let refuse = |what: &str, found: usize, unit: &str, most: usize| {
        let name = name();
        Err(Refusal::bad_request(format!(
            "A {what} in `{name}` has {found} {unit}; at most {most} are allowed in a query."
        )))
    };
    match value {
        Value::String(text) if text.len() > MAX_TEXT => refuse("text", text.len(), "bytes", MAX_TEXT),
        Value::List(items) if items.len() > MAX_ITEMS => refuse("list", items.len(), "items", MAX_ITEMS),
        Value::List(items) => items.iter().try_for_each(|item| check(item, name)),
        Value::Object(members) => members.values().try_for_each(|member| check(member, name)),
        _ => Ok(()),
    }
}
