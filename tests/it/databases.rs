//! Tests do not disturb each other.

use sea_orm::{ConnectionTrait, Statement};

use crate::support::TestDb;

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
