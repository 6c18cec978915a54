//! The floor: what two of Quoin's queries cost when they are written by hand, each as a handler of its own with the
//! best SQL we know. It answers the same bytes; `script/bench` measures both and compares.

mod answer;
mod front;
mod post;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use actix_web::body::to_bytes;
use actix_web::web::Bytes;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use clap::Parser;
use serde::Serialize;
use tokio_postgres::{Client, NoTls, Statement};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers `/front` and `/post/SLUG` as Quoin answers the queries of `benches/queries`, and below `/kept` from memory.
#[derive(Parser)]
struct Arguments {
    /// The database, `postgres://…`
    #[arg(long)]
    database: String,
    /// Where to listen
    #[arg(long)]
    listen: SocketAddr,
    /// Connections to the database in all
    #[arg(long, default_value_t = 10)]
    connections: usize,
}

/// A connection with the statements of both works, prepared.
struct Session {
    client: Client,
    front: [Statement; 3],
    post: [Statement; 3],
}

/// The connections of one worker. Requests take turns, and statements are sent without waiting for earlier answers.
struct Sessions {
    sessions: Vec<Session>,
    turn: AtomicUsize,
}

impl Sessions {
    async fn open(database: Arc<str>, count: usize) -> Result<Self, tokio_postgres::Error> {
        let mut sessions = Vec::with_capacity(count);
        for _ in 0..count {
            let (client, connection) = tokio_postgres::connect(&database, NoTls).await?;
            actix_web::rt::spawn(async move {
                if let Err(error) = connection.await {
                    eprintln!("floor: {error}");
                }
            });
            let front = front::prepare(&client).await?;
            let post = post::prepare(&client).await?;
            sessions.push(Session { client, front, post });
        }
        let turn = AtomicUsize::new(0);
        Ok(Self { sessions, turn })
    }

    fn next(&self) -> &Session {
        &self.sessions[self.turn.fetch_add(1, Ordering::Relaxed) % self.sessions.len()]
    }
}

/// The answer as JSON.
fn json(answer: &impl Serialize) -> Result<HttpResponse, Failure> {
    let body = serde_json::to_vec(answer)?;
    Ok(HttpResponse::Ok()
        .content_type("application/graphql-response+json")
        .body(body))
}

/// Whatever goes wrong; the client gets a 500.
type Failure = Box<dyn std::error::Error>;

/// Answers by their paths, given again as they are: the floor of what is kept.
type Kept = RwLock<HashMap<String, Bytes>>;

async fn kept(
    request: HttpRequest,
    kept: web::Data<Kept>,
    sessions: web::Data<Sessions>,
) -> Result<HttpResponse, Failure> {
    let path = request.match_info().query("path");
    let known = kept.read().map_err(|_| "poisoned")?.get(path).cloned();
    let body = if let Some(body) = known {
        body
    } else {
        let answer = match path.strip_prefix("post/") {
            Some(slug) => post::answer(sessions.next(), slug).await?,
            None => front::answer(sessions.next()).await?,
        };
        let body = to_bytes(answer.into_body()).await?;
        kept.write()
            .map_err(|_| "poisoned")?
            .insert(path.to_owned(), body.clone());
        body
    };
    Ok(HttpResponse::Ok()
        .content_type("application/graphql-response+json")
        .body(body))
}

async fn front(sessions: web::Data<Sessions>) -> Result<HttpResponse, Failure> {
    front::answer(sessions.next()).await
}

async fn post(sessions: web::Data<Sessions>, slug: web::Path<String>) -> Result<HttpResponse, Failure> {
    post::answer(sessions.next(), &slug).await
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let workers = std::thread::available_parallelism()?.get();
    let count = arguments.connections.div_ceil(workers);
    let database: Arc<str> = arguments.database.into();
    let answers = web::Data::new(Kept::default());
    HttpServer::new(move || {
        let database = Arc::clone(&database);
        App::new()
            .app_data(answers.clone())
            .data_factory(move || Sessions::open(Arc::clone(&database), count))
            .route("/front", web::get().to(front))
            .route("/post/{slug}", web::get().to(post))
            .route("/kept/{path:.*}", web::get().to(kept))
    })
    .workers(workers)
    .bind(arguments.listen)?
    .run()
    .await
}
