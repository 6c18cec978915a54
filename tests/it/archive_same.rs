//! A site that was exported and brought in elsewhere is the same site, on a database of the other kind too.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use entity::job;
use migration::{Migrator, MigratorTrait};
use quoin::archive::{LEFT_OUT, tables};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};

use crate::support::TestDb;
use crate::support::archive::{FullSite, bring, entries, export, files_in};

#[tokio::test]
async fn what_was_brought_in_is_exported_byte_for_byte_the_same() {
    let site = FullSite::new().await;
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = ["a.tar", "b.tar", "c.tar"].map(|name| folder.path().join(name));
    site.export(&first).await;
    // To SQLite and back to the kind that the suite runs on.
    let moved = TestDb::migrated_sqlite().await;
    bring(&moved, &first).await.unwrap();
    export(&moved, &second).await;
    let back = TestDb::new().await;
    bring(&back, &second).await.unwrap();
    export(&back, &third).await;
    for (before, after) in [(&first, &second), (&second, &third)] {
        for (one, other) in entries(before).iter().zip(entries(after)) {
            assert_eq!(
                String::from_utf8_lossy(&one.1),
                String::from_utf8_lossy(&other.1),
                "{}",
                one.0
            );
        }
        assert!(std::fs::read(before).unwrap() == std::fs::read(after).unwrap());
    }
    let held = entries(&first);
    for name in [
        "password",
        "membership",
        "media",
        "category",
        "post",
        "revision",
        "comment",
        "navigation_item",
    ] {
        let (_, rows) = held
            .iter()
            .find(|(entry, _)| *entry == format!("{name}.jsonl"))
            .unwrap();
        assert!(name == "password" || !rows.is_empty(), "no {name} to compare");
    }
    assert!(held.iter().any(|(name, _)| name.starts_with("media/")));
    assert_eq!(
        files_in(back.media()).len(),
        held.iter().filter(|(name, _)| name.starts_with("media/")).count()
    );
}

#[tokio::test]
async fn a_scheduled_post_is_still_going_to_be_published() {
    let site = FullSite::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.tgz");
    site.export(&path).await;
    let moved = TestDb::new().await;
    bring(&moved, &path).await.unwrap();
    let jobs = async |database: &TestDb| {
        let jobs = job::Entity::find().all(database.store().read()).await.unwrap();
        let jobs = jobs.into_iter().filter(|job| job.kind == "publish-post");
        let mut jobs: Vec<_> = jobs
            .map(|job| (job.unique_key, job.payload.to_string(), job.run_at))
            .collect();
        jobs.sort();
        jobs
    };
    let expected = jobs(&site.office.gazette.database).await;
    assert!(!expected.is_empty());
    assert_eq!(jobs(&moved).await, expected);
}

#[tokio::test]
async fn an_archive_is_for_its_owner_alone_and_packed_when_its_name_says_so() {
    let database = TestDb::new().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, begins) in [
        ("a.tar", &b"quoin.json"[..]),
        ("a.tar.gz", &[0x1f, 0x8b]),
        ("a.tgz", &[0x1f, 0x8b]),
    ] {
        let path = folder.path().join(name);
        export(&database, &path).await;
        assert!(std::fs::read(&path).unwrap().starts_with(begins), "{name}");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn every_table_is_exported_whole_or_left_out_for_a_reason() {
    let database = TestDb::empty().await;
    let connection = database.store().read();
    Migrator::up(connection, None).await.unwrap();
    let backend = connection.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = 'public'"
        }
        _ => "SELECT m.name AS t, p.name AS c FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'",
    };
    let rows = connection
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    let left_out = |table: &str| LEFT_OUT.iter().any(|(name, _)| *name == table);
    let there: BTreeSet<(String, String)> = rows
        .iter()
        .map(|row| (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap()))
        .filter(|(table, _): &(String, String)| {
            table != "seaql_migrations" && !table.starts_with("sqlite_") && !left_out(table)
        })
        .collect();
    let exported: BTreeSet<(String, String)> = tables()
        .iter()
        .flat_map(|table| {
            table
                .columns
                .iter()
                .map(|column| (table.name.to_owned(), column.name.to_owned()))
        })
        .collect();
    assert_eq!(
        exported, there,
        "a new table or column changes the form of archives: VERSION in src/archive"
    );
    assert!(tables().iter().all(|table| !left_out(table.name)));
}
