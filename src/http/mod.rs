//! The HTTP surface: one flat table of routes, a file per surface.

mod address;
mod admission;
mod auth;
mod bearer;
mod browser;
mod connection;
mod cors;
mod error;
mod graphiql;
mod graphql;
mod guard;
mod health;
mod incoming;
mod input;
mod media;
mod oauth;
mod page;
mod pieces;
mod port;
mod server;
mod settings;
mod throttle;

pub use port::listen;
pub use server::{Bound, bind};
pub use settings::{CacheSettings, DocumentSettings, HttpSettings, Limits, SharedCache};

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::web;
use actix_web::web::ServiceConfig;

use self::admission::{Admission, Refusals};
use self::graphql::{KnownDocuments, LargeExecutions, RepeatedRequests};
use crate::budget::ResponseMemory;
use crate::domain::accounts::Accounts;
use crate::domain::media::Library;
use crate::graphql::Api;
use crate::graphql::Documents;
use crate::graphql::limits::TypeMap;
use crate::limit::Limiter;
use crate::provider::Providers;
use crate::store::cache::Answers;

/// What the handlers share.
struct State {
    settings: HttpSettings,
    accounts: Accounts,
    library: Library,
    limiter: Limiter,
    providers: Providers,
    types: TypeMap,
    documents: Documents,
    known_documents: KnownDocuments,
    repeated: RepeatedRequests,
    memory: ResponseMemory,
    /// What is executed of GraphQL, and of requests for files.
    executions: Admission,
    /// What is executed of GraphQL whose response turned out to be large.
    large: Arc<LargeExecutions>,
    /// What is executed of requests to sign in or up and to the token endpoints.
    sign_ins: Admission,
    refusals: Refusals,
    /// Whether the process is about to stop: it serves requests, but is not ready for more.
    is_draining: AtomicBool,
    /// Whether every response closes its connection, since there is no port any more.
    is_closing: AtomicBool,
}

/// What a thread has of its own: ways to the database and to Redis whose answers arrive on it.
struct Worker {
    api: Arc<Api>,
    /// The answers that are kept; none where that is switched off.
    answers: Option<Answers>,
}

/// Every route. Methods that a path does not know are refused with those it does.
fn routes(config: &mut ServiceConfig) {
    config
        .service(
            error::resource("/graphql", "GET, HEAD, POST, OPTIONS")
                .route(error::read().to(graphql::get))
                .route(web::post().to(graphql::post)),
        )
        .service(error::resource("/graphiql-assets/{file}", error::READ).route(error::read().to(graphiql::asset)))
        // An id is none of these words.
        .service(error::resource("/media/uploads/{id}", "PUT, OPTIONS").route(web::put().to(media::put)))
        .service(error::resource("/media/{id}/{name}", error::READ).route(error::read().to(media::file)))
        .service(
            error::resource("/media/{id}/{width}/{format}/{name}", error::READ).route(error::read().to(media::variant)),
        )
        .service(error::resource("/health/live", error::READ).route(error::read().to(health::live)))
        .service(error::resource("/health/ready", error::READ).route(error::read().to(health::ready)))
        .configure(auth::routes)
        .configure(oauth::routes)
        .default_service(web::to(error::not_found));
}
