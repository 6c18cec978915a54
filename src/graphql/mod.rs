//! The GraphQL schema: one file per thing, the same names as in `domain`.
//!
//! `plan.rs` loads what a query selects before its resolvers run; `loader.rs` has the relations that it follows.

mod category;
mod comment;
mod context;
mod error;
mod id;
pub mod limits;
mod loader;
mod media;
mod node;
mod page;
mod page_tree;
mod plan;
mod post;
mod posts;
mod publication;
mod resolve;
mod series;
mod tag;
mod user;

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, MergedObject, Request, Response, Schema};

use context::RequestContext;

use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::store::Store;

/// What can be asked for.
#[derive(Default, MergedObject)]
struct Query(
    node::NodeQuery,
    publication::PublicationQuery,
    post::PostQuery,
    posts::PostsQuery,
    page_tree::PageQuery,
    user::UserQuery,
    tag::TagQuery,
    category::CategoryQuery,
    series::SeriesQuery,
    resolve::ResolveQuery,
);

/// The schema, ready to execute requests. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    schema: Schema<Query, EmptyMutation, EmptySubscription>,
    store: Store,
    accounts: Accounts,
    base_url: Arc<str>,
}

impl Api {
    /// The schema over a store, which is read, and the accounts on it, whose verbs are called.
    pub fn new(store: Store, accounts: Accounts) -> Self {
        let schema = Schema::new(Query::default(), EmptyMutation, EmptySubscription);
        Self {
            schema,
            store,
            base_url: accounts.settings.issuer().into(),
            accounts,
        }
    }

    /// The accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
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
        Schema::new(Query::default(), EmptyMutation, EmptySubscription).sdl()
    }

    /// Executes one request on behalf of `viewer`.
    pub async fn execute(&self, request: Request, viewer: Viewer) -> Response {
        let context = RequestContext::new(
            self.store.database(),
            viewer,
            self.accounts.clone(),
            Arc::clone(&self.base_url),
        );
        self.schema.execute(request.data(context)).await
    }
}
