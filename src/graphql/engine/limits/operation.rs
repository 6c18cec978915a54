use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::{Name, Positioned, Variables};

use super::Refusal;

/// The operation of a document that is to be executed.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// Its name; none for the only operation of a document, written without.
    pub name: Option<&'a Name>,
    /// What it asks for.
    pub definition: &'a Positioned<OperationDefinition>,
}

/// Finds the operation called `name`, or the only one, and sees that every variable it demands is given.
///
/// # Errors
/// `BAD_REQUEST` when there is no such operation, it is not clear which is meant, or a variable is missing.
pub fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
    variables: &Variables,
) -> Result<Operation<'a>, Refusal> {
    let operation = find(document, name)?;
    let missing = operation.definition.node.variable_definitions.iter().find(|variable| {
        let given = variables.get(&variable.node.name.node);
        // An explicit null is judged against the type by validation, where the variable is used.
        given.is_none() && variable.node.default_value().is_none()
    });
    match missing {
        Some(variable) => Err(Refusal::bad_request(format!(
            "The variable ${} of type {} is required, but no value was given.",
            variable.node.name.node, variable.node.var_type.node
        ))
        .at(variable.pos)),
        None => Ok(operation),
    }
}

/// Finds the operation called `name`, or the only one.
///
/// # Errors
/// `BAD_REQUEST` when there is no such operation, or it is not clear which is meant.
pub fn find<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<Operation<'a>, Refusal> {
    match (&document.operations, name) {
        (DocumentOperations::Single(definition), None) => Ok(Operation { name: None, definition }),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations
            .iter()
            .next()
            .map(|(name, definition)| Operation {
                name: Some(name),
                definition,
            })
            .ok_or_else(|| Refusal::bad_request("The document holds no operation.")),
        (DocumentOperations::Multiple(_), None) => Err(Refusal::bad_request(
            "The document holds several operations: `operationName` must say which one is meant.",
        )),
        (operations, Some(name)) => operations
            .iter()
            .find(|(candidate, _)| candidate.is_some_and(|candidate| candidate.as_str() == name))
            .map(|(name, definition)| Operation { name, definition })
            .ok_or_else(|| Refusal::bad_request("The document holds no operation of that `operationName`.")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, parse};
    use super::*;

    fn found(document: &str, name: Option<&str>, variables: serde_json::Value) -> Result<Option<String>, String> {
        let document = parse(document, &Limits::default()).expect("parses");
        operation(&document, name, &Variables::from_json(variables))
            .map(|operation| operation.name.map(ToString::to_string))
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn one_operation_needs_no_name() {
        assert_eq!(found("{ a }", None, serde_json::json!({})), Ok(None));
        assert_eq!(
            found("query A { a }", None, serde_json::json!({})),
            Ok(Some("A".into()))
        );
    }

    #[test]
    fn of_several_operations_one_must_be_named() {
        let document = "query A { a } query B { b }";
        assert_eq!(found(document, Some("B"), serde_json::json!({})), Ok(Some("B".into())));
        assert!(found(document, None, serde_json::json!({})).is_err());
        assert!(found(document, Some("C"), serde_json::json!({})).is_err());
        assert!(found("{ a }", Some("A"), serde_json::json!({})).is_err());
    }

    #[test]
    fn a_required_variable_must_be_given() {
        let document = "query($a: Int!, $b: Int, $c: Int! = 1) { a(b: $a, c: $b, d: $c) }";
        assert_eq!(found(document, None, serde_json::json!({ "a": 1 })), Ok(None));
        let message = found(document, None, serde_json::json!({ "b": 1 })).expect_err("is refused");
        assert_eq!(
            message,
            "The variable $a of type Int! is required, but no value was given."
        );
    }
}
