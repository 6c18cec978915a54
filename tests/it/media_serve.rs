//! Files are served under their ids, and run nothing.

use std::future::pending;

use quoin::import::wordpress::Wordpress;
use quoin::import::{self, Options};
use quoin::outbound::Reach;
use reqwest::Response;
use reqwest::redirect::Policy;
use sea_orm::EntityTrait;

use crate::support::old_site::{OldSite, PNG, ok};
use crate::support::server::TestServer;
use crate::support::site::{Silent, export, item};

/// A server with this file of an old site, and the file's path on it.
async fn serving(url: &str, fetch_media: Option<Reach>) -> (TestServer, String) {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.xml");
    let file = format!("<wp:attachment_url>{url}</wp:attachment_url>");
    std::fs::write(&path, export(&item("attachment", 1, "P", &file))).unwrap();
    let options = Options {
        fetch_media,
        ..Options::default()
    };
    let source = Box::new(Wordpress::open(&path).unwrap());
    import::run(
        server.store.clone(),
        server.files.clone(),
        source,
        &options,
        &mut Silent,
        pending(),
    )
    .await
    .unwrap();
    let row = entity::media::Entity::find()
        .one(server.store.read())
        .await
        .unwrap()
        .unwrap();
    let path = quoin::domain::media::path(row.id, &row.file_name);
    (server, path)
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_stored_file_is_served_safely() {
    let old = OldSite::start([("/gr%C3%BC%C3%9Fe%20(1).png", ok(PNG))]).await;
    let (server, path) = serving(&old.url("/gr%C3%BC%C3%9Fe%20(1).png"), Some(Reach::Any)).await;
    let response = server.client.get(server.url(&path)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "image/png");
    assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    assert!(header(&response, "content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert_eq!(header(&response, "cache-control"), "public, max-age=3600");
    let tag = header(&response, "etag").to_owned();
    assert_eq!(response.bytes().await.unwrap(), PNG);

    let again = server
        .client
        .get(server.url(&path))
        .header("If-None-Match", tag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
    let part = server
        .client
        .get(server.url(&path))
        .header("Range", "bytes=1-3")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (part.status().as_u16(), header(&part, "content-range")),
        (206, "bytes 1-3/33")
    );
    assert_eq!(part.bytes().await.unwrap(), &b"PNG"[..]);
    let head = server.client.head(server.url(&path)).send().await.unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "33"));
    let put = server.client.put(server.url(&path)).send().await.unwrap();
    assert_eq!(put.status(), 405);
}

#[tokio::test]
async fn a_page_among_the_files_runs_nothing() {
    let old = OldSite::start([("/x.html", ok(b"<script>alert(1)</script>"))]).await;
    let (server, path) = serving(&old.url("/x.html"), Some(Reach::Any)).await;
    let response = server.client.get(server.url(&path)).send().await.unwrap();
    assert!(header(&response, "content-type").starts_with("text/html"));
    assert!(header(&response, "content-security-policy").starts_with("sandbox;"));
}

#[tokio::test]
async fn a_file_that_is_only_recorded_is_to_be_had_where_it_was() {
    let (server, path) = serving("https://gulls.example/files/a.png", None).await;
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let response = client.get(server.url(&path)).send().await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(header(&response, "location"), "https://gulls.example/files/a.png");
}

#[tokio::test]
async fn what_is_no_file_is_not_found() {
    let (server, path) = serving("https://gulls.example/files/a.png", None).await;
    let other = uuid::Uuid::now_v7();
    for path in [
        "/media/x/y",
        "/media/../../etc/passwd/x",
        &format!("/media/{other}/a.png"),
        &path.replace("a.png", ""),
    ] {
        let response = server.client.get(server.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_lost_file_is_a_plain_failure() {
    let old = OldSite::start([("/p.png", ok(PNG))]).await;
    let (server, path) = serving(&old.url("/p.png"), Some(Reach::Any)).await;
    std::fs::remove_dir_all(server.files.root()).unwrap();
    let response = server.client.get(server.url(&path)).send().await.unwrap();
    assert_eq!(response.status(), 500);
    assert!(!response.text().await.unwrap().contains("No such file"));
}
