//! A database that a newer version of Quoin migrated: one that this version can work on is served, any other is named.

use std::path::Path;

use entity::schema_compatibility;
use quoin::app;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::support::TestDb;
use crate::support::command::{Outcome, quoin};
use crate::support::serving::Serving;

const FUTURE: &str = "m29990101_000001_future";

/// Notes a migration that this version does not know.
async fn apply_future(database: &TestDb) {
    let insert = format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{FUTURE}', 0)");
    database.store().read().execute_unprepared(&insert).await.unwrap();
}

/// And that versions must know it.
async fn require_future(database: &TestDb) {
    let update =
        schema_compatibility::Entity::update_many().col_expr(schema_compatibility::Column::Required, Expr::val(FUTURE));
    update.exec(database.store().read()).await.unwrap();
}

fn run(folder: &Path, database: &TestDb, arguments: &[&str]) -> Outcome {
    Outcome::of(quoin(folder, arguments).env("DATABASE_URL", database.url()))
}

#[tokio::test]
async fn a_newer_database_that_is_compatible_is_served() {
    let database = TestDb::new().await;
    apply_future(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[("DATABASE_URL", database.url())]);
    let address = serving.address();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client
        .get(format!("http://{address}/health/ready"))
        .send()
        .await
        .unwrap();
    assert!(response.status().is_success());
    assert!(serving.stop("-TERM").success());
    let status = run(folder.path(), &database, &["migrate", "status"]).succeeded();
    assert!(
        status.contains(&format!("applied  {FUTURE}  (by a newer version)")),
        "{status}"
    );
    assert!(
        status.contains(&format!("Note: the database was migrated to {FUTURE}")),
        "{status}"
    );
    run(folder.path(), &database, &["migrate", "up"]).succeeded();
    let doctor = run(folder.path(), &database, &["doctor"]).stdout;
    let line = doctor.lines().find(|line| line.contains(" database: ")).unwrap();
    assert!(
        line.starts_with("ok ") && line.ends_with("this version can work on it"),
        "{line}"
    );
}

#[tokio::test]
async fn a_newer_database_that_is_not_compatible_is_named_with_what_it_needs() {
    let database = TestDb::new().await;
    apply_future(&database).await;
    require_future(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let schema = app::schema(database.store()).await.unwrap();
    let known = &schema.own.last().unwrap().0;
    let expected = format!(
        "the database was migrated to {FUTURE} by a newer version of Quoin, and a version must know {FUTURE} to work on it; \
         this one knows up to {known}. Use the newer version"
    );
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["user", "list"],
        &["migrate", "up"],
    ] {
        assert_eq!(
            run(folder.path(), &database, arguments).failed(),
            expected,
            "{arguments:?}"
        );
    }
    let status = run(folder.path(), &database, &["migrate", "status"]).succeeded();
    assert!(status.ends_with(&format!("Note: {expected}\n")), "{status}");
    let doctor = run(folder.path(), &database, &["doctor"]).stdout;
    assert!(
        doctor.contains("wrong  database: ") && doctor.contains(&expected),
        "{doctor}"
    );
}

#[tokio::test]
async fn what_an_older_version_might_lose_is_left_to_the_newer_one() {
    let database = TestDb::new().await;
    apply_future(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), &database, &["export", "site.tgz"]);
    let expected = format!("quoin: a newer version of Quoin applied {FUTURE}; an export");
    let refused = outcome
        .stderr
        .lines()
        .last()
        .is_some_and(|line| line.starts_with(&expected));
    assert!(outcome.code == Some(1) && refused, "{outcome:?}");
    assert!(!folder.path().join("site.tgz").exists());
    let line = run(folder.path(), &database, &["migrate", "down", "--yes"]).failed();
    assert_eq!(
        line,
        format!("a newer version of Quoin applied {FUTURE}; only that version can take it back")
    );
}

#[tokio::test]
async fn a_database_of_another_line_of_versions_is_not_touched() {
    let database = TestDb::new().await;
    apply_future(&database).await;
    let forget = "DELETE FROM seaql_migrations WHERE version LIKE '%_trusted_documents'";
    database.store().read().execute_unprepared(forget).await.unwrap();
    let error = app::migrate(database.store()).await.unwrap_err().to_string();
    assert!(
        error.contains(FUTURE) && error.contains("and lacks m20261123_000009_trusted_documents"),
        "{error}"
    );
}
