//! PostgreSQL that hangs, restarts or is gone: every request ends, nothing is answered from memory that may be stale, and all
//! is well again soon after.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use quoin::domain::page::PageRequest;
use quoin::domain::publication;
use quoin::store::row::fetch_cell;
use quoin::store::{Store, Timeouts, Transaction};
use reqwest::{RequestBuilder, Response, Url};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Value, json};

use crate::support::TestDb;
use crate::support::jobs::until;
use crate::support::proxy::TcpProxy;
use crate::support::server::TestServer;
use crate::support::visitor::{Answer, Visitor};

/// Short, so that what is waited for comes soon; the defaults are ten times as long.
const SHORT: Timeouts = Timeouts {
    connect: Duration::from_secs(1),
    statement: Duration::from_secs(1),
};
/// Nothing here takes that long, however slow the machine: it would have to wait for a network that is silent.
const BOUND: Duration = Duration::from_secs(15);

/// A database behind a network that can break.
struct Distant {
    database: TestDb,
    proxy: TcpProxy,
    url: String,
}

impl Distant {
    /// None on SQLite, which is part of the process.
    async fn new() -> Option<Self> {
        let database = TestDb::new().await;
        let mut url = Url::parse(database.url())
            .ok()
            .filter(|url| url.scheme() == "postgres")?;
        let server: SocketAddr = format!("{}:{}", url.host_str()?, url.port()?).parse().unwrap();
        let proxy = TcpProxy::to(server).await;
        url.set_port(Some(proxy.address.port())).unwrap();
        Some(Self {
            database,
            proxy,
            url: url.into(),
        })
    }

    async fn store(&self, max_connections: u32) -> Store {
        Store::open_with(&self.url, max_connections, SHORT).await.unwrap()
    }
}

async fn write(store: &Store) -> Result<(), DbErr> {
    let transaction = store.write().await?;
    touch(&transaction).await?;
    transaction.commit().await
}

async fn touch(transaction: &Transaction) -> Result<(), DbErr> {
    let touch = "UPDATE change_clock SET position = position";
    transaction.execute_unprepared(touch).await.map(drop)
}

async fn read(store: &Store) -> Result<(), DbErr> {
    publication::list(&store.database(), &PageRequest::first(1))
        .await
        .map(drop)
}

/// Reads and writes, several at once.
async fn load(store: &Store) -> Vec<Result<(), DbErr>> {
    let asked = (0..12).map(async |number| match number % 3 {
        0 => write(store).await,
        1 => store.position().await.map(drop),
        _ => read(store).await,
    });
    join_all(asked).await
}

/// Asserts that everything works from now on.
async fn works(store: &Store) {
    for _ in 0..3 {
        for outcome in load(store).await {
            outcome.unwrap();
        }
    }
}

#[tokio::test]
async fn a_vanished_host_is_noticed_and_so_is_its_return() {
    let Some(distant) = Distant::new().await else { return };
    let store = distant.store(4).await;
    works(&store).await;
    distant.proxy.vanish();
    let begun = Instant::now();
    let outcomes = load(&store).await;
    assert!(outcomes.iter().any(Result::is_err));
    until(async || store.is_unreachable()).await;
    assert!(begun.elapsed() < BOUND);
    // Nobody waits any more.
    let begun = Instant::now();
    for _ in 0..20 {
        assert!(load(&store).await.iter().all(Result::is_err));
    }
    assert!(begun.elapsed() < BOUND);
    distant.proxy.come_back();
    until(async || !store.is_unreachable()).await;
    works(&store).await;
}

#[tokio::test]
async fn connections_to_a_host_that_was_replaced_are_not_waited_for_twice() {
    let Some(distant) = Distant::new().await else { return };
    let store = distant.store(4).await;
    works(&store).await;
    distant.proxy.replace();
    let begun = Instant::now();
    load(&store).await;
    assert!(begun.elapsed() < BOUND);
    works(&store).await;
}

#[tokio::test]
async fn a_rollback_on_a_dead_connection_does_not_hang() {
    let Some(distant) = Distant::new().await else { return };
    // One connection writes.
    let store = distant.store(2).await;
    for is_dropped in [true, false] {
        let transaction = store.write().await.unwrap();
        touch(&transaction).await.unwrap();
        distant.proxy.replace();
        let begun = Instant::now();
        if is_dropped {
            drop(transaction);
        } else {
            transaction.rollback().await.unwrap_err();
        }
        until(async || write(&store).await.is_ok()).await;
        assert!(begun.elapsed() < BOUND);
    }
}

#[tokio::test]
async fn a_large_statement_that_is_never_taken_does_not_hold_its_place() {
    let Some(distant) = Distant::new().await else { return };
    let store = distant.store(2).await;
    let transaction = store.write().await.unwrap();
    distant.proxy.replace();
    // More than the buffers on the way hold.
    let large = format!("SELECT '{}'", "x".repeat(64 << 20));
    transaction.execute_unprepared(&large).await.unwrap_err();
    drop(transaction);
    until(async || write(&store).await.is_ok()).await;
}

#[tokio::test]
async fn the_server_ends_what_takes_too_long_and_frees_its_locks() {
    let Some(distant) = Distant::new().await else { return };
    let store = distant.store(4).await;
    let lock = async || {
        let transaction = store.write().await?;
        transaction.execute_unprepared("LOCK TABLE post").await?;
        Ok::<_, DbErr>(transaction)
    };
    let begun = Instant::now();
    let slow = lock().await.unwrap();
    let text = slow.execute_unprepared("SELECT pg_sleep(60)").await.unwrap_err();
    assert!(text.to_string().contains("statement timeout"), "{text}");
    until(async || lock().await.is_ok()).await;
    drop(slow);
    let idle = lock().await.unwrap();
    until(async || lock().await.is_ok()).await;
    touch(&idle).await.unwrap_err();
    assert!(begun.elapsed() < BOUND);
    drop(idle);
    works(&store).await;
}

#[tokio::test]
async fn a_pipelined_read_that_takes_too_long_is_unavailable() {
    let Some(distant) = Distant::new().await else { return };
    let store = distant.store(4).await;
    let slow = Query::select().expr(Expr::cust("pg_sleep(60)::text")).take();
    let error = fetch_cell::<String>(&store.database(), &slow).await.unwrap_err();
    assert!(matches!(error, DbErr::Conn(_)), "{error}");
    works(&store).await;
}

#[tokio::test]
async fn long_work_may_take_longer() {
    let Some(distant) = Distant::new().await else { return };
    let timeouts = Timeouts {
        statement: Duration::from_millis(200),
        ..SHORT
    };
    let store = Store::open_with(distant.database.url(), 2, timeouts).await.unwrap();
    let sleep = async |store: &Store| {
        let transaction = store.write().await?;
        transaction.execute_unprepared("SELECT pg_sleep(0.5)").await?;
        transaction.commit().await
    };
    sleep(&store.for_long_work()).await.unwrap();
    sleep(&store).await.unwrap_err();
}

#[tokio::test]
async fn every_connection_has_its_settings() {
    let Some(distant) = Distant::new().await else { return };
    let store = distant.store(2).await;
    for (name, value) in [
        ("jit", "off"),
        ("statement_timeout", "1s"),
        ("idle_in_transaction_session_timeout", "1s"),
    ] {
        let setting = Query::select()
            .expr(Expr::cust(format!("current_setting('{name}')")))
            .take();
        let pooled = fetch_cell::<String>(store.read(), &setting).await.unwrap();
        let piped = fetch_cell::<String>(&store.database(), &setting).await.unwrap();
        assert_eq!(
            (pooled.as_deref(), piped.as_deref()),
            (Some(value), Some(value)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_write_is_begun_again_when_its_connection_has_ended() {
    let Some(distant) = Distant::new().await else { return };
    let store = distant.store(4).await;
    for _ in 0..3 {
        works(&store).await;
        distant.database.end_connections().await;
        write(&store).await.unwrap();
    }
}

/// A server whose database can be stopped, and that caches responses.
async fn served() -> Option<(TestServer, TcpProxy)> {
    let distant = Distant::new().await?;
    let store = distant.store(4).await;
    let cached = |settings: &mut quoin::http::HttpSettings| settings.cache.memory_bytes = 1 << 20;
    let server = TestServer::through(distant.database, store, cached).await;
    Some((server, distant.proxy))
}

const POSTS: &str = "{ posts { nodes { slug } } }";

/// Asserts that nothing was executed, and that the client is told when to try again.
async fn unavailable(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body: Value = response.json().await.unwrap();
    assert_eq!(status, 503, "{body}");
    assert_eq!(headers["Retry-After"], "5", "{body}");
    assert!(body.get("data").is_none(), "{body}");
    body
}

#[tokio::test]
async fn the_first_query_that_finds_no_database_is_unavailable() {
    let Some((server, proxy)) = served().await else { return };
    assert_eq!(server.query(POSTS).await.status(), 200);
    proxy.stop().await;
    let begun = Instant::now();
    // Another query: the response to the first one is cached, and was proved fresh a moment ago.
    let other = "{ posts { nodes { title } } }";
    let body = unavailable(server.request(&json!({ "query": other }))).await;
    assert_eq!(body["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    assert!(begun.elapsed() < BOUND);
}

#[tokio::test]
async fn while_the_database_is_down_every_surface_is_unavailable_at_once() {
    let Some((server, proxy)) = served().await else { return };
    let get = |path: &str| server.client.get(server.url(path));
    let cached = || get("/graphql?query=%7Bposts%7Bnodes%7Bslug%7D%7D%7D");
    for _ in 0..2 {
        assert_eq!(cached().send().await.unwrap().status(), 200);
        assert_eq!(server.query(POSTS).await.status(), 200);
    }
    proxy.stop().await;
    until(async || server.store.is_unreachable()).await;
    // A cached response that was proved fresh just before is served for a moment.
    until(async || server.query(POSTS).await.status() == 503).await;

    let begun = Instant::now();
    let mutation = "mutation { postPublish(input: { id: \"x\", expectedVersion: 1 }) { userErrors { code } } }";
    let key = format!("qn_{}_{}", "a".repeat(32), "x".repeat(43));
    for request in [
        server.request(&json!({ "query": POSTS })),
        server.request(&json!({ "query": "{ __typename posts { nodes { slug } } }" })),
        server.request(&json!({ "query": mutation })),
        server.request(&json!({ "query": POSTS })).bearer_auth(key),
        cached(),
    ] {
        let body = unavailable(request).await;
        assert_eq!(body["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{body}");
    }
    let body = unavailable(get("/media/01890a5d-ac96-774b-bcce-b302099a8057/x.png")).await;
    assert_eq!(body["error"]["code"], "UNAVAILABLE");
    let client = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ];
    let body = unavailable(server.client.post(server.url("/oauth/token")).form(&client)).await;
    assert_eq!(body["error"], "temporarily_unavailable");
    let visitor = Visitor::at(&server);
    let credentials = json!({ "email": "ann@quoin.test", "password": "correct horse battery staple" });
    let Answer {
        status, headers, text, ..
    } = visitor.call("/auth/sign-in", &credentials).await;
    assert_eq!((status, headers["Retry-After"].as_bytes()), (503, &b"5"[..]), "{text}");
    assert_eq!(get("/health/ready").send().await.unwrap().status(), 503);
    assert_eq!(get("/health/live").send().await.unwrap().status(), 200);
    assert!(begun.elapsed() < BOUND);

    proxy.start().await;
    until(async || server.query(POSTS).await.status() == 200).await;
    let answered: Response = cached().send().await.unwrap();
    assert_eq!(answered.status(), 200);
}
