//! A transaction is one from its start to its end: what it could not commit is not there, and what was acknowledged is.

use std::pin::pin;

use futures_util::poll;
use quoin::store::{Store, Transaction, is_transient};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::support::TestDb;

/// A table of numbers, and a store of one connection.
struct Marks {
    database: TestDb,
    store: Store,
}

impl Marks {
    async fn on(database: TestDb) -> Self {
        let table = "CREATE TABLE mark (id integer PRIMARY KEY, text text)";
        database.store().read().execute_unprepared(table).await.unwrap();
        let store = Store::open(database.url(), 1).await.unwrap();
        Self { database, store }
    }

    /// On SQLite, whatever the suite runs on, and without room for more than a few rows: on the connection that is open now.
    async fn on_a_full_disk() -> Self {
        let marks = Self::on(TestDb::migrated_sqlite().await).await;
        marks.fill().await;
        marks
    }

    async fn fill(&self) {
        let limit = "PRAGMA max_page_count = 1"; // no fewer than it has
        self.store.read().execute_unprepared(limit).await.unwrap();
    }

    /// What other connections find.
    async fn committed(&self) -> Vec<i32> {
        let reader = self.database.store().read();
        let all = Statement::from_string(reader.get_database_backend(), "SELECT id FROM mark ORDER BY id");
        let rows = reader.query_all_raw(all).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }
}

async fn insert(transaction: &impl ConnectionTrait, id: i32) -> Result<(), DbErr> {
    let insert = format!("INSERT INTO mark VALUES ({id}, NULL)");
    transaction.execute_unprepared(&insert).await.map(drop)
}

/// Writes a row that does not fit.
async fn overfill(transaction: &Transaction) -> DbErr {
    let insert = "INSERT INTO mark VALUES (0, hex(zeroblob(1000000)))";
    let error = transaction.execute_unprepared(insert).await.unwrap_err();
    assert!(error.to_string().contains("database or disk is full"), "{error}");
    error
}

#[tokio::test]
async fn what_is_acknowledged_after_a_full_disk_is_committed() {
    for end in ["drop", "rollback", "commit"] {
        let marks = Marks::on_a_full_disk().await;
        let failing = marks.store.write().await.unwrap();
        overfill(&failing).await;
        match end {
            "drop" => drop(failing),
            "rollback" => failing.rollback().await.unwrap(),
            _ => assert!(failing.commit().await.is_err()),
        }
        let refused = marks.store.write().await.unwrap();
        insert(&refused, 1).await.unwrap();
        refused.rollback().await.unwrap();
        let acknowledged = marks.store.write().await.unwrap();
        insert(&acknowledged, 2).await.unwrap();
        acknowledged.commit().await.unwrap();
        assert_eq!(marks.committed().await, [2], "{end}");
    }
}

#[tokio::test]
async fn nothing_more_is_written_by_a_transaction_that_sqlite_has_ended() {
    let marks = Marks::on_a_full_disk().await;
    let transaction = marks.store.write().await.unwrap();
    insert(&transaction, 1).await.unwrap();
    let cause = overfill(&transaction).await;
    assert_eq!(insert(&transaction, 2).await.unwrap_err(), cause);
    assert_eq!(transaction.within().await.map(drop).unwrap_err(), cause);
    assert_eq!(transaction.commit().await.unwrap_err(), cause);
    assert!(marks.committed().await.is_empty());
}

#[tokio::test]
async fn a_transaction_within_takes_the_outer_one_along_when_sqlite_ends_it() {
    let marks = Marks::on_a_full_disk().await;
    let outer = marks.store.write().await.unwrap();
    insert(&outer, 1).await.unwrap();
    let inner = outer.within().await.unwrap();
    let cause = overfill(&inner).await;
    drop(inner);
    assert_eq!(insert(&outer, 2).await.unwrap_err(), cause);
    assert_eq!(outer.commit().await.unwrap_err(), cause);
    assert!(marks.committed().await.is_empty());
    let next = marks.store.write().await.unwrap();
    insert(&next, 3).await.unwrap();
    next.commit().await.unwrap();
    assert_eq!(marks.committed().await, [3]);
}

#[tokio::test]
async fn a_violated_constraint_ends_the_transaction_it_happened_in_and_no_other() {
    let marks = Marks::on(TestDb::new().await).await;
    let outer = marks.store.write().await.unwrap();
    insert(&outer, 1).await.unwrap();
    let inner = outer.within().await.unwrap();
    insert(&inner, 2).await.unwrap();
    let cause = insert(&inner, 1).await.unwrap_err();
    assert!(!is_transient(&cause), "{cause}");
    assert!(insert(&inner, 3).await.is_err(), "databases agree");
    assert!(inner.commit().await.is_err());
    insert(&outer, 4).await.unwrap();
    let inner = outer.within().await.unwrap();
    insert(&inner, 5).await.unwrap();
    inner.commit().await.unwrap();
    outer.commit().await.unwrap();
    assert_eq!(marks.committed().await, [1, 4, 5]);
}

#[tokio::test]
async fn a_transaction_whose_statement_was_abandoned_is_not_committed() {
    let marks = Marks::on(TestDb::new().await).await;
    let transaction = marks.store.write().await.unwrap();
    insert(&transaction, 1).await.unwrap();
    {
        let slow = "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 1000000)
            INSERT INTO mark SELECT max(n), NULL FROM counted";
        let mut abandoned = pin!(transaction.execute_unprepared(slow));
        assert!(poll!(abandoned.as_mut()).is_pending());
    }
    assert!(insert(&transaction, 3).await.is_err());
    assert!(transaction.commit().await.is_err());
    assert!(marks.committed().await.is_empty());
}

#[tokio::test]
async fn no_connection_stays_in_a_transaction_whose_start_was_abandoned() {
    for polls in 1..4 {
        let marks = Marks::on(TestDb::new().await).await;
        {
            let mut begun = pin!(marks.store.write());
            for _ in 0..polls {
                let _ = poll!(begun.as_mut());
            }
        }
        insert(marks.store.read(), polls).await.unwrap();
        assert_eq!(marks.committed().await, [polls]);
    }
}

#[tokio::test]
async fn a_commit_is_on_the_disk_before_it_is_acknowledged() {
    const FULL: i32 = 2;
    let database = TestDb::migrated_sqlite().await;
    let setting = Statement::from_string(DbBackend::Sqlite, "PRAGMA synchronous");
    let row = database.store().read().query_one_raw(setting).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), FULL);
}

#[tokio::test]
async fn errors_that_pass_are_told_from_those_that_do_not() {
    // A writer that waits for a lock, and gives up.
    let marks = Marks::on(TestDb::new().await).await;
    let impatient = match marks.store.read().get_database_backend() {
        DbBackend::Postgres => "SET lock_timeout = 1",
        _ => "PRAGMA busy_timeout = 0",
    };
    marks.store.read().execute_unprepared(impatient).await.unwrap();
    let holder = marks.database.store().write().await.unwrap();
    insert(&holder, 1).await.unwrap();
    let locked = insert(marks.store.read(), 1).await.unwrap_err();
    assert!(is_transient(&locked), "{locked}");
    holder.rollback().await.unwrap();
    let wrong = marks
        .store
        .read()
        .execute_unprepared("SELECT nothing FROM mark")
        .await
        .unwrap_err();
    assert!(!is_transient(&wrong), "{wrong}");
}

#[tokio::test]
async fn a_database_that_refuses_writes_is_not_ready() {
    let marks = Marks::on(TestDb::new().await).await;
    marks.store.check_ready().await.unwrap();
    let url = match marks.store.read().get_database_backend() {
        DbBackend::Postgres => format!(
            "{}?options=-c%20default_transaction_read_only%3Don",
            marks.database.url()
        ),
        _ => format!("{}?mode=ro", marks.database.url()),
    };
    let read_only = Store::open(&url, 1).await.unwrap();
    read_only.check_ready().await.unwrap_err();
    let refused = insert(read_only.read(), 1).await.unwrap_err();
    assert!(is_transient(&refused), "{refused}");
}

#[tokio::test]
async fn a_writer_that_holds_the_lock_does_not_make_the_database_unready() {
    let marks = Marks::on(TestDb::new().await).await;
    let holder = marks.database.store().write().await.unwrap();
    insert(&holder, 1).await.unwrap();
    marks.store.check_ready().await.unwrap();
}
