//! The HTTP surface: one flat table of routes, a file per surface.

mod address;
mod auth;
mod bearer;
mod browser;
mod cors;
mod error;
mod graphiql;
mod graphql;
mod guard;
mod health;
mod input;
mod media;
mod oauth;
mod page;
mod settings;
mod throttle;

pub use settings::{CacheSettings, DocumentSettings, HttpSettings, Limits, SharedCache};

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpServer, web};

use tokio::net::TcpSocket;

use self::graphql::{KnownDocuments, RepeatedRequests};
use crate::domain::accounts::Accounts;
use crate::domain::media::Library;
use crate::graphql::Api;
use crate::graphql::limits::{Documents, TypeMap};
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
}

/// What a thread has of its own: ways to the database and to Redis whose answers arrive on it.
struct Worker {
    api: Api,
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

/// A server that has its port, but does not serve yet.
pub struct Bound {
    server: Server,
    address: SocketAddr,
}

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// Takes a port; 0 takes a free one. Whoever connects waits until there is a server.
///
/// # Errors
/// When it cannot be had, for one since another process has it.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A port of a server that has just ended may be taken again.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Makes a server on a port.
///
/// # Errors
/// When the port cannot be used.
pub fn bind(
    port: TcpListener,
    settings: HttpSettings,
    api: Api,
    limiter: Limiter,
    providers: Providers,
) -> io::Result<Bound> {
    let limits = settings.limits.clone();
    let address = port.local_addr()?;
    let sdl = Api::sdl();
    let types = TypeMap::new(&sdl).map_err(io::Error::other)?;
    let answers = settings.cache.answers(&sdl);
    let api = api.limited(limits.document.clone());
    let state = Data::new(State {
        accounts: api.accounts().clone(),
        library: api.library().clone(),
        limiter,
        providers,
        types,
        documents: Documents::new(limits.document.clone()),
        known_documents: KnownDocuments::new(settings.documents.clone()),
        repeated: RepeatedRequests::default(),
        settings,
    });
    let threads = available_parallelism().map_or(1, NonZero::get);
    let thread = Arc::new(AtomicUsize::new(0));
    let server = HttpServer::new(move || {
        let origins = &state.settings.cors_origins;
        App::new()
            .app_data(state.clone())
            .app_data(Data::new(Worker {
                api: api.of_thread(thread.fetch_add(1, Ordering::Relaxed), threads),
                answers: answers.as_ref().map(Answers::of_thread),
            }))
            .wrap(Compress::default())
            .wrap(from_fn(throttle::throttle))
            // Before the limits, since accounts have limits of their own.
            .wrap(from_fn(bearer::recognise))
            .wrap(from_fn(address::locate))
            .wrap(Condition::new(!origins.is_empty(), cors::allow(origins)))
            .wrap(from_fn(guard::guard))
            .configure(routes)
    })
    .workers(threads)
    .client_request_timeout(limits.request_timeout)
    .shutdown_timeout(limits.stop_timeout.as_secs())
    .disable_signals()
    .listen(port)?;
    let server = server.run();
    Ok(Bound { server, address })
}

impl Bound {
    /// Where it listens, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is done, then lets the requests in flight finish.
    ///
    /// # Errors
    /// When the server fails as a whole.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let handle = self.server.handle();
        let stop = async {
            shutdown.await;
            handle.stop(true).await;
        };
        let mut running = std::pin::pin!(self.server);
        tokio::select! {
            ended = &mut running => ended,
            () = stop => running.await,
        }
    }
}
