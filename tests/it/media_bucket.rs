//! The media store in a bucket that speaks S3, on a real server.

use std::io::{ErrorKind, Write};
use std::time::Duration;

use entity::membership::Role;
use futures_util::TryStreamExt;
use quoin::store::files::FileStore;
use serde_json::{Value, json};

use crate::support::bucket::{Bucket, KEY};
use crate::support::pictures::{jpeg, talkative_jpeg, tells};
use crate::support::press::Press;

async fn keep(files: &FileStore, key: &str, bytes: &[u8]) {
    let mut file = files.begin().unwrap();
    file.write_all(bytes).unwrap();
    files.keep(key, file).await.unwrap();
}

/// So many bytes that are not all alike.
fn bytes(count: usize) -> Vec<u8> {
    (0..count)
        .map(|index| u8::try_from(index / 1_000 % 251).unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_kept_in_a_bucket_comes_back() {
    let bucket = Bucket::start();
    let files = bucket.files();
    // In one piece, in parts of 16 MiB, and just as long as a part.
    for size in [0, 5, 16 << 20, (40 << 20) + 7] {
        let sent = bytes(size);
        keep(&files, "aa/file.bin", &sent).await;
        assert_eq!(files.about("aa/file.bin").await.unwrap().size, size as u64);
        assert!(files.read("aa/file.bin").await.unwrap() == sent, "{size}");
        assert_eq!(files.head("aa/file.bin", 3).await.unwrap(), &sent[..size.min(3)]);
    }
    assert_eq!(bucket.keys(), ["quoin/aa/file.bin"]);
    let part = files.get("aa/file.bin", Some(999..1_002)).await.unwrap();
    let part: Vec<_> = part.bytes.try_collect().await.unwrap();
    assert_eq!(part.concat(), [0, 1, 1]);
    files.rename("aa/file.bin", "bb/file.bin").await.unwrap();
    assert_eq!(bucket.keys(), ["quoin/bb/file.bin"]);
    for _ in 0..2 {
        files.remove("bb/file.bin").await.unwrap();
    }
    assert_eq!(bucket.keys(), [""; 0]);
    for missing in [
        files.read("bb/file.bin").await.map(drop),
        files.about("bb/file.bin").await.map(drop),
        files.get("bb/file.bin", None).await.map(drop),
        files.rename("bb/file.bin", "cc/x").await,
    ] {
        assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
    }
    let spooled = walkdir::WalkDir::new(bucket.spool.path())
        .into_iter()
        .filter_map(Result::ok);
    assert_eq!(spooled.filter(|entry| entry.file_type().is_file()).count(), 0);
}

#[tokio::test]
async fn files_are_sent_to_the_bucket_past_the_server() {
    let bucket = Bucket::start();
    let press = Press::keeping(bucket.files()).await;
    let ann = press.member("ann", Role::Contributor).await;
    let sent = talkative_jpeg(600, 300, 6);
    let input = json!({ "publicationId": press.id, "fileName": "a.jpg", "byteSize": sent.len() });
    let it = press
        .done(
            &ann,
            "mediaUploadStart",
            "upload { uploadId url method headers { name } }",
            input,
        )
        .await;
    let url = it["upload"]["url"].as_str().unwrap();
    assert!(url.starts_with(&bucket.endpoint), "{url}");
    assert!(!url.contains(KEY), "{url}");
    let client = &press.server.client;
    // For another file than was announced.
    let changed = url.replace("/uploads/", "/uploads/0");
    assert_eq!(
        client.put(changed).body(sent.clone()).send().await.unwrap().status(),
        403
    );
    assert_eq!(client.put(url).body(sent).send().await.unwrap().status(), 200);

    let input = json!({ "uploadId": it["upload"]["uploadId"] });
    let it = press
        .done(
            &ann,
            "mediaUploadFinish",
            "media { id url width small: url(width: 160) }",
            input,
        )
        .await;
    let media = &it["media"];
    assert_eq!(media["width"], 300);
    let response = press.get(media["url"].as_str().unwrap()).await;
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    let tag = response.headers()["etag"].clone();
    assert!(!tells(&response.bytes().await.unwrap()));
    let again = client
        .get(press.here(media["url"].as_str().unwrap()))
        .header("If-None-Match", tag);
    assert_eq!(again.send().await.unwrap().status(), 304);
    let part = client
        .get(press.here(media["url"].as_str().unwrap()))
        .header("Range", "bytes=0-1");
    let part = part.send().await.unwrap();
    assert_eq!(
        (part.status().as_u16(), &part.bytes().await.unwrap()[..]),
        (206, &b"\xFF\xD8"[..])
    );
    assert_eq!(press.get(media["small"].as_str().unwrap()).await.status(), 200);
    assert_eq!(bucket.keys().len(), 2, "{:?}", bucket.keys());
    press
        .done(&ann, "mediaDelete", "deletedId", json!({ "id": media["id"] }))
        .await;
    assert_eq!(bucket.keys(), [""; 0]);
}

#[tokio::test]
async fn what_came_with_a_request_goes_to_the_bucket() {
    let bucket = Bucket::start();
    let press = Press::keeping(bucket.files()).await;
    let ann = press.member("ann", Role::Contributor).await;
    let file = press.file(&ann, "a.txt", b"words").await;
    assert_eq!(
        press.get(file["url"].as_str().unwrap()).await.text().await.unwrap(),
        "words"
    );
    press.file(&ann, "a.jpg", &jpeg(20, 20)).await;
    assert_eq!(bucket.keys().len(), 2);
    assert_eq!(press.stored(), 0, "nothing stays here");
}

#[tokio::test]
async fn what_was_sent_to_the_bucket_and_is_not_taken_does_not_stay() {
    let bucket = Bucket::start();
    let press = Press::keeping(bucket.files()).await;
    let ann = press.member("ann", Role::Contributor).await;
    for (announced, sent) in [(5, "<svg>"), (5, "more words than that")] {
        let input = json!({ "publicationId": press.id, "fileName": "a.txt", "byteSize": announced });
        let it = press
            .done(&ann, "mediaUploadStart", "upload { uploadId url }", input)
            .await;
        let url = it["upload"]["url"].as_str().unwrap();
        press.server.client.put(url).body(sent).send().await.unwrap();
        let input = json!({ "uploadId": it["upload"]["uploadId"] });
        let it = press.done(&ann, "mediaUploadFinish", "media { id }", input).await;
        assert_eq!(it["userErrors"][0]["field"], json!(["input", "uploadId"]), "{it}");
        assert_eq!(bucket.keys(), [""; 0]);
    }
}

#[tokio::test]
async fn a_bucket_that_is_gone_is_told_as_such() {
    let mut bucket = Bucket::start();
    let press = Press::keeping(bucket.files()).await;
    let ann = press.member("ann", Role::Contributor).await;
    let file = press.file(&ann, "a.txt", b"words").await;
    assert_eq!(bucket.files().probe().await, Ok(()));
    bucket.stop();
    let response = press.get(file["url"].as_str().unwrap()).await;
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers().contains_key("retry-after")
        ),
        (503, true)
    );
    assert!(!response.text().await.unwrap().contains("127.0.0.1"));
    let answer: Value = press.send(Some(&ann), "b.txt", b"words").await.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    assert_eq!(press.rows().await.len(), 1);
    assert!(bucket.files().probe().await.is_err());
}

#[tokio::test]
async fn no_key_of_a_bucket_is_shown() {
    let bucket = Bucket::start();
    let secret = "a key that nobody sees";
    let files = bucket.files_with(|settings| {
        let secrets = settings.secrets.as_mut().unwrap();
        secrets.secret_access_key = secret.to_owned();
    });
    let told = files.probe().await.unwrap_err();
    let error = files.put("aa/x", b"words".to_vec()).await.unwrap_err();
    let shown = format!("{told} {error} {error:?} {files:?} {:?}", bucket.settings());
    assert!(!shown.contains(secret), "{shown}");
    assert!(told.contains("does not let us in"), "{told}");
    let url = files
        .put_address("aa/x", Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    assert!(!url.as_str().contains(secret));
    assert_eq!(bucket.keys(), [""; 0]);
}
