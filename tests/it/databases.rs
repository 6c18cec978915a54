//! Tests do not disturb each other.

use futures_util::future::join_all;
use quoin::domain::page::PageRequest;
use quoin::domain::publication;
use quoin::store::Store;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::support::{Gazette, TestDb};

async fn count(database: &TestDb, from: &str) -> i64 {
    let connection = database.store().read();
    let statement = Statement::from_string(
        connection.get_database_backend(),
        format!("SELECT count(*) AS n FROM {from}"),
    );
    connection
        .query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get("", "n")
        .unwrap()
}

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() {
    let one = TestDb::new().await;
    let other = TestDb::new().await;
    one.store()
        .read()
        .execute_unprepared("CREATE TABLE mark (id integer)")
        .await
        .unwrap();
    one.store()
        .read()
        .execute_unprepared("INSERT INTO mark VALUES (1)")
        .await
        .unwrap();
    assert_eq!(count(&one, "mark").await, 1);
    assert!(
        other
            .store()
            .read()
            .execute_unprepared("SELECT * FROM mark")
            .await
            .is_err()
    );
    assert_eq!(count(&other, "post").await, 0);
    assert!(count(&other, "seaql_migrations").await > 0);
}

#[tokio::test]
async fn an_empty_database_has_no_tables() {
    let database = TestDb::empty().await;
    assert!(
        database
            .store()
            .read()
            .execute_unprepared("SELECT * FROM post")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn requests_share_pipelines_on_postgresql_and_a_pool_on_sqlite() {
    let database = TestDb::new().await;
    let piped = database.store().database().is_pipeline();
    assert_eq!(
        piped,
        database.store().read().get_database_backend() == DbBackend::Postgres
    );
    let threads = [0, 1, 7].map(|thread| database.store().of_thread(thread, 8).database());
    assert!(threads.iter().all(|way| way.is_pipeline() == piped));
    let alone = Store::open(database.url(), 1).await.unwrap();
    assert!(!alone.database().is_pipeline(), "one connection is for writing too");
}

#[tokio::test]
async fn readers_do_not_notice_that_the_database_ended_its_connections() {
    let site = Gazette::new().await;
    site.post("a-post", 1, |_| {}).await;
    let query = "{ posts { nodes { slug author { username } tags { name } } } }";
    let before = site.ask(query).await;
    for _ in 0..3 {
        site.database.end_connections().await;
        let answers = join_all((0..20).map(|_| site.ask(query))).await;
        assert!(answers.iter().all(|answer| *answer == before));
    }
}

#[tokio::test]
async fn a_database_is_read_over_tls() {
    let database = TestDb::new().await;
    for url in database.urls_with_tls().await {
        let store = Store::open(&url, 2).await.unwrap();
        let way = store.database();
        assert!(way.is_pipeline(), "{url}");
        let found = publication::list(&way, &PageRequest::first(1)).await.unwrap();
        assert!(found.items.is_empty());
        let untrusted = url.replace("server.crt", "pg_hba.conf");
        if untrusted != url {
            assert!(Store::open(&untrusted, 2).await.is_err(), "{untrusted}");
        }
    }
}
