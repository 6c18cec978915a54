//! Executes operations: panics and a database that cannot be reached are responses, too.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::{Response, Variables};
use futures_util::FutureExt;

use super::{answer, encode};
use crate::budget::Budget;
use crate::domain::Viewer;
use crate::graphql::limits::Cost;
use crate::graphql::{Api, Document, Uploads};
use crate::store::cache::Body;
use crate::store::changes::Shown;

/// Executes a query. While the database cannot be reached, none is executed; one that found out is as if it was not.
pub async fn execute_query(
    api: Arc<Api>,
    document: Arc<Document>,
    operation_name: Option<String>,
    variables: Variables,
    viewer: Viewer,
    budget: Budget,
    shown: Option<Shown>,
) -> Response {
    if api.store().is_unreachable() {
        return answer::unavailable();
    }
    let execution = api.query(
        &document,
        operation_name.as_deref(),
        &variables,
        viewer,
        &budget,
        shown.as_ref(),
    );
    let response = catch_panic(execution).await;
    if answer::is_unavailable(&response) {
        return answer::unavailable();
    }
    response
}

/// Executes mutations.
pub async fn execute_mutation(
    api: Arc<Api>,
    document: Arc<Document>,
    operation_name: Option<String>,
    variables: Variables,
    uploads: Uploads,
    viewer: Viewer,
    budget: Budget,
) -> Response {
    if api.store().is_unreachable() {
        return answer::unavailable();
    }
    let name = operation_name.as_deref();
    catch_panic(api.mutate(&document, name, &variables, uploads, viewer, &budget)).await
}

/// The body of a response that may be cached.
///
/// # Errors
/// The response, when it may not.
pub async fn finished(execution: impl Future<Output = Response>, cost: Cost, budget: Budget) -> Result<Body, Response> {
    let response = execution.await;
    let is_whole = response.errors.is_empty();
    let body = is_whole.then(|| encode::body(Some(&response.data), &[], Some(cost), &budget));
    body.flatten().map(Body::new).ok_or(response)
}

/// Turns a panic into an error of the response.
async fn catch_panic(execution: impl Future<Output = Response>) -> Response {
    let ended = AssertUnwindSafe(execution).catch_unwind().await;
    ended.unwrap_or_else(|_| answer::panicked())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_internal_error() {
        let response = catch_panic(async { panic!("secret") }).await;
        assert_eq!(response.errors.len(), 1);
        assert!(!response.errors[0].message.contains("secret"));
    }
}
