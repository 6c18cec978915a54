//! Overload is shed early: what finds no place is refused at once, and what takes none is answered.

use std::num::NonZero;
use std::thread::available_parallelism;

use entity::PostId;
use entity::membership::Role;
use futures_util::future::{join_all, select_all};
use quoin::store::changes::Topic;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use crate::support::database::CONNECTIONS;
use crate::support::press::{Press, signed};

const CACHED: &str = "{ publications { totalCount } }";

#[tokio::test]
async fn without_a_free_place_or_connection_the_cache_and_the_probes_answer() {
    let press = Press::served(|settings| {
        settings.limits.executions_per_core = 1;
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

    let pool = match store.read().get_database_backend() {
        // The others are pipelines.
        DbBackend::Postgres => CONNECTIONS - CONNECTIONS / 2,
        _ => CONNECTIONS,
    };
    let mut held = Vec::new();
    for _ in 0..pool {
        held.push(store.snapshot().await.unwrap());
    }
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
