//! Files that are announced, sent to an address of their own, and finished.

use chrono::TimeDelta;
use entity::media_upload;
use entity::membership::Role;
use futures_util::future::join_all;
use quoin::domain::media::sweep;
use reqwest::{Body, Response};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::pictures::{jpeg, talkative_jpeg, tells};
use crate::support::press::{FILE, Press, Writer, problem};

/// Announces a file, and gives the upload.
async fn announce(press: &Press, who: &Writer, name: &str, size: usize) -> Value {
    let it = start(press, who, name, json!(size)).await;
    assert_eq!(it["userErrors"], json!([]));
    it["upload"].clone()
}

async fn start(press: &Press, who: &Writer, name: &str, size: Value) -> Value {
    let input = json!({ "publicationId": press.id, "fileName": name, "byteSize": size, "altText": "A view" });
    let selection = "upload { uploadId url method expiresAt headers { name value } }";
    press.done(who, "mediaUploadStart", selection, input).await
}

async fn put(press: &Press, upload: &Value, body: impl Into<Body>) -> Response {
    assert_eq!((&upload["method"], &upload["headers"]), (&json!("PUT"), &json!([])));
    let url = press.here(upload["url"].as_str().unwrap());
    press.server.client.put(url).body(body).send().await.unwrap()
}

async fn finish(press: &Press, who: &Writer, upload: &Value) -> Value {
    press.done(who, "mediaUploadFinish", &finished(), input(upload)).await
}

fn finished() -> String {
    format!("media {{ {FILE} }}")
}

fn input(upload: &Value) -> Value {
    json!({ "uploadId": upload["uploadId"] })
}

async fn uploads(press: &Press) -> u64 {
    media_upload::Entity::find()
        .count(press.server.store.read())
        .await
        .unwrap()
}

async fn age(press: &Press) {
    let past = entity::now() - TimeDelta::minutes(1);
    let update = media_upload::Entity::update_many().col_expr(media_upload::Column::ExpiresAt, Expr::val(past));
    update.exec(press.server.store.read()).await.unwrap();
}

#[tokio::test]
async fn what_was_announced_and_sent_is_a_file_when_it_is_finished() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Contributor).await;
    let bytes = talkative_jpeg(60, 30, 6);
    let upload = announce(&press, &ann, "view.jpeg", bytes.len()).await;
    assert_eq!(put(&press, &upload, bytes).await.status(), 204);
    let it = finish(&press, &ann, &upload).await;
    let file = &it["media"];
    assert_eq!(file["id"], upload["uploadId"]);
    assert_eq!((&file["width"], &file["fileName"]), (&json!(30), &json!("view.jpeg")));
    assert_eq!(file["altText"], "A view");
    let kept = press.get(file["url"].as_str().unwrap()).await.bytes().await.unwrap();
    assert!(!tells(&kept));
    assert_eq!((press.stored(), uploads(&press).await), (1, 0));

    let again = finish(&press, &ann, &upload).await;
    assert_eq!(again["media"], *file, "finished again, it is the same");
}

#[tokio::test]
async fn finished_by_several_at_once_it_is_one_file() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let bytes = jpeg(300, 200);
    let upload = announce(&press, &ann, "a.jpg", bytes.len()).await;
    put(&press, &upload, bytes).await;
    let all = join_all((0..4).map(|_| finish(&press, &ann, &upload))).await;
    for it in &all {
        assert_eq!(it["media"]["id"], upload["uploadId"], "{it}");
    }
    assert_eq!((press.rows().await.len(), press.stored()), (1, 1));
}

#[tokio::test]
async fn an_announcement_is_checked_before_anything_is_sent() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    for (name, size, code, field) in [
        ("a.jpg", json!(0), "INVALID", "byteSize"),
        ("a.jpg", json!(-1), "INVALID", "byteSize"),
        ("a.jpg", json!(50_000_001), "TOO_LONG", "byteSize"),
        ("a.jpg", json!(9_000_000_000_000_000_000_i64), "TOO_LONG", "byteSize"),
        ("", json!(5), "REQUIRED", "fileName"),
        ("a\u{202e}.jpg", json!(5), "INVALID", "fileName"),
    ] {
        let told = problem(&start(&press, &ann, name, size).await);
        assert_eq!(told, (code.to_owned(), json!(["input", field])), "{name:?}");
    }
    let eve = press.person("eve").await;
    let input = json!({ "publicationId": press.id, "fileName": "a.jpg", "byteSize": 5 });
    let answer = press.told(&eve, "mediaUploadStart", "upload { url }", input).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(uploads(&press).await, 0);
}

#[tokio::test]
async fn only_who_has_the_address_can_send() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let upload = announce(&press, &ann, "a.txt", 5).await;
    let other = announce(&press, &ann, "b.txt", 5).await;
    let url = |upload: &Value| upload["url"].as_str().unwrap().to_owned();
    let (path, token) = url(&upload)
        .split_once('?')
        .map(|(path, query)| (path.to_owned(), query.to_owned()))
        .unwrap();
    let (_, other_token) = url(&other)
        .split_once('?')
        .map(|(path, query)| (path.to_owned(), query.to_owned()))
        .unwrap();
    let nobody = path.replace(&path[path.len() - 4..], "0000");
    for wrong in [
        path.clone(),
        format!("{path}?token="),
        format!("{path}?{token}x"),
        format!("{path}?{other_token}"),
        format!("{nobody}?{token}"),
        format!("{}/x?{token}", &path[..path.len() - 37]),
        format!("{path}?token={}", "x".repeat(10_000)),
    ] {
        let answer = press
            .server
            .client
            .put(press.here(&wrong))
            .body("words")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 404, "{wrong}");
    }
    let post = press
        .server
        .client
        .post(press.here(&url(&upload)))
        .body("words")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (post.status().as_u16(), &post.headers()["allow"]),
        (405, &"PUT, OPTIONS".parse().unwrap())
    );
    assert_eq!(press.stored(), 0);
    assert_eq!(put(&press, &upload, "words").await.status(), 204);
    assert_eq!(
        put(&press, &upload, "other").await.status(),
        204,
        "what was sent can be sent anew"
    );
    let it = finish(&press, &ann, &upload).await;
    assert_eq!(
        press
            .get(it["media"]["url"].as_str().unwrap())
            .await
            .text()
            .await
            .unwrap(),
        "other"
    );
    assert_eq!(
        put(&press, &upload, "later").await.status(),
        404,
        "finished is finished"
    );
}

#[tokio::test]
async fn more_or_less_than_was_announced_is_refused() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let upload = announce(&press, &ann, "a.txt", 5).await;
    assert_eq!(put(&press, &upload, "words!").await.status(), 413);
    let chunks = futures_util::stream::iter(["wor", "ds", "!"].map(Ok::<_, std::io::Error>));
    assert_eq!(put(&press, &upload, Body::wrap_stream(chunks)).await.status(), 413);
    let short = put(&press, &upload, "word").await;
    assert_eq!(short.status(), 422);
    assert!(short.text().await.unwrap().contains("5 bytes were announced"));
    let packed = press.server.client.put(press.here(upload["url"].as_str().unwrap()));
    let packed = packed
        .header("Content-Encoding", "gzip")
        .body("words")
        .send()
        .await
        .unwrap();
    assert_eq!(packed.status(), 415);
    assert_eq!(press.stored(), 0);
    let told = problem(&finish(&press, &ann, &upload).await);
    assert_eq!(told, ("NOT_ALLOWED".to_owned(), json!(["input", "uploadId"])));
}

#[tokio::test]
async fn what_comes_whole_and_is_not_taken_can_be_sent_anew() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let svg = "<svg onload='alert(1)'/>";
    let upload = announce(&press, &ann, "a.png", svg.len()).await;
    put(&press, &upload, svg).await;
    let told = problem(&finish(&press, &ann, &upload).await);
    assert_eq!(told, ("INVALID".to_owned(), json!(["input", "uploadId"])));
    assert_eq!((press.rows().await.len(), press.stored()), (0, 0));
    put(&press, &upload, "x".repeat(svg.len())).await;
    assert_eq!(finish(&press, &ann, &upload).await["media"]["fileName"], "a.txt");
}

#[tokio::test]
async fn an_upload_is_finished_by_whoever_announced_it() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Contributor).await;
    let bob = press.member("bob", Role::Owner).await;
    let upload = announce(&press, &ann, "a.txt", 5).await;
    put(&press, &upload, "words").await;
    let code = async |who: &Writer, input: Value| {
        let answer = press.told(who, "mediaUploadFinish", "media { id }", input).await;
        answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    };
    assert_eq!(code(&bob, input(&upload)).await.as_deref(), Some("NOT_FOUND"));
    for wrong in [json!(""), json!("x"), json!(press.id)] {
        assert_eq!(
            code(&ann, json!({ "uploadId": wrong })).await.as_deref(),
            Some("NOT_FOUND")
        );
    }
    finish(&press, &ann, &upload).await;
    assert_eq!(
        code(&bob, input(&upload)).await.as_deref(),
        Some("NOT_FOUND"),
        "finished too"
    );
    let anonymous = press.ask(
        None,
        "mutation { mediaUploadFinish(input: { uploadId: \"x\" }) { media { id } } }",
        json!({}),
    );
    assert_eq!(anonymous.await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_is_not_finished_in_time_expires_and_is_removed() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let upload = announce(&press, &ann, "a.txt", 5).await;
    put(&press, &upload, "words").await;
    sweep(&press.server.store, &press.server.files).await.unwrap();
    assert_eq!(press.stored(), 1, "it is still time");
    age(&press).await;
    let told = problem(&finish(&press, &ann, &upload).await);
    assert_eq!(told, ("EXPIRED".to_owned(), json!(["input", "uploadId"])));
    assert_eq!(put(&press, &upload, "words").await.status(), 404);
    sweep(&press.server.store, &press.server.files).await.unwrap();
    assert_eq!((press.stored(), uploads(&press).await), (0, 0));
}

#[tokio::test]
async fn who_sends_too_slowly_is_given_up() {
    // Long enough for the requests before it, which must not be given up on a busy machine.
    let press = Press::served(|settings| settings.limits.request_timeout = std::time::Duration::from_secs(3)).await;
    let ann = press.member("ann", Role::Author).await;
    let upload = announce(&press, &ann, "a.txt", 5).await;
    let never = futures_util::stream::pending::<Result<&str, std::io::Error>>();
    assert_eq!(put(&press, &upload, Body::wrap_stream(never)).await.status(), 408);
    assert_eq!(press.stored(), 0);
}
