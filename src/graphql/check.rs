//! Whether a document could be executed: judged without executing it, for one that is to be trusted.

use std::sync::LazyLock;

use async_graphql::Variables;
use async_graphql::parser::types::OperationType;

use super::Api;
use super::engine::limits::{Limits, Operation, Refusal, TypeMap, measure, parse};
use super::validation::valid;

/// What measuring needs of the schema; none should it not be readable, which a test would tell.
static TYPES: LazyLock<Option<TypeMap>> = LazyLock::new(|| TypeMap::new(&Api::sdl()).ok());

/// Sees that every operation of a document is one that the schema knows and that is within the limits, as far as that
/// does not depend on variables: those are judged when it is executed.
///
/// # Errors
/// What is wrong.
pub async fn check(text: &str, limits: &Limits) -> Result<(), Refusal> {
    let document = parse(text, limits)?;
    let none = Variables::default();
    for (name, definition) in document.operations.iter() {
        if definition.node.ty == OperationType::Subscription {
            return Err(Refusal::bad_request("There are no subscriptions."));
        }
        if let Some(types) = TYPES.as_ref() {
            measure(&document, Operation { name, definition }, &none, limits, types)?;
        }
        let validated = valid(&document, name).await;
        if let Some(error) = validated.err().and_then(|errors| errors.into_iter().next()) {
            let refusal = Refusal::bad_request(error.message);
            return Err(match error.locations.first() {
                Some(position) => refusal.at(*position),
                None => refusal,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn checked(text: &str) -> Result<(), String> {
        check(text, &Limits::default()).await.map_err(|refusal| refusal.message)
    }

    #[tokio::test]
    async fn what_could_be_executed_passes_whatever_its_variables() {
        for text in [
            "{ publications { totalCount } }",
            "query Front($first: Int!, $more: Boolean!) { posts(first: $first) { nodes { title @include(if: $more) } } }",
            "query A { posts { totalCount } } query B($id: ID!) { node(id: $id) { ...F } } fragment F on Post { title }",
            "mutation M($input: JobRetryInput!) { jobRetry(input: $input) { userErrors { code } } }",
            "{ __schema { types { name } } }",
        ] {
            assert_eq!(checked(text).await, Ok(()), "{text}");
        }
    }

    #[tokio::test]
    async fn what_could_not_is_refused() {
        let deep = format!(
            "{{ publications {} {{ totalCount }} {} }}",
            "{ nodes".repeat(30),
            "}".repeat(30)
        );
        for (text, expected) in [
            ("", "cannot be parsed"),
            ("{ posts", "cannot be parsed"),
            ("fragment F on Post { title }", "cannot be parsed"),
            ("{ nothing }", "nothing"),
            ("{ posts { nodes { titel } } }", "titel"),
            ("query A { posts { totalCount } } query B { nothing }", "nothing"),
            ("{ posts(first: $n) { totalCount } }", "n"),
            ("{ posts(first: \"n\") { totalCount } }", "first"),
            ("subscription { posts }", "no subscriptions"),
            ("{ ...F } fragment F on Query { ...F }", "F"),
            (deep.as_str(), "levels"),
        ] {
            let message = checked(text).await.expect_err(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
        let endless = "a ".repeat(1_000_000);
        assert!(checked(&endless).await.is_err());
    }
}
