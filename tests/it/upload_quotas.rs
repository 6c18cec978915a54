//! How much an account and a publication may upload, whichever way the files come.

use entity::membership::Role;
use entity::{media, media_upload};
use futures_util::future::join_all;
use quoin::domain::media::MediaSettings;
use quoin::domain::media::quota::UploadQuotas;
use quoin::limit::Quota;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::press::{Press, Writer};

async fn press(change: impl FnOnce(&mut UploadQuotas)) -> Press {
    Press::with(|settings: &mut MediaSettings| change(&mut settings.quotas)).await
}

/// Brings a text of so many bytes in one request; the payload.
async fn send(press: &Press, who: &Writer, size: usize) -> Value {
    let answer = press.send(Some(who), "a.txt", "x".repeat(size).as_bytes()).await;
    answer.json::<Value>().await.unwrap()["data"]["it"].clone()
}

/// Announces a text of so many bytes; the payload.
async fn announce(press: &Press, who: &Writer, size: usize) -> Value {
    let input = json!({ "publicationId": press.id, "fileName": "a.txt", "byteSize": size });
    press
        .done(who, "mediaUploadStart", "upload { uploadId url }", input)
        .await
}

/// Sends what was announced, and finishes; the payload.
async fn finish(press: &Press, who: &Writer, upload: &Value, size: usize) -> Value {
    let url = press.here(upload["url"].as_str().unwrap());
    let sent = press
        .server
        .client
        .put(url)
        .body("x".repeat(size))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 204);
    let input = json!({ "uploadId": upload["uploadId"] });
    press
        .done(who, "mediaUploadFinish", "media { id byteSize }", input)
        .await
}

#[track_caller]
fn is_exceeded(it: &Value, field: &str, parts: &[&str]) {
    let error = &it["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["field"]),
        (&json!("QUOTA_EXCEEDED"), &json!(["input", field])),
        "{it}"
    );
    for part in parts {
        assert!(error["message"].as_str().unwrap().contains(part), "{part}: {error}");
    }
}

#[track_caller]
fn is_done(it: &Value) {
    assert_eq!(it["userErrors"], json!([]), "{it}");
}

#[tokio::test]
async fn an_account_holds_so_many_bytes_and_not_one_more() {
    let press = press(|quotas| quotas.account_bytes = 100).await;
    let (ann, bob) = (
        press.member("ann", Role::Author).await,
        press.member("bob", Role::Author).await,
    );
    is_done(&send(&press, &ann, 60).await);
    is_exceeded(
        &send(&press, &ann, 41).await,
        "file",
        &["60 of 100 bytes", "limits.account_media_bytes", "41"],
    );
    is_exceeded(&announce(&press, &ann, 41).await, "byteSize", &["60 of 100 bytes"]);
    let announced = announce(&press, &ann, 40).await;
    is_done(&announced);
    is_exceeded(&send(&press, &ann, 1).await, "file", &["100 of 100 bytes"]);
    is_done(&finish(&press, &ann, &announced["upload"], 40).await);
    is_exceeded(&announce(&press, &ann, 1).await, "byteSize", &["100 of 100 bytes"]);
    let usage = press
        .ask(
            Some(&ann),
            "{ viewer { mediaUsage { byteSize byteLimit } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        usage["data"]["viewer"]["mediaUsage"],
        json!({ "byteSize": 100, "byteLimit": 100 })
    );
    is_done(&send(&press, &bob, 100).await);
    assert_eq!(
        (press.stored(), press.rows().await.len()),
        (3, 3),
        "what was refused is not kept"
    );
}

#[tokio::test]
async fn a_publication_holds_so_many_bytes_until_files_are_deleted() {
    let press = press(|quotas| quotas.publication_bytes = 100).await;
    let (ann, bob) = (
        press.member("ann", Role::Author).await,
        press.member("bob", Role::Editor).await,
    );
    let first = send(&press, &ann, 70).await;
    is_done(&first);
    is_exceeded(
        &send(&press, &bob, 31).await,
        "file",
        &["70 of 100 bytes", "limits.publication_media_bytes"],
    );
    let usage = "{ publication { mediaUsage { byteSize byteLimit } } }";
    let seen = async |who: Option<&Writer>| {
        press.ask(who, usage, json!({})).await["data"]["publication"]["mediaUsage"].clone()
    };
    assert_eq!(seen(Some(&bob)).await, json!({ "byteSize": 70, "byteLimit": 100 }));
    assert_eq!(seen(None).await, Value::Null);
    assert_eq!(seen(Some(&press.person("eve").await)).await, Value::Null);
    press
        .done(&ann, "mediaDelete", "deletedId", json!({ "id": first["media"]["id"] }))
        .await;
    is_done(&send(&press, &bob, 100).await);
}

#[tokio::test]
async fn two_at_once_cannot_take_the_same_room() {
    let press = press(|quotas| quotas.publication_bytes = 100).await;
    let mut writers = Vec::new();
    for name in ["ann", "bob", "cid", "dan"] {
        writers.push(press.member(name, Role::Author).await);
    }
    let sent = join_all(writers.iter().map(|who| send(&press, who, 60)));
    let announced = join_all(writers.iter().map(|who| announce(&press, who, 60)));
    let (sent, announced) = tokio::join!(sent, announced);
    let all: Vec<_> = sent.iter().chain(&announced).collect();
    let done = all.iter().filter(|it| it["userErrors"] == json!([])).count();
    assert_eq!(done, 1, "{all:#?}");
    let read = press.server.store.read();
    let (files, uploads) = (
        media::Entity::find().count(read).await,
        media_upload::Entity::find().count(read).await,
    );
    assert_eq!(files.unwrap() + uploads.unwrap(), 1);
}

#[tokio::test]
async fn an_account_uploads_so_many_files_in_an_hour_whichever_way_they_come() {
    let press = press(|quotas| quotas.account_files = Quota::per_hour("account-uploads", 2)).await;
    let (ann, bob) = (
        press.member("ann", Role::Author).await,
        press.member("bob", Role::Author).await,
    );
    is_done(&send(&press, &ann, 5).await);
    let announced = announce(&press, &ann, 5).await;
    is_done(&announced);
    let parts = [
        "2 files within an hour",
        "limits.account_uploads_per_hour",
        "Try again in ",
    ];
    is_exceeded(&send(&press, &ann, 5).await, "file", &parts);
    is_exceeded(&announce(&press, &ann, 5).await, "byteSize", &parts);
    is_done(&finish(&press, &ann, &announced["upload"], 5).await);
    is_done(&send(&press, &bob, 5).await);
}

#[tokio::test]
async fn a_publication_takes_so_many_files_in_an_hour() {
    let press = press(|quotas| quotas.publication_files = Quota::per_hour("publication-uploads", 2)).await;
    let (ann, bob) = (
        press.member("ann", Role::Author).await,
        press.member("bob", Role::Author).await,
    );
    is_done(&send(&press, &ann, 5).await);
    is_done(&send(&press, &bob, 5).await);
    is_exceeded(
        &send(&press, &ann, 5).await,
        "file",
        &["2 files within an hour", "limits.publication_uploads_per_hour"],
    );
}
