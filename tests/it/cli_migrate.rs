//! The steps that build the database go up, down and up again.

use crate::support::TestDb;
use crate::support::command::{Outcome, quoin};

fn migrate(database: &TestDb, arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&["migrate"], arguments].concat();
    Outcome::of(quoin(folder.path(), &arguments).env("DATABASE_URL", database.url()))
}

#[tokio::test]
async fn migrations_go_up_down_and_up_again() {
    let database = TestDb::empty().await;
    let all_are = |state: &str, text: &str| !text.is_empty() && text.lines().all(|line| line.starts_with(state));
    assert!(all_are("pending", &migrate(&database, &["status"]).succeeded()));
    for _ in 0..2 {
        let up = migrate(&database, &["up"]).succeeded();
        assert!(all_are("applied", &up), "{up}");
        let steps = up.lines().count().to_string();
        let down = migrate(&database, &["down", "--steps", &steps, "--yes"]).succeeded();
        let is_step = |line: &&str| line.starts_with("applied") || line.starts_with("pending");
        let left: Vec<&str> = down.lines().filter(is_step).collect();
        assert!(all_are("pending", &left.join("\n")), "{down}");
    }
}

#[tokio::test]
async fn status_changes_nothing() {
    let database = TestDb::empty().await;
    let first = migrate(&database, &["status"]).succeeded();
    assert_eq!(migrate(&database, &["status"]).succeeded(), first);
    let connection = database.store().read();
    let tables = sea_orm::ConnectionTrait::execute_unprepared(connection, "SELECT * FROM seaql_migrations").await;
    assert!(tables.is_err());
}

#[tokio::test]
async fn up_twice_is_up_once() {
    let database = TestDb::new().await;
    let status = migrate(&database, &["status"]).succeeded();
    assert_eq!(migrate(&database, &["up"]).succeeded(), status);
}
