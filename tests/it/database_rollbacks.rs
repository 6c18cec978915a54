//! Transactions that PostgreSQL rolls back: the client gets UNAVAILABLE and no internals, nothing is changed, and the same
//! request succeeds when it is sent again.

use entity::membership::Role;
use entity::{audit_event, change, post, revision};
use futures_util::future::join;
use quoin::store::{Store, Transaction, is_transient};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryOrder, Statement};
use serde_json::{Value, json};

use crate::support::TestDb;
use crate::support::database::CONNECTIONS;
use crate::support::jobs::until;
use crate::support::press::{Press, Writer};

/// A published post, and connections beside those of the server.
struct Rival {
    press: Press,
    editor: Writer,
    post: String,
    store: Store,
}

/// All that a change of the post writes.
type Written = (
    Vec<post::Model>,
    Vec<revision::Model>,
    Vec<change::Model>,
    Vec<audit_event::Model>,
);

impl Rival {
    /// None on SQLite, where one transaction writes at a time.
    async fn new() -> Option<Self> {
        let press = Press::start().await;
        if press.server.store.read().get_database_backend() != DbBackend::Postgres {
            return None;
        }
        let editor = press.member("editor", Role::Editor).await;
        let post = press.publish(&editor, "Hello").await;
        let store = Store::open(press.server.database().url(), CONNECTIONS).await.unwrap();
        Some(Self {
            press,
            editor,
            post,
            store,
        })
    }

    /// A transaction that has executed a statement. It never detects a deadlock itself.
    async fn holding(&self, statement: &str) -> Transaction {
        let transaction = self.store.write().await.unwrap();
        for statement in ["SET LOCAL deadlock_timeout = '1h'", statement] {
            transaction.execute_unprepared(statement).await.unwrap();
        }
        transaction
    }

    /// The whole response to a request that takes the post back.
    async fn unpublish(&self) -> Value {
        let input = json!({ "id": self.post });
        self.press
            .told(&self.editor, "postUnpublish", "post { status }", input)
            .await
    }

    /// Waits until so many connections wait for locks.
    async fn waiting(&self, count: i64) {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until(async || number(self.press.server.database().store(), waiting).await == count).await;
    }

    async fn written(&self) -> Written {
        let read = self.press.server.database().store().read();
        (
            post::Entity::find().all(read).await.unwrap(),
            revision::Entity::find().all(read).await.unwrap(),
            change::Entity::find().all(read).await.unwrap(),
            audit_event::Entity::find()
                .order_by_asc(audit_event::Column::Id)
                .all(read)
                .await
                .unwrap(),
        )
    }

    /// Asserts that a request changed nothing and said no more than that it can be sent again, and that it then succeeds.
    async fn is_unavailable(&self, response: Value, before: Written) {
        assert_eq!(response["data"], json!({ "it": null }), "{response}");
        let errors = response["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{response}");
        assert_eq!(errors[0]["path"], json!(["it"]), "{response}");
        assert_eq!(errors[0]["extensions"], json!({ "code": "UNAVAILABLE" }), "{response}");
        assert_eq!(errors[0]["message"], quoin::domain::refusal::UNAVAILABLE);
        assert_eq!(self.written().await, before);
        let again = self.unpublish().await;
        assert_eq!(again["data"]["it"]["post"]["status"], "DRAFT", "{again}");
        assert_ne!(self.written().await, before);
    }
}

async fn number(store: &Store, sql: &str) -> i64 {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = store.read().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn the_victim_of_a_deadlock_changes_nothing_and_can_be_sent_again() {
    let Some(rival) = Rival::new().await else { return };
    let before = rival.written().await;
    // The request locks the publication, then the post, and the clock of changes last.
    let clock = rival.holding("UPDATE change_clock SET position = position").await;
    let post = rival.holding("SELECT id FROM post FOR UPDATE").await;
    let deadlock = async {
        rival.waiting(1).await;
        let publication = clock.execute_unprepared("SELECT id FROM publication FOR NO KEY UPDATE");
        let release = async {
            rival.waiting(2).await;
            // The request goes on to the clock, which closes the circle.
            post.rollback().await.unwrap();
        };
        // Granted because the request was rolled back.
        join(publication, release).await.0.unwrap();
        clock.rollback().await.unwrap();
    };
    let (response, ()) = join(rival.unpublish(), deadlock).await;
    rival.is_unavailable(response, before).await;
}

#[tokio::test]
async fn a_connection_that_ends_before_its_commit_changes_nothing_and_the_request_can_be_sent_again() {
    let Some(rival) = Rival::new().await else { return };
    let before = rival.written().await;
    // What the request waits for when it has written everything else.
    let clock = rival.holding("UPDATE change_clock SET position = position").await;
    let end = async {
        rival.waiting(1).await;
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        assert_eq!(number(rival.press.server.database().store(), end).await, 1);
        rival.waiting(0).await;
        clock.rollback().await.unwrap();
    };
    let (response, ()) = join(rival.unpublish(), end).await;
    rival.is_unavailable(response, before).await;
}

#[tokio::test]
async fn a_transaction_that_cannot_be_serialized_is_rolled_back_and_may_succeed_later() {
    let Some(rival) = Rival::new().await else { return };
    let serializable = async || {
        let transaction = rival.store.write().await.unwrap();
        for statement in [
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SELECT position FROM change_clock",
        ] {
            transaction.execute_unprepared(statement).await.unwrap();
        }
        transaction
    };
    let tick = "UPDATE change_clock SET position = position + 1";
    let (first, second) = (serializable().await, serializable().await);
    first.execute_unprepared(tick).await.unwrap();
    first.commit().await.unwrap();
    let error = second.execute_unprepared(tick).await.unwrap_err();
    assert!(error.to_string().contains("could not serialize access"), "{error}");
    assert!(is_transient(&error));
    assert_eq!(second.commit().await.unwrap_err(), error);
    let third = serializable().await;
    third.execute_unprepared(tick).await.unwrap();
    third.commit().await.unwrap();
}

#[tokio::test]
async fn errors_of_postgresql_are_transient_by_their_code() {
    let database = TestDb::new().await;
    let store = database.store();
    if store.read().get_database_backend() != DbBackend::Postgres {
        return;
    }
    let raised = async |state: &str| -> DbErr {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'raised' USING ERRCODE = '{state}'; END $$");
        store.read().execute_unprepared(&raise).await.unwrap_err()
    };
    for (state, transient) in [
        ("08006", true),  // connection_failure
        ("25006", true),  // read_only_sql_transaction
        ("25P03", true),  // idle_in_transaction_session_timeout
        ("40001", true),  // serialization_failure
        ("40P01", true),  // deadlock_detected
        ("53100", true),  // disk_full
        ("53300", true),  // too_many_connections
        ("55P03", true),  // lock_not_available
        ("57014", true),  // query_canceled, also by statement_timeout
        ("57P01", true),  // admin_shutdown
        ("58030", true),  // io_error
        ("22001", false), // string_data_right_truncation
        ("23505", false), // unique_violation
        ("25P02", false), // in_failed_sql_transaction
        ("28000", false), // invalid_authorization_specification
        ("42P01", false), // undefined_table
        ("55006", false), // object_in_use
        ("P0001", false), // raise_exception
        ("XX000", false), // internal_error
    ] {
        assert_eq!(is_transient(&raised(state).await), transient, "{state}");
    }
}
