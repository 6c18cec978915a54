//! Clocks that differ are noticed.

use chrono::TimeDelta;
use quoin::store::{Store, clock};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::support::TestDb;
use crate::support::accounts::accounts;
use crate::support::command::{Outcome, quoin};
use crate::support::database::CONNECTIONS;
use crate::support::jobs::until;
use crate::support::log::{Log, of_process};

#[tokio::test]
async fn the_clock_of_this_machine_is_the_databases() {
    let database = TestDb::new().await;
    let skew = clock::skew(database.store().read()).await.unwrap();
    match database.store().read().get_database_backend() {
        DbBackend::Postgres => assert!(skew.unwrap().abs() < clock::MAX_SKEW, "{skew:?}"),
        _ => assert_eq!(skew, None),
    }
}

#[tokio::test]
async fn a_database_whose_clock_is_ahead_is_named_by_doctor_and_in_the_log() {
    let database = TestDb::new().await;
    if database.store().read().get_database_backend() != DbBackend::Postgres {
        return;
    }
    let name = database.url().rsplit('/').next().unwrap();
    // Names are looked up there first.
    let ahead = format!(
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
           AS 'SELECT pg_catalog.clock_timestamp() + interval ''90 seconds''';
         ALTER DATABASE {name} SET search_path = public, pg_catalog"
    );
    database.store().read().execute_unprepared(&ahead).await.unwrap();
    let store = Store::open(database.url(), CONNECTIONS).await.unwrap();
    let skew = clock::skew(store.read()).await.unwrap().unwrap();
    assert!((skew - TimeDelta::seconds(90)).abs() < clock::MAX_SKEW, "{skew}");

    of_process();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone());
    let logging = tracing::subscriber::set_default(subscriber.finish());
    let _accounts = accounts(&store, database.outbox()).await;
    until(async || {
        log.text()
            .contains("the clock of the database is ahead of this machine's")
    })
    .await;
    drop(logging);

    let folder = tempfile::tempdir().unwrap();
    let outcome = Outcome::of(quoin(folder.path(), &["doctor"]).env("DATABASE_URL", database.url()));
    let line = outcome.stdout.lines().find(|line| line.contains(" clock: "));
    let line = line.unwrap_or_else(|| panic!("{outcome:#?}"));
    assert!(line.starts_with("wrong") && line.contains("+90."), "{line}");
    assert_eq!(outcome.code, Some(1));
}
