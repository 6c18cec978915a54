//! Overload is shed early: what finds no place is refused at once, and what takes none is answered.

use std::num::NonZero;
use std::thread::available_parallelism;

use entity::membership::Role;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use crate::support::jobs::until;
use crate::support::press::Press;

const CACHED: &str = "{ publications { totalCount } }";

#[tokio::test]
async fn requests_without_a_place_are_shed_while_the_cache_and_the_probes_answer() {
    let press = Press::served(|settings| {
        settings.limits.executions_per_core = 1;
        settings.cache.memory_bytes = 1_000_000;
    })
    .await;
    let owner = press.member("owner", Role::Owner).await;
    assert_eq!(press.server.query(CACHED).await.status(), 200);
    // Requests wait for this transaction, each in its place: writers on SQLite, readers of a locked table on PostgreSQL, where
    // writers would take the connections that look-ups need.
    let writing = press.server.store.write().await.unwrap();
    let is_postgres = writing.get_database_backend() == DbBackend::Postgres;
    if is_postgres {
        let lock = "LOCK TABLE post IN ACCESS EXCLUSIVE MODE";
        writing.execute_unprepared(lock).await.unwrap();
    }
    let places = available_parallelism().map_or(1, NonZero::get);
    let waiting = join_all((0..places).map(async |number| {
        if is_postgres {
            let query = format!("{{ waiting{number}: posts {{ totalCount }} }}");
            assert_eq!(press.server.query(&query).await.status(), 200);
        } else {
            let fields = json!({ "publicationId": press.id, "title": format!("Post {number}") });
            press.done(&owner, "postCreate", "post { id }", fields).await;
        }
    }));
    let others = async {
        let mut number = 0;
        let mut shed = None;
        until(async || {
            number += 1;
            let answer = press
                .server
                .query(&format!("{{ n{number}: publications {{ totalCount }} }}"))
                .await;
            shed = (answer.status() != 200).then_some(answer);
            shed.is_some()
        })
        .await;
        let shed = shed.unwrap();
        assert_eq!(shed.status(), 503);
        assert_eq!(shed.headers()["retry-after"], "5");
        let body: Value = shed.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "UNAVAILABLE");
        assert!(body.get("data").is_none(), "nothing was executed: {body}");
        assert_eq!(press.server.query(CACHED).await.status(), 200);
        for path in ["/health/live", "/health/ready", "/auth/sign-in"] {
            let answer = press.server.client.get(press.server.url(path)).send().await;
            assert_eq!(answer.unwrap().status(), 200, "{path}");
        }
        drop(writing);
    };
    tokio::join!(waiting, others);
    assert_eq!(
        press
            .server
            .query("{ after: publications { totalCount } }")
            .await
            .status(),
        200
    );
}
