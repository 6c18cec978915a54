//! A site that was exported and brought in elsewhere is the same site, on a database of the other kind too.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use entity::job;
use migration::{Migrator, MigratorTrait};
use quoin::archive::{self, DERIVED, LEFT_OUT, tables};
use quoin::store::files::FileStore;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};

use crate::support::archive::{FullSite, bring, entries, export, files_in, odd_json, order_as_people_do};
use crate::support::bucket::Bucket;
use crate::support::{TestDb, lists};

#[tokio::test]
async fn what_was_brought_in_is_exported_byte_for_byte_the_same() {
    let site = FullSite::new().await;
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first.tar");
    site.export(&first).await;
    let held = entries(&first);
    for table in tables() {
        let name = format!("{}.jsonl", table.name);
        let rows = held.iter().find(|(entry, _)| *entry == name);
        assert!(!rows.unwrap().1.is_empty(), "no {name} to compare");
    }
    let sqlite = TestDb::migrated_sqlite().await;
    same_after(&sqlite, &first, &folder.path().join("second.tar")).await;
    // From here on as SQLite keeps it: to the kind that the suite runs on, and back.
    odd_json(&sqlite).await;
    let [third, fourth, fifth] = ["third.tar", "fourth.tar", "fifth.tar"].map(|name| folder.path().join(name));
    export(&sqlite, &third).await;
    let other = TestDb::new().await;
    order_as_people_do(&other).await;
    same_after(&other, &third, &fourth).await;
    same_after(&TestDb::migrated_sqlite().await, &fourth, &fifth).await;
}

/// Brings an archive into a database, and asserts that it is the same when it comes out.
async fn same_after(moved: &TestDb, before: &Path, after: &Path) {
    bring(moved, before).await.unwrap();
    lists::exact(moved.store(), "brought in".into()).await;
    export(moved, after).await;
    let found = entries(after);
    for (one, other) in entries(before).iter().zip(&found) {
        let texts = [&one.1, &other.1].map(|bytes| String::from_utf8_lossy(bytes));
        assert_eq!(texts[0], texts[1], "{}", one.0);
    }
    assert!(std::fs::read(before).unwrap() == std::fs::read(after).unwrap());
    let files = found.iter().filter(|(name, _)| name.starts_with("media/")).count();
    assert!(files > 0);
    assert_eq!(files_in(moved.media()).len(), files);
}

#[tokio::test]
async fn a_site_moves_between_a_folder_and_a_bucket() {
    let site = FullSite::new().await;
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first.tgz", "second.tgz"].map(|name| folder.path().join(name));
    let exported = site.export(&first).await;
    let bucket = Bucket::start();
    let moved = TestDb::new().await;
    archive::import(moved.store(), &bucket.files(), &first, &mut |_, _| ())
        .await
        .unwrap();
    assert_eq!(bucket.keys().len() as u64, exported.files);
    archive::export(moved.store(), &bucket.files(), &second, &mut |_, _| ())
        .await
        .unwrap();
    assert!(std::fs::read(&first).unwrap() == std::fs::read(&second).unwrap());
}

#[tokio::test]
async fn what_is_left_out_is_not_there_afterwards() {
    let site = FullSite::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.tar");
    site.export(&path).await;
    let moved = TestDb::new().await;
    bring(&moved, &path).await.unwrap();
    for table in [
        "session",
        "refresh_token",
        "signing_key",
        "preview_token",
        "media_variant",
    ] {
        assert!(LEFT_OUT.iter().any(|(name, _)| *name == table), "{table}");
        assert!(rows_in(&site.office.gazette.database, table).await > 0, "{table}");
        assert_eq!(rows_in(&moved, table).await, 0, "{table}");
    }
}

async fn rows_in(database: &TestDb, table: &str) -> i64 {
    let connection = database.store().read();
    let count = Statement::from_string(
        connection.get_database_backend(),
        format!("SELECT COUNT(*) FROM {table}"),
    );
    let row = connection.query_one_raw(count).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn a_file_that_the_media_store_lost_is_named_and_the_rest_can_be_brought_in() {
    let site = FullSite::new().await;
    let database = &site.office.gazette.database;
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first.tar", "second.tar"].map(|name| folder.path().join(name));
    site.export(&first).await;
    let files = entries(&first).into_iter().map(|(name, _)| name);
    let keys: Vec<_> = files
        .filter_map(|name| name.strip_prefix("media/").map(str::to_owned))
        .collect();
    std::fs::remove_file(database.media().join(&keys[0])).unwrap();
    std::fs::write(database.media().join(&keys[2]), "cut").unwrap();
    let store = FileStore::new(database.media().to_owned());
    let exported = archive::export(database.store(), &store, &second, &mut |_, _| ())
        .await
        .unwrap();
    let lost = BTreeSet::from([keys[0].clone(), keys[2].clone()]);
    assert_eq!(exported.lost, lost);
    assert_eq!(exported.files, keys.len() as u64 - 2);
    let moved = TestDb::new().await;
    bring(&moved, &second).await.unwrap();
    assert_eq!(files_in(moved.media()).len(), keys.len() - 2);
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
    let connection = &database.store().read().connections();
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
        .filter(|(table, column)| {
            let column = (table.as_str(), column.as_str());
            !DERIVED.contains(&column)
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
