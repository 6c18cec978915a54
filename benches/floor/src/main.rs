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
use redis::aio::MultiplexedConnection;
use serde::Serialize;
use tokio_postgres::{Client, NoTls, Statement};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers `/front` and `/post/SLUG` as Quoin answers the queries of `benches/queries`, below `/kept` from memory, and below
/// `/redis` from Redis.
#[derive(Parser)]
struct Arguments {
    /// The database, `postgres://…`
    #[arg(long)]
    database: String,
    /// Redis, `redis://…`
    #[arg(long)]
    redis: String,
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
        let body = made(sessions.next(), path).await?;
        kept.write()
            .map_err(|_| "poisoned")?
            .insert(path.to_owned(), body.clone());
        body
    };
    Ok(whole(body))
}

/// The answer by a path, made from the database.
async fn made(session: &Session, path: &str) -> Result<Bytes, Failure> {
    let answer = match path.strip_prefix("post/") {
        Some(slug) => post::answer(session, slug).await?,
        None => front::answer(session).await?,
    };
    to_bytes(answer.into_body()).await
}

fn whole(body: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/graphql-response+json")
        .body(body)
}

/// The connection of one worker to Redis.
async fn open_redis(url: Arc<str>) -> redis::RedisResult<MultiplexedConnection> {
    redis::Client::open(&*url)?.get_multiplexed_async_connection().await
}

/// As `kept`, where Redis keeps them: the floor of what processes share.
async fn shared(
    request: HttpRequest,
    redis: web::Data<MultiplexedConnection>,
    sessions: web::Data<Sessions>,
) -> Result<HttpResponse, Failure> {
    let path = request.match_info().query("path");
    let mut redis = MultiplexedConnection::clone(&redis);
    let known: Option<Bytes> = redis::cmd("GET").arg(path).query_async(&mut redis).await?;
    let body = if let Some(body) = known {
        body
    } else {
        let body = made(sessions.next(), path).await?;
        let mut set = redis::cmd("SET");
        set.arg(path).arg(&*body).query_async::<()>(&mut redis).await?;
        body
    };
    Ok(whole(body))
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
    let redis: Arc<str> = arguments.redis.into();
    let answers = web::Data::new(Kept::default());
    HttpServer::new(move || {
        let (database, redis) = (Arc::clone(&database), Arc::clone(&redis));
        App::new()
            .app_data(answers.clone())
            .data_factory(move || Sessions::open(Arc::clone(&database), count))
            .data_factory(move || open_redis(Arc::clone(&redis)))
            .route("/front", web::get().to(front))
            .route("/post/{slug}", web::get().to(post))
            .route("/kept/{path:.*}", web::get().to(kept))
            .route("/redis/{path:.*}", web::get().to(shared))
    })
    .workers(workers)
    .bind(arguments.listen)?
    .run()
    .await
}
