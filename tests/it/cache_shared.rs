//! Answers that processes hand to each other through Redis.

use entity::membership::Role;
use entity::post;
use quoin::http::{CacheSettings, HttpSettings, SharedCache};
use reqwest::Response;
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};

use crate::support::press::{Press, Writer};
use crate::support::redis::{RedisServer, connect, patient};
use crate::support::server::TestServer;

const TITLES: &str = "{ posts { nodes { title } } }";

/// A process that hands answers on, and keeps so many bytes itself.
fn sharing(redis: &RedisServer, namespace: &str, memory_bytes: u64) -> impl FnOnce(&mut HttpSettings) {
    let shared = SharedCache {
        redis: patient(&redis.url()),
        namespace: namespace.to_owned(),
        seconds: 3_600,
        bytes: 10_000_000,
    };
    move |settings| {
        settings.cache = CacheSettings {
            memory_bytes,
            shared: Some(shared),
            ..CacheSettings::default()
        };
    }
}

/// A publication with one published post, titled `Lead`.
async fn published(redis: &RedisServer) -> (Press, Writer, String) {
    let press = Press::served(sharing(redis, "one", 1_000_000)).await;
    let owner = press.member("owner", Role::Owner).await;
    let id = press.publish(&owner, "Lead").await;
    (press, owner, id)
}

async fn title(server: &TestServer) -> Value {
    let answer: Response = server.query(TITLES).await;
    answer.json::<Value>().await.unwrap()["data"]["posts"]["nodes"][0]["title"].clone()
}

/// Changes every title behind the servers' backs.
async fn meddle(press: &Press) {
    let meddled = post::Entity::update_many().col_expr(post::Column::Title, Expr::val("Meddled"));
    meddled.exec(press.server.store.read()).await.unwrap();
}

/// The names of what lies in Redis, once there is something.
async fn names(connection: &mut redis::aio::MultiplexedConnection) -> Vec<Vec<u8>> {
    loop {
        let names: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query_async(connection).await.unwrap();
        if !names.is_empty() {
            return names;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_process_gives_what_another_has_made_until_it_changes() {
    let Some(redis) = RedisServer::start() else { return };
    let (press, owner, id) = published(&redis).await;
    for _ in 0..2 {
        assert_eq!(title(&press.server).await, "Lead");
    }
    names(&mut connect(&redis.url()).await).await;
    meddle(&press).await;
    for memory in [0, 1_000_000] {
        let replica = press.server.replica(sharing(&redis, "one", memory)).await;
        for _ in 0..2 {
            assert_eq!(title(&replica).await, "Lead", "what the other one made");
        }
        let stranger = press.server.replica(sharing(&redis, "two", memory)).await;
        assert_eq!(title(&stranger).await, "Meddled", "another namespace");
    }
    let replica = press.server.replica(sharing(&redis, "one", 0)).await;
    let featured = json!({ "id": id, "isFeatured": true });
    press.done(&owner, "postUpdate", "post { id }", featured).await;
    for server in [&replica, &press.server] {
        assert_eq!(title(server).await, "Meddled");
    }
}

#[tokio::test]
async fn what_is_asked_for_once_is_not_stored_in_redis() {
    let Some(redis) = RedisServer::start() else { return };
    let (press, _, _) = published(&redis).await;
    for number in 0..20 {
        let query = format!("{{ a{number}: posts {{ nodes {{ title }} }} }}");
        assert_eq!(press.server.query(&query).await.status(), 200);
    }
    for _ in 0..2 {
        assert_eq!(title(&press.server).await, "Lead");
    }
    assert_eq!(names(&mut connect(&redis.url()).await).await.len(), 1);
}

#[tokio::test]
async fn what_redis_makes_up_is_not_given() {
    let Some(redis) = RedisServer::start() else { return };
    let (press, _, _) = published(&redis).await;
    for _ in 0..2 {
        assert_eq!(title(&press.server).await, "Lead");
    }
    let mut connection = connect(&redis.url()).await;
    for garbage in ["", "kept", "null", "{\"data\":{\"posts\":null}}"] {
        for name in names(&mut connection).await {
            let mut set = redis::cmd("SET");
            set.arg(&name).arg(garbage);
            set.query_async::<()>(&mut connection).await.unwrap();
        }
        let replica = press.server.replica(sharing(&redis, "one", 0)).await;
        assert_eq!(title(&replica).await, "Lead", "{garbage:?}");
    }
    for name in names(&mut connection).await {
        let mut replace = redis::pipe();
        replace.del(&name).ignore().lpush(&name, "a list").ignore();
        replace.query_async::<()>(&mut connection).await.unwrap();
    }
    let replica = press.server.replica(sharing(&redis, "one", 0)).await;
    assert_eq!(title(&replica).await, "Lead");
}

#[tokio::test]
async fn without_redis_the_service_stays_up_and_right() {
    let Some(mut redis) = RedisServer::start() else { return };
    let (press, owner, id) = published(&redis).await;
    let replica = press.server.replica(sharing(&redis, "one", 1_000_000)).await;
    assert_eq!(title(&press.server).await, "Lead");
    redis.toggle();
    assert_eq!(title(&replica).await, "Lead");
    let renamed = json!({ "id": id, "title": "New" });
    press.done(&owner, "postUpdate", "post { id }", renamed).await;
    press
        .done(&owner, "postPublish", "post { id }", json!({ "id": id }))
        .await;
    for server in [&press.server, &replica] {
        assert_eq!(title(server).await, "New");
    }
    // It comes back with what it had, which is too old.
    redis.toggle();
    let late = press.server.replica(sharing(&redis, "one", 0)).await;
    assert_eq!(title(&late).await, "New");
}
