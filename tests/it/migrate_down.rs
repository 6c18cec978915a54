//! Taking migrations back loses data, so it says what, asks, and leaves a database alone that is in use.

use entity::process;
use migration::{Migrator, MigratorTrait};
use quoin::app;
use quoin::domain::process::{EXPIRES_AFTER, Work, start};
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::support::command::{Outcome, quoin};
use crate::support::serving::Serving;
use crate::support::{Gazette, TestDb};

fn down(database: &TestDb, arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&["migrate", "down"], arguments].concat();
    Outcome::of(quoin(folder.path(), &arguments).env("DATABASE_URL", database.url()))
}

fn all_steps() -> String {
    Migrator::migrations().len().to_string()
}

async fn is_whole(database: &TestDb) -> bool {
    app::schema(database.store()).await.unwrap().pending().next().is_none()
}

#[tokio::test]
async fn nothing_is_taken_back_without_a_yes() {
    let site = Gazette::new().await;
    site.post("a", 1, |_| {}).await;
    let refused = down(&site.database, &["--steps", &all_steps()]);
    assert!(refused.stdout.contains("Drops the table post: 1 row."), "{refused:?}");
    let line = refused.failed();
    assert_eq!(line, "nothing was changed; add --yes to skip the confirmation");
    assert!(is_whole(&site.database).await);
    assert_eq!(
        entity::post::Entity::find()
            .all(site.store().read())
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn what_is_dropped_is_said_with_its_rows() {
    let site = Gazette::new().await;
    site.post("a", 1, |_| {}).await;
    site.post("b", 2, |_| {}).await;
    let said = down(&site.database, &["--steps", &all_steps(), "--yes"]).succeeded();
    for expected in [
        "Drops the table post: 2 rows.",
        "Drops the table user: 1 row.",
        "Drops the table comment: 0 rows.",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    assert!(
        entity::post::Entity::find().all(site.store().read()).await.is_err(),
        "it is gone"
    );
}

#[tokio::test]
async fn a_database_in_use_is_left_alone() {
    let database = TestDb::new().await;
    for (work, name) in [
        (Work::Serve, "a server"),
        (Work::Import("gulls".into()), "an import into the publication `gulls`"),
        (Work::Export, "an export"),
    ] {
        let running = start(database.store(), work).await.unwrap();
        let line = down(&database, &["--yes"]).failed();
        let expected = format!("the database is in use: {name} has been running since ");
        assert!(line.starts_with(&expected), "{line}");
        running.end().await;
    }
    assert!(is_whole(&database).await);
    down(&database, &["--yes"]).succeeded();
    assert!(!is_whole(&database).await);
}

#[tokio::test]
async fn a_process_that_died_two_minutes_ago_is_in_nobodys_way() {
    let database = TestDb::new().await;
    let _dead = start(database.store(), Work::Serve).await.unwrap();
    let seen = entity::now() - EXPIRES_AFTER - chrono::TimeDelta::seconds(1);
    let age = process::Entity::update_many().col_expr(process::Column::SeenAt, Expr::val(seen));
    age.exec(database.store().read()).await.unwrap();
    down(&database, &["--yes"]).succeeded();
}

#[tokio::test]
async fn a_server_is_known_as_long_as_it_runs() {
    let database = TestDb::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[("DATABASE_URL", database.url())]);
    serving.address();
    let line = down(&database, &["--yes"]).failed();
    assert!(
        line.starts_with("the database is in use: a server has been running since "),
        "{line}"
    );
    assert!(serving.stop("-TERM").success());
    down(&database, &["--yes"]).succeeded();
}

#[tokio::test]
async fn steps_that_cannot_be_taken_back_are_not_taken_back_in_part() {
    let database = TestDb::new().await;
    // The last of the steps drops a table that is not there.
    let connection = database.store().read();
    connection.execute_unprepared("DROP TABLE cdn_purge").await.unwrap();
    let outcome = down(&database, &["--steps", &all_steps(), "--yes"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(is_whole(&database).await);
}
