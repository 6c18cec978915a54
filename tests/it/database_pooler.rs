//! `PgBouncer` between Quoin and PostgreSQL: it works where a client keeps its connection, and is refused where not.

use entity::change_clock;
use futures_util::future::join_all;
use quoin::app;
use quoin::domain::page::PageRequest;
use quoin::domain::publication;
use quoin::store::{Store, driver_text};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::support::TestDb;
use crate::support::command::{Outcome, quoin};
use crate::support::database::CONNECTIONS;
use crate::support::pgbouncer::PgBouncer;

#[tokio::test]
async fn a_pooler_that_changes_connections_is_refused_with_the_setting_that_mends_it() {
    let database = TestDb::new().await;
    for pool_mode in ["transaction", "statement"] {
        let Some(pooler) = PgBouncer::start(&database, pool_mode).await else {
            return;
        };
        let url = pooler.url(&database);
        let error = Store::open(&url, CONNECTIONS).await.unwrap_err();
        let text = driver_text(&error);
        assert!(text.contains("`pool_mode = session`"), "{text}");
        let folder = tempfile::tempdir().unwrap();
        let command = |arguments: &[&str]| Outcome::of(quoin(folder.path(), arguments).env("DATABASE_URL", &url));
        let line = command(&["serve", "--listen", "127.0.0.1:0"]).failed();
        assert!(line.starts_with("cannot use the database "), "{line}");
        assert!(
            line.ends_with("; set `pool_mode = session` in PgBouncer, or connect to PostgreSQL directly"),
            "{line}"
        );
        let found = command(&["doctor"]).stdout;
        let expected = format!("wrong  database: {line}");
        assert!(found.lines().any(|found| found == expected), "{found}");
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_works() {
    let database = TestDb::empty().await;
    let Some(pooler) = PgBouncer::start(&database, "session").await else {
        return;
    };
    let store = Store::open(&pooler.url(&database), CONNECTIONS).await.unwrap();
    app::migrate(&store).await.unwrap();
    assert!(store.database().is_pipeline());
    let asked = (0..20).map(async |_| {
        let transaction = store.write().await?;
        transaction
            .execute_unprepared("UPDATE change_clock SET position = position + 1")
            .await?;
        transaction.commit().await?;
        publication::list(&store.database(), &PageRequest::first(1)).await
    });
    for listed in join_all(asked).await {
        assert!(listed.unwrap().items.is_empty());
    }
    let clock = change_clock::Entity::find().one(store.read()).await.unwrap().unwrap();
    assert_eq!(clock.position, 20);
}
