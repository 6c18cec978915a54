//! An archive that is not what it should be is refused on one line; nothing of it is kept.

use std::path::Path;

use entity::user;
use sea_orm::{EntityTrait, PaginatorTrait};
use tar::EntryType;
use tempfile::TempDir;

use crate::support::TestDb;
use crate::support::archive::{FullSite, bring, entries, files_in, header, packed};
use crate::support::command::{Outcome, quoin};

/// The entries of a good archive, and an empty place to bring others into.
struct Broken {
    good: Vec<(String, Vec<u8>)>,
    empty: TestDb,
    folder: TempDir,
}

impl Broken {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("good.tar");
        FullSite::new().await.export(&path).await;
        Self {
            good: entries(&path),
            empty: TestDb::new().await,
            folder,
        }
    }

    /// Why these bytes are refused, without anything kept.
    async fn refused(&self, archive: &[u8]) -> String {
        let path = self.folder.path().join("bad.tar");
        std::fs::write(&path, archive).unwrap();
        let line = bring(&self.empty, &path).await.unwrap_err().to_string();
        assert!(!line.contains('\n'), "{line}");
        let people = user::Entity::find().count(self.empty.store().read()).await.unwrap();
        assert_eq!(people, 0, "{line}");
        assert_eq!(files_in(self.empty.media()), Vec::<std::path::PathBuf>::new(), "{line}");
        line
    }

    /// Why the good archive with one text changed, everywhere in one entry, is refused.
    async fn changed(&self, entry: &str, from: &str, to: &str) -> String {
        let mut entries = self.good.clone();
        let (_, bytes) = entries.iter_mut().find(|(name, _)| name == entry).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{entry} has no {from}");
        *bytes = text.replacen(from, to, 1).into_bytes();
        self.refused(&packed(&entries)).await
    }
}

#[track_caller]
fn says(line: &str, part: &str) {
    assert!(line.contains(part), "{line:?} does not say {part:?}");
}

#[tokio::test]
async fn what_is_no_whole_archive_is_refused() {
    let broken = Broken::new().await;
    for nonsense in [
        &b""[..],
        b"PK\x03\x04",
        b"{}",
        &[0; 4096],
        &[0x1f, 0x8b, 8, 0, 0],
        &[b'x'; 2000],
    ] {
        let line = broken.refused(nonsense).await;
        assert!(line.contains("no archive") || line.contains("cut short"), "{line}");
    }
    let whole = packed(&broken.good);
    for part in [1, 2, 3, 5, 9] {
        let line = broken.refused(&whole[..whole.len() / 10 * part]).await;
        assert!(line.contains("cut short"), "{line}");
    }
    // Cut just where a file begins.
    says(
        &broken.refused(&packed(&broken.good[..broken.good.len() - 1])).await,
        "cut short",
    );
}

#[tokio::test]
async fn an_archive_of_a_newer_version_says_so() {
    let broken = Broken::new().await;
    let line = broken.changed("quoin.json", "\"version\":1", "\"version\":2").await;
    says(&line, "form 2");
    says(
        &broken
            .changed("quoin.json", "\"format\":\"quoin\"", "\"format\":\"zip\"")
            .await,
        "no archive",
    );
}

#[tokio::test]
async fn a_row_that_no_table_can_hold_is_named_by_its_line() {
    let broken = Broken::new().await;
    for (entry, from, to, expected) in [
        (
            "user.jsonl",
            "{\"id\"",
            "{\"shoe_size\":44,\"id\"",
            "user.jsonl, line 1: there is no column \"shoe_size\"",
        ),
        ("user.jsonl", "\"username\"", "\"usernames\"", "no column \"username\""),
        ("user.jsonl", "\"bio\":\"", "\"bio\":\"a\\u0000b", "\"bio\" cannot hold"),
        (
            "user.jsonl",
            "\"bio\":\"",
            "\"bio\":\"\\ud800",
            "line 1: it is not a JSON object",
        ),
        ("membership.jsonl", "\"OWNER\"", "\"KING\"", "\"role\" cannot hold"),
    ] {
        says(&broken.changed(entry, from, to).await, expected);
    }
    says(&broken.changed("user.jsonl", "{\"id\"", "\n{\"id\"").await, "line 1");
}

#[tokio::test]
async fn a_reference_to_nothing_is_refused() {
    let broken = Broken::new().await;
    let nobody = uuid::Uuid::now_v7().to_string();
    let (_, rows) = broken
        .good
        .iter()
        .find(|(name, _)| name == "post_author.jsonl")
        .unwrap();
    let row: serde_json::Value = serde_json::from_slice(rows.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    let user = row["user_id"].as_str().unwrap();
    let line = broken.changed("post_author.jsonl", user, &nobody).await;
    says(&line, "refers to one that is not there");
    let (_, rows) = broken.good.iter().find(|(name, _)| name == "user.jsonl").unwrap();
    let twice = [rows.as_slice(), rows].concat();
    let mut entries = broken.good.clone();
    entries.iter_mut().find(|(name, _)| name == "user.jsonl").unwrap().1 = twice;
    says(&broken.refused(&packed(&entries)).await, "twice");
}

#[tokio::test]
async fn files_that_no_row_names_are_refused() {
    let broken = Broken::new().await;
    let file = broken.good.last().unwrap().clone();
    assert!(file.0.starts_with("media/"));
    let with = |name: &str, bytes: &[u8]| {
        let mut entries = broken.good.clone();
        entries.push((name.to_owned(), bytes.to_vec()));
        packed(&entries)
    };
    for name in [
        "media/../../escaped",
        "media//etc/passwd",
        "media/x",
        "media/ab/0190aaaaaaaa7aaaaaaaaaaaaaaaaaab.png",
    ] {
        says(&broken.refused(&with(name, b"x")).await, "none that its rows name");
    }
    for name in ["../escaped", "/etc/passwd", "more.jsonl"] {
        says(&broken.refused(&with(name, b"x")).await, "nothing that belongs there");
    }
    says(&broken.refused(&with(&file.0, &file.1)).await, "twice");
    let key = file.0.trim_start_matches("media/");
    says(
        &broken.changed("media.jsonl", key, "../../../escaped").await,
        "\"storage_key\"",
    );
    assert!(!Path::new(broken.empty.media()).join("../../../escaped").exists());
}

#[tokio::test]
async fn links_and_sizes_that_lie_are_refused() {
    let broken = Broken::new().await;
    let (files, rows): (Vec<_>, Vec<_>) = broken
        .good
        .iter()
        .cloned()
        .partition(|(name, _)| name.starts_with("media/"));
    let mut start = packed(&rows);
    start.truncate(start.len() - 1024);
    let then = |more: Vec<u8>| [start.clone(), more].concat();
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Directory,
        EntryType::GNULongName,
        EntryType::XHeader,
    ] {
        says(
            &broken.refused(&then(header(&files[0].0, 0, kind))).await,
            "no plain file",
        );
    }
    let huge = 10 * 1024 * 1024 * 1024;
    says(
        &broken
            .refused(&then(header(&files[0].0, huge, EntryType::Regular)))
            .await,
        "not as long",
    );
    says(
        &broken.refused(&header("quoin.json", huge, EntryType::Regular)).await,
        "no archive",
    );
    let whole = packed(&rows[..1]);
    let table = [
        &whole[..whole.len() - 1024],
        &header("publication.jsonl", huge, EntryType::Regular),
    ]
    .concat();
    says(&broken.refused(&table).await, "cut short");
}

#[tokio::test]
async fn an_archive_is_brought_only_into_an_empty_database_and_never_over_a_file() {
    let site = FullSite::new().await;
    let database = &site.office.gazette.database;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.tar");
    site.export(&path).await;
    let run = |arguments: &[&str]| {
        let mut command = quoin(folder.path(), arguments);
        Outcome::of(command.env("DATABASE_URL", database.url()))
    };
    says(
        &run(&["import", "quoin", "site.tar"]).failed(),
        "the database is not empty",
    );
    says(
        &run(&["import", "quoin", "site.tar", "--dry-run"]).failed(),
        "--dry-run",
    );
    says(&run(&["export", "site.tar"]).failed(), "already");
    says(&run(&["export", "nowhere/site.tar"]).failed(), "nowhere");
    let before = std::fs::read(&path).unwrap();
    let told = run(&["export", "again.tar"]).succeeded();
    says(&told, "Exported to again.tar");
    // Its media lie elsewhere than this command's.
    says(&told, "Not in it: the file ");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
