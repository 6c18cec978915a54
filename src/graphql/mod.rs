//! The GraphQL API: `engine/` is what every type needs, `schema/` has one file per thing, with the same names as `domain`.

mod check;
mod documents;
mod engine;
mod query;
mod response_size;
mod schema;
mod validation;

use std::sync::Arc;

use async_graphql::{Request, Response, Variables};

use engine::context::RequestContext;
use engine::limits::Limits;

use crate::budget::Budget;
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::media::Library;
use crate::domain::member::seen_by;
use crate::store::Store;
use crate::store::changes::Shown;
use crate::store::read::Database;

pub use check::check;
pub use documents::Documents;
pub use engine::limits;
pub use engine::upload::{UploadedFile, Uploads, marker};
pub use query::Document;
pub use response_size::exceeded;

/// The schema, ready to execute requests. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    store: Store,
    accounts: Accounts,
    library: Library,
    base_url: Arc<str>,
    limits: Arc<Limits>,
}

impl Api {
    /// The schema over a store, which is read, and the accounts and the library on it, whose verbs are called.
    pub fn new(store: Store, accounts: Accounts, library: Library) -> Self {
        Self {
            store,
            base_url: accounts.settings.issuer().into(),
            limits: Arc::default(),
            accounts,
            library,
        }
    }

    /// The same, where documents have these limits.
    #[must_use]
    pub fn limited(self, limits: Limits) -> Self {
        Self {
            limits: Arc::new(limits),
            ..self
        }
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The files.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// The schema as thread number `thread` of `threads` executes it: see [`Store::of_thread`].
    #[must_use]
    pub fn of_thread(&self, thread: usize, threads: usize) -> Self {
        Self {
            store: self.store.of_thread(thread, threads),
            ..self.clone()
        }
    }

    /// The schema in its definition language, as `schema.graphql` holds it.
    pub fn sdl() -> String {
        query::sdl()
    }

    /// Executes one request on behalf of `viewer`, however large the response.
    pub async fn execute(&self, mut request: Request, viewer: Viewer) -> Response {
        let parsed = match request.parsed_query() {
            Ok(parsed) => parsed.clone(),
            Err(error) => return Response::from_errors(vec![error]),
        };
        let (document, name) = (Document::from(parsed), request.operation_name.as_deref());
        let context = self.context(self.store.database(), viewer, &Budget::default());
        Box::pin(document.execute(name, &request.variables, context)).await
    }

    /// Executes a mutation of a document, with the files that came with it, on behalf of `viewer`. One that exceeds its budget
    /// ends at once, with the one error that says so.
    pub async fn mutate(
        &self,
        document: &Document,
        operation_name: Option<&str>,
        variables: &Variables,
        uploads: Uploads,
        viewer: Viewer,
        budget: &Budget,
    ) -> Response {
        let context = self.context(self.store.database(), viewer, budget);
        let context = RequestContext { uploads, ..context };
        let execution = document.execute(operation_name, variables, context);
        within(budget, Box::pin(execution)).await
    }

    /// Executes a query of a document on behalf of `viewer`. One that exceeds its budget ends at once, with the one error that
    /// says so. If the response may be cached, its dependencies are recorded in `shown`.
    pub async fn query(
        &self,
        document: &Document,
        operation_name: Option<&str>,
        variables: &Variables,
        viewer: Viewer,
        budget: &Budget,
        shown: Option<&Shown>,
    ) -> Response {
        let mut database = self.store.database();
        if let Some(shown) = shown {
            shown.note(seen_by(viewer));
            database = database.noting(shown.clone());
        }
        let context = self.context(database, viewer, budget);
        let execution = document.execute(operation_name, variables, context);
        within(budget, Box::pin(execution)).await
    }

    fn context(&self, database: Database, viewer: Viewer, budget: &Budget) -> RequestContext {
        RequestContext::new(
            database,
            viewer,
            self.accounts.clone(),
            self.library.clone(),
            Arc::clone(&self.base_url),
            Arc::clone(&self.limits),
            budget.clone(),
        )
    }
}

/// What is executed, unless it exceeds its budget. Executions are large futures: they are boxed.
async fn within(budget: &Budget, execution: impl Future<Output = Response>) -> Response {
    tokio::select! {
        response = execution => budget.is_exceeded().map_or(response, exceeded),
        reason = budget.exceeded() => exceeded(reason),
    }
}
