//! Files of an archive that are not what its rows say are refused on one line; nothing of it is kept, and nothing that was
//! there before is touched.

use std::path::PathBuf;

use quoin::archive;
use tar::EntryType;

use crate::support::archive::{bring, files_in, header, packed};
use crate::support::broken::{Broken, says};
use crate::support::bucket::Bucket;

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
        &file.0,
    ] {
        says(&broken.refused(&with(name, b"x")).await, "none that its rows name");
    }
    for name in ["../escaped", "/etc/passwd", "more.jsonl"] {
        says(&broken.refused(&with(name, b"x")).await, "nothing that belongs there");
    }
    let key = file.0.trim_start_matches("media/");
    says(
        &broken.changed("media.jsonl", key, "../../../escaped").await,
        "\"storage_key\"",
    );
    assert!(!broken.empty.media().join("../../../escaped").exists());
}

#[tokio::test]
async fn files_that_rows_name_must_be_there_in_the_order_of_the_rows() {
    let broken = Broken::new().await;
    let first = broken
        .good
        .iter()
        .position(|(name, _)| name.starts_with("media/"))
        .unwrap();
    let count = broken.good.len() - first;
    let mut entries = broken.good.clone();
    entries.swap(first, first + 1);
    says(&broken.refused(&packed(&entries)).await, "should be");
    // One is missing, and the count is made to fit.
    let text = String::from_utf8(broken.good[0].1.clone()).unwrap();
    let (from, to) = (format!("\"files\":{count}"), format!("\"files\":{}", count - 1));
    assert!(text.contains(&from));
    for (missing, expected) in [
        (first, "should be"),
        (broken.good.len() - 1, "which its rows name, is not in it"),
    ] {
        let mut entries = broken.good.clone();
        entries.remove(missing);
        entries[0].1 = text.replace(&from, &to).into_bytes();
        says(&broken.refused(&packed(&entries)).await, expected);
    }
    says(
        &broken
            .changed("quoin.json", "\"lost\":[", "\"lost\":[\"aa/none.png\"")
            .await,
        "calls files lost that its rows do not name",
    );
}

#[tokio::test]
async fn what_a_failed_import_sent_to_a_bucket_is_removed() {
    let broken = Broken::new().await;
    let bucket = Bucket::start();
    let bad = broken.written(&packed(&broken.good[..broken.good.len() - 1]));
    let failed = archive::import(broken.empty.store(), &bucket.files(), &bad, &mut |_, _| ()).await;
    says(&failed.unwrap_err().to_string(), "cut short");
    assert_eq!(bucket.keys(), [""; 0]);
    assert_eq!(files_in(bucket.spool.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_failed_import_leaves_alone_what_the_media_store_had_before() {
    let broken = Broken::new().await;
    let file = broken.good.iter().find(|(name, _)| name.starts_with("media/")).unwrap();
    let there = broken.empty.media().join(file.0.trim_start_matches("media/"));
    std::fs::create_dir_all(there.parent().unwrap()).unwrap();
    for (bytes, expected) in [
        (&b"other"[..], "is another one in the media store"),
        (&file.1, "cut short"),
    ] {
        std::fs::write(&there, bytes).unwrap();
        let bad = broken.written(&packed(&broken.good[..broken.good.len() - 1]));
        says(&bring(&broken.empty, &bad).await.unwrap_err().to_string(), expected);
        assert_eq!(files_in(broken.empty.media()), std::slice::from_ref(&there));
        assert!(std::fs::read(&there).unwrap() == bytes);
    }
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
