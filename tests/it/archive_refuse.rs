//! An archive that is not what it should be is refused on one line; nothing of it is kept.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::archive::{FullSite, bring, entries, packed};
use crate::support::broken::{Broken, says};
use crate::support::command::{Outcome, quoin};

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
    // Cut just where a file begins, or a table.
    for entries in [broken.good.len() - 1, 3, 1] {
        says(&broken.refused(&packed(&broken.good[..entries])).await, "cut short");
    }
}

#[tokio::test]
async fn a_packed_archive_that_is_damaged_is_refused_however_little() {
    let broken = Broken::new().await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&packed(&broken.good)).unwrap();
    let whole = encoder.finish().unwrap();
    // The last of these cut only the checksum of the whole.
    for length in [11, whole.len() / 3, whole.len() - 9, whole.len() - 1] {
        let line = broken.refused(&whole[..length]).await;
        assert!(line.contains("cut short") || line.contains("no archive"), "{line}");
    }
    let mut turned = whole.clone();
    turned[whole.len() - 6] ^= 1;
    says(&broken.refused(&turned).await, "damaged");
    bring(&broken.empty, &broken.written(&whole)).await.unwrap();
}

#[tokio::test]
async fn tables_that_are_unknown_missing_or_there_twice_are_refused() {
    let broken = Broken::new().await;
    let line = broken
        .changed("quoin.json", "\"rows\":{", "\"rows\":{\"shoe\":0,")
        .await;
    says(&line, "counts rows of \"shoe\", and there is no such table");
    let line = broken.changed("quoin.json", "\"comment\":", "\"shoe\":").await;
    says(&line, "no such table");
    let place = broken.place("tag.jsonl");
    let mut entries = broken.good.clone();
    entries.insert(place, ("shoe.jsonl".to_owned(), b"{}\n".to_vec()));
    says(
        &broken.refused(&packed(&entries)).await,
        "\"tag.jsonl\" should come where \"shoe.jsonl\" is",
    );
    entries[place] = broken.good[place - 1].clone();
    says(
        &broken.refused(&packed(&entries)).await,
        "\"tag.jsonl\" should come where",
    );
    entries.drain(place..=place + 1);
    says(
        &broken.refused(&packed(&entries)).await,
        "\"tag.jsonl\" should come where",
    );
    let rows = &broken.good[place].1;
    let mut entries = broken.good.clone();
    entries[place].1 = rows
        .split_inclusive(|byte| *byte == b'\n')
        .skip(1)
        .flatten()
        .copied()
        .collect();
    says(&broken.refused(&packed(&entries)).await, "is not what quoin.json says");
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

#[tokio::test]
async fn the_command_fails_with_one_line_and_then_takes_the_archive_that_is_whole() {
    let broken = Broken::new().await;
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| Outcome::of(&mut quoin(folder.path(), arguments));
    says(
        &run(&["import", "quoin", "nowhere.tar"]).failed(),
        "nowhere.tar cannot be read",
    );
    let whole = packed(&broken.good);
    std::fs::write(folder.path().join("cut.tar"), &whole[..whole.len() / 2]).unwrap();
    says(&run(&["import", "quoin", "cut.tar"]).failed(), "nothing was brought in");
    std::fs::write(folder.path().join("whole.tar"), &whole).unwrap();
    says(&run(&["import", "quoin", "whole.tar"]).succeeded(), "Brought in: ");
    says(&run(&["export", "again.tar"]).succeeded(), "Exported to again.tar: ");
    assert!(entries(&folder.path().join("again.tar")) == broken.good);
}
