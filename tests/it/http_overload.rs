//! Overload is shed early: what finds no place is refused at once, and what takes none is answered.

use std::num::NonZero;
use std::thread::available_parallelism;

use entity::PostId;
use entity::membership::Role;
use futures_util::future::{join_all, select_all};
use quoin::http::HttpSettings;
use quoin::store::changes::Topic;
use quoin::store::{Store, Transaction};
use reqwest::RequestBuilder;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::database::CONNECTIONS;
use crate::support::press::{Press, signed};
use crate::support::server::TestServer;

const CACHED: &str = "{ publications { totalCount } }";

fn one_execution_per_core(settings: &mut HttpSettings) {
    settings.limits.executions_per_core = 1;
    settings.limits.connections_per_client = 100_000;
}

/// How many sign-ins are handled at a time then.
fn sign_ins() -> usize {
    4 * available_parallelism().map_or(1, NonZero::get)
}

fn sign_in(server: &TestServer) -> RequestBuilder {
    let credentials = json!({ "email": "ann@quoin.test", "password": "not this one" });
    server.client.post(server.url("/auth/sign-in")).json(&credentials)
}

/// Takes every connection of the pool.
async fn hold_connections(store: &Store) -> Vec<Transaction> {
    let pool = match store.read().get_database_backend() {
        // The others are pipelines.
        DbBackend::Postgres => CONNECTIONS - CONNECTIONS / 2,
        _ => CONNECTIONS,
    };
    let mut held = Vec::new();
    for _ in 0..pool {
        held.push(store.snapshot().await.unwrap());
    }
    held
}

#[tokio::test]
async fn without_a_free_place_or_connection_the_cache_and_the_probes_answer() {
    let press = Press::served(|settings| {
        one_execution_per_core(settings);
        settings.cache.memory_bytes = 1_000_000;
    })
    .await;
    let (server, store) = (&press.server, &press.server.store);
    let owner = press.member("owner", Role::Owner).await;
    assert_eq!(server.query(CACHED).await.status(), 200);
    // After this, a cached response is served only once the log was looked at again.
    let transaction = store.write().await.unwrap();
    transaction.changed([Topic::thing(PostId::new())]);
    transaction.commit().await.unwrap();

    let held = hold_connections(store).await;
    // One more than there are places, each of which waits for a connection.
    let places = available_parallelism().map_or(1, NonZero::get);
    let mutations = (0..=places).map(|number| {
        let query = "mutation($input: PostCreateInput!) { postCreate(input: $input) { post { id } } }";
        let input = json!({ "publicationId": press.id, "title": format!("Post {number}") });
        let request = server.request(&json!({ "query": query, "variables": { "input": input } }));
        signed(request, Some(&owner)).send()
    });
    let (shed, _, waiting) = select_all(mutations.map(Box::pin)).await;
    let shed = shed.unwrap();
    assert_eq!(shed.status(), 503);
    assert_eq!(shed.headers()["retry-after"], "5");
    let body: Value = shed.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    assert!(body.get("data").is_none(), "nothing was executed: {body}");
    let others = async {
        assert_eq!(server.query(CACHED).await.status(), 200);
        for path in ["/health/live", "/health/ready", "/auth/sign-in"] {
            let answer = server.client.get(server.url(path)).send().await;
            assert_eq!(answer.unwrap().status(), 200, "{path}");
        }
        drop(held);
    };
    let (waiting, ()) = tokio::join!(join_all(waiting), others);
    assert!(waiting.into_iter().all(|answer| answer.unwrap().status() == 200));
    assert_eq!(
        server.query("{ after: publications { totalCount } }").await.status(),
        200
    );
}

#[tokio::test]
async fn sign_ins_have_places_of_their_own_and_are_shed_beyond_them() {
    let server = TestServer::at_home_with(one_execution_per_core, |_| None).await;
    let held = hold_connections(&server.store).await;
    let attempts = (0..=sign_ins()).map(|_| Box::pin(sign_in(&server).send()));
    let (shed, _, waiting) = select_all(attempts).await;
    let shed = shed.unwrap();
    assert_eq!(shed.status(), 503);
    assert_eq!(shed.headers()["retry-after"], "5");
    let body: Value = shed.json().await.unwrap();
    assert_eq!(body["error"]["code"], "UNAVAILABLE");
    assert_eq!(server.query("{ __typename }").await.status(), 200);
    drop(held);
    let answers = join_all(waiting).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 401));
}

#[tokio::test]
async fn who_sends_a_sign_in_slowly_takes_no_place() {
    let server = TestServer::at_home_with(one_execution_per_core, |_| None).await;
    let head = "POST /auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\
                Expect: 100-continue\r\n\r\n";
    let mut slow = Vec::new();
    for _ in 0..sign_ins() {
        let mut connection = TcpStream::connect(server.address).await.unwrap();
        connection.write_all(head.as_bytes()).await.unwrap();
        // It is being handled.
        let mut answer = [0; 21];
        connection.read_exact(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 100 "));
        slow.push(connection);
    }
    assert_eq!(sign_in(&server).send().await.unwrap().status(), 401);
}
