//! The GraphQL schema: one file per thing, the same names as in `domain`.
//!
//! `plan.rs` loads what a query selects before its resolvers run; `loader.rs` has the relations that it follows. `written.rs`
//! then writes the answer without them, where that can be done.

mod account;
mod api_key;
mod audit_event;
mod category;
mod check;
mod comment;
mod consent;
mod context;
mod cost;
mod engine;
mod error;
mod guarded;
mod id;
mod identity;
mod invitation;
mod job;
pub mod limits;
mod loader;
mod media;
mod member;
mod navigation;
mod node;
mod oauth_client;
mod page;
mod page_tree;
mod payload;
mod plan;
mod post;
mod posts;
mod publication;
mod query;
mod resolve;
mod response_size;
mod revision;
mod schema;
mod scope;
mod series;
mod session;
mod tag;
mod trusted_document;
mod user;
mod viewer;
mod written;

use std::sync::Arc;

use async_graphql::{EmptySubscription, MergedObject, Request, Response, Schema};

use context::RequestContext;
use limits::Limits;
use response_size::ResponseSize;

use crate::budget::Budget;
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::media::Library;
use crate::domain::member::seen_by;
use crate::store::Store;
use crate::store::changes::Shown;
use crate::store::read::Database;

pub use check::check;
pub use media::{UploadedFile, Uploads, marker};
pub use response_size::exceeded;

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
    viewer::ViewerQuery,
    account::AccountQuery,
    oauth_client::OauthClientQuery,
    audit_event::AuditQuery,
    job::JobQuery,
    trusted_document::TrustedDocumentQuery,
);

/// What can be done.
#[derive(Default, MergedObject)]
struct Mutation(
    account::AccountMutation,
    identity::IdentityMutation,
    session::SessionMutation,
    api_key::ApiKeyMutation,
    consent::ConsentMutation,
    oauth_client::OauthClientMutation,
    member::MemberMutation,
    invitation::InvitationMutation,
    post::PostMutation,
    post::PostActMutation,
    post::PreviewMutation,
    job::JobMutation,
    trusted_document::TrustedDocumentMutation,
    publication::PublicationMutation,
    tag::TagMutation,
    category::CategoryMutation,
    series::SeriesMutation,
    navigation::NavigationMutation,
    media::UploadMutation,
    media::MediaMutation,
);

/// The schema, ready to execute requests. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    schema: query::ApiSchema,
    /// Executes queries instead of the engine.
    resolvers: Option<Schema<Query, Mutation, EmptySubscription>>,
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
            schema: query::schema().extension(ResponseSize).finish(),
            resolvers: None,
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

    /// The same, where queries are executed by the resolvers that mutations use, field by field. Tests compare the two.
    #[must_use]
    pub fn resolving(self) -> Self {
        let schema = Schema::build(Query::default(), Mutation::default(), EmptySubscription);
        Self {
            resolvers: Some(schema.extension(ResponseSize).finish()),
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

    /// The same as the resolvers have it. Tests compare the two.
    pub fn resolved_sdl() -> String {
        Schema::new(Query::default(), Mutation::default(), EmptySubscription).sdl()
    }

    /// Executes one request on behalf of `viewer`, however large the response.
    pub async fn execute(&self, request: Request, viewer: Viewer) -> Response {
        self.execute_within(request, viewer, &Budget::default(), None).await
    }

    /// Executes one request on behalf of `viewer`. One that exceeds its budget ends at once, with the one error that says so.
    /// For a query whose response may be cached, its dependencies are recorded in `shown`.
    pub async fn execute_within(
        &self,
        request: Request,
        viewer: Viewer,
        budget: &Budget,
        shown: Option<&Shown>,
    ) -> Response {
        let mut database = self.store.database();
        if let Some(shown) = shown {
            shown.note(seen_by(viewer));
            database = database.noting(shown.clone());
        }
        tokio::select! {
            response = self.execute_on(database, request, viewer, budget.clone()) => {
                budget.is_exceeded().map_or(response, exceeded)
            }
            reason = budget.exceeded() => exceeded(reason),
        }
    }

    async fn execute_on(&self, database: Database, mut request: Request, viewer: Viewer, budget: Budget) -> Response {
        let context = RequestContext::new(
            database,
            viewer,
            self.accounts.clone(),
            self.library.clone(),
            Arc::clone(&self.base_url),
            Arc::clone(&self.limits),
            budget,
        );
        if let Some(schema) = &self.resolvers {
            return schema.execute(request.data(context)).await;
        }
        if let Ok(document) = request.parsed_query().cloned()
            && let Some(operation) = query::operation(&document, request.operation_name.as_deref())
        {
            return query::query(&document, operation, request, &context).await;
        }
        self.schema.execute(request.data(context)).await
    }
}
