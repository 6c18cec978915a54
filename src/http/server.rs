//! The server itself: its port, its threads, and how it stops.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive};
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web::{Data, PayloadConfig};
use actix_web::{App, Error};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::sync::watch;

use super::admission::{self, Admission, Refusals};
use super::connection::{Connection, Connections, KEEP_ALIVE};
use super::graphql::{KnownDocuments, LargeExecutions, RepeatedRequests};
use super::input::MOST_BYTES;
use super::{HttpSettings, State, Worker, address, bearer, cors, guard, incoming, pieces, port, routes, throttle};
use crate::graphql::Api;
use crate::graphql::Documents;
use crate::graphql::limits::TypeMap;
use crate::limit::Limiter;
use crate::provider::Providers;
use crate::store::cache::Answers;

/// How many connections a thread serves at most, if there are descriptors for as many.
const MAX_CONNECTIONS_PER_THREAD: usize = 25_000;

/// How many requests to sign in are handled for each that is executed otherwise: most of them only wait for the threads
/// that hash passwords.
const SIGN_INS_PER_EXECUTION: usize = 4;

/// How long a connection without a request stays open after an early response, so that the client can read that.
const LINGER: Duration = Duration::from_secs(1);

/// How long connections that were made already take to be accepted, and then the port to be closed. Connections that were
/// closed before that would be opened again.
const PORT_CLOSES: Duration = Duration::from_millis(50);

/// A server that has its port, but does not serve yet.
pub struct Bound {
    server: Server,
    port: TcpListener,
    address: SocketAddr,
    state: Data<State>,
    /// Tells connections without a request to close.
    close_idle: watch::Sender<bool>,
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
    let accepted = port.try_clone()?;
    let sdl = Api::sdl();
    let types = TypeMap::new(&sdl).map_err(io::Error::other)?;
    let answers = settings.cache.answers(&sdl);
    let api = api.limited(limits.document.clone());
    let connections = Connections::new(
        limits.connections_per_client,
        &settings.trusted_proxies,
        limits.request_timeout,
    );
    let state = Data::new(State {
        accounts: api.accounts().clone(),
        library: api.library().clone(),
        limiter,
        providers,
        types,
        documents: Documents::new(limits.document.clone()),
        known_documents: KnownDocuments::new(settings.documents.clone()),
        repeated: RepeatedRequests::default(),
        executions: Admission::new(limits.executions_per_core),
        large: Arc::new(LargeExecutions::new(limits.executions_per_core)?),
        sign_ins: Admission::new(limits.executions_per_core * SIGN_INS_PER_EXECUTION),
        refusals: Refusals::default(),
        memory: settings.response_memory(),
        settings,
        is_draining: AtomicBool::new(false),
        is_closing: AtomicBool::new(false),
    });
    let threads = available_parallelism().map_or(1, NonZero::get);
    let thread = Arc::new(AtomicUsize::new(0));
    let (close_idle, is_closing) = watch::channel(false);
    let shared = state.clone();
    let app = move || {
        let state = &shared;
        let origins = &state.settings.cors_origins;
        App::new()
            .app_data(state.clone())
            .app_data(PayloadConfig::new(MOST_BYTES))
            .app_data(Data::new(Worker {
                api: Arc::new(api.of_thread(thread.fetch_add(1, Ordering::Relaxed), threads)),
                answers: answers.as_ref().map(Answers::of_thread),
            }))
            .wrap(Compress::default())
            .wrap(from_fn(admission::admit))
            .wrap(from_fn(throttle::throttle))
            // Before the limits, since accounts have limits of their own.
            .wrap(from_fn(bearer::recognise))
            .wrap(from_fn(incoming::bound))
            .wrap(from_fn(address::locate))
            .wrap(Condition::new(!origins.is_empty(), cors::allow(origins)))
            .wrap(from_fn(guard::guard))
            .configure(routes)
    };
    // What actix_web::HttpServer does, but for the connections, which it does not let anybody wrap.
    let server = Server::build()
        .workers(threads)
        .max_concurrent_connections(max_connections(threads))
        .shutdown_timeout(limits.stop_timeout.as_secs())
        .disable_signals()
        .listen("http", accepted, move || {
            let connections = connections.clone();
            let is_closing = is_closing.clone();
            let app = app().into_factory().map_err(|error: Error| error.error_response());
            let http = HttpService::build()
                // Connections close themselves when they are idle.
                .keep_alive(KeepAlive::Os)
                .client_request_timeout(limits.request_timeout)
                .client_disconnect_timeout(LINGER)
                .graceful_shutdown_signal(move || {
                    let mut is_closing = is_closing.clone();
                    async move {
                        // The sender is gone: closing, too.
                        drop(is_closing.wait_for(|is_closing| *is_closing).await);
                    }
                })
                .local_addr(address)
                .on_connect_ext(|connection: &Connection, data| connection.introduce(data))
                .h1(map_config(app, |()| AppConfig::default()));
            let write_timeout = limits.write_timeout;
            fn_service(move |stream: TcpStream| {
                pieces::limit_stalls(&stream, write_timeout);
                let accepted = connections.accept(stream);
                async { Ok(accepted) }
            })
            .and_then(http)
        })?
        .run();
    Ok(Bound {
        server,
        port,
        address,
        state,
        close_idle,
    })
}

/// How many connections a thread may have: most of the descriptors that the system allows are for them, the rest for the
/// database and for files. The limit is raised as far as it may be.
fn max_connections(threads: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit on open files cannot be raised");
    }
    let allowed = getrlimit(Resource::Nofile).current;
    let allowed = allowed.map_or(usize::MAX, |allowed| usize::try_from(allowed).unwrap_or(usize::MAX));
    (allowed / 4 * 3 / threads).clamp(1, MAX_CONNECTIONS_PER_THREAD)
}

impl Bound {
    /// Where it listens, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is done. For as long as that says, it then goes on, but is not ready any more, so that a load
    /// balancer turns to other processes. After that it accepts no more connections, closes each with its next response, and
    /// lets the requests in flight finish.
    ///
    /// # Errors
    /// When the server fails as a whole.
    pub async fn run(self, shutdown: impl Future<Output = Duration>) -> io::Result<()> {
        let Self {
            server,
            port,
            state,
            close_idle,
            ..
        } = self;
        let handle = server.handle();
        let compile = state.known_documents.compile(&state.accounts.store, &state.documents);
        let stop = async {
            let drain = shutdown.await;
            state.is_draining.store(true, Ordering::Relaxed);
            tokio::time::sleep(drain).await;
            if !drain.is_zero() {
                if let Err(error) = port::take_no_more(&port) {
                    tracing::warn!(%error, "connections that wait when the port is closed are reset");
                }
                tokio::time::sleep(PORT_CLOSES).await;
            }
            drop(port);
            let closing = async {
                if !drain.is_zero() {
                    tokio::time::sleep(PORT_CLOSES).await;
                    state.is_closing.store(true, Ordering::Relaxed);
                    // Clients close connections that they do not use, or learn with the next response not to use them again.
                    tokio::time::sleep(KEEP_ALIVE).await;
                }
                close_idle.send_replace(true);
                std::future::pending::<Infallible>().await
            };
            tokio::select! {
                () = handle.stop(true) => {}
                never = closing => match never {},
            }
        };
        // Requests are served meanwhile.
        let compiled = async {
            compile.await;
            std::future::pending::<Infallible>().await
        };
        let mut running = std::pin::pin!(server);
        tokio::select! {
            never = compiled => match never {},
            ended = &mut running => ended,
            () = stop => running.await,
        }
    }
}
