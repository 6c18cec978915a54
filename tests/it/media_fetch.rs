//! Files of the old site are fetched when that is asked for, and an import goes on without those that are not to be had.

use entity::{media, post};
use quoin::import::Options;
use quoin::import::report::Report;
use quoin::outbound::Reach;
use sea_orm::EntityTrait;
use walkdir::WalkDir;

use crate::support::old_site::{OldSite, PNG, moved, ok};
use crate::support::server::BASE_URL;
use crate::support::site::{Site, article, export, item};

fn fetching(reach: Reach) -> Options {
    Options {
        fetch_media: Some(reach),
        ..Options::default()
    }
}

/// One picture, and a post that shows it, large and small.
fn gallery(url: &str) -> String {
    let picture = format!("<wp:attachment_url>{url}</wp:attachment_url>");
    let small = url.replace(".png", "-300x200.png");
    let content =
        format!(r#"<content:encoded><![CDATA[<p><img src="{url}"><a href="{small}">x</a></p>]]></content:encoded>"#);
    export(&(item("attachment", 9, "P", &picture) + &article(1, "A", &content)))
}

async fn picture(site: &Site) -> media::Model {
    media::Entity::find().one(site.read()).await.unwrap().unwrap()
}

fn updates(report: &Report) -> (u64, u64) {
    (report.total().created, report.total().updated)
}

#[tokio::test]
async fn a_fetched_picture_is_stored_and_measured_and_shown_from_here() {
    let old = OldSite::start([("/p.png", ok(PNG))]).await;
    let site = Site::new().await;
    let export = gallery(&old.url("/p.png"));
    site.import_with(&export, &fetching(Reach::Any)).await.unwrap();
    let row = picture(&site).await;
    assert_eq!((row.width, row.height, row.byte_size), (Some(3), Some(2), Some(33)));
    let stored = site.files().root().join(row.storage_key.as_deref().unwrap());
    assert_eq!(std::fs::read(stored).unwrap(), PNG);

    let path = format!("/media/{}/p.png", row.id);
    let data = site.query(r#"{ post(by: {slug: "a"}) { bodyHtml } }"#).await;
    let html = data["post"]["bodyHtml"].as_str().unwrap();
    assert!(html.contains(&format!(r#"src="{BASE_URL}{path}""#)), "{html}");
    assert!(html.contains(&format!(r#"href="{BASE_URL}{path}""#)), "{html}");
    let source = entity::post::Entity::find().one(site.read()).await.unwrap().unwrap();
    assert!(source.body_source.contains("127.0.0.1"), "the source is as it was");

    let asked = old.asked();
    let rows = site.rows().await;
    for options in [fetching(Reach::Any), Options::default()] {
        let report = site.import_with(&export, &options).await.unwrap();
        assert_eq!(updates(&report), (0, 0));
    }
    assert_eq!(old.asked(), asked, "what is here is not fetched again");
    assert_eq!(site.rows().await, rows);
}

#[tokio::test]
async fn fetching_later_brings_the_addresses_up_to_date() {
    let old = OldSite::start([("/p.png", ok(PNG))]).await;
    let site = Site::new().await;
    let export = gallery(&old.url("/p.png"));
    site.import(&export).await;
    assert_eq!(old.asked(), 0, "nothing is fetched unless that is asked for");
    let before = post::Entity::find().one(site.read()).await.unwrap().unwrap();
    assert!(before.body_html.contains("127.0.0.1"));
    let report = site.import_with(&export, &fetching(Reach::Any)).await.unwrap();
    assert_eq!(updates(&report), (0, 2), "{report}");
    let after = post::Entity::find().one(site.read()).await.unwrap().unwrap();
    assert!(!after.body_html.contains("127.0.0.1"), "{}", after.body_html);
}

#[tokio::test]
async fn what_is_not_to_be_had_is_told_and_the_import_goes_on() {
    let large = b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\nConnection: close\r\n\r\n".to_vec();
    let broken = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf".to_vec();
    let old = OldSite::start([
        ("/large.png", large),
        ("/broken.png", broken),
        ("/file.png", moved("file:///etc/passwd")),
        ("/loop.png", moved("/loop.png")),
        ("/moved.png", moved("/p.png")),
        ("/p.png", ok(PNG)),
    ])
    .await;
    for (path, reason) in [
        ("/missing.png", "the server answered 404"),
        ("/large.png", "it is larger than 100 MB"),
        ("/broken.png", ""),
        ("/file.png", "the server answered 302"),
        ("/loop.png", "too many redirects"),
    ] {
        let site = Site::new().await;
        let export = gallery(&old.url(path));
        let report = site.import_with(&export, &fetching(Reach::Any)).await.unwrap();
        let told = report.notices.iter().any(|notice| {
            notice.item.contains(path) && notice.reason.contains("was not fetched") && notice.reason.contains(reason)
        });
        assert!(told, "{path}: {report}");
        assert_eq!(report.tallies["article"].created, 1);
        let row = picture(&site).await;
        assert_eq!((row.storage_key, row.byte_size), (None, None));
        let left = WalkDir::new(site.media_folder()).into_iter().map(Result::unwrap);
        let left: Vec<_> = left.filter(|entry| entry.file_type().is_file()).collect();
        assert!(left.is_empty(), "{path} left {left:?}");
    }
    let site = Site::new().await;
    site.import_with(&gallery(&old.url("/moved.png")), &fetching(Reach::Any))
        .await
        .unwrap();
    assert!(picture(&site).await.storage_key.is_some());
}

#[tokio::test]
async fn private_addresses_are_not_talked_to() {
    let old = OldSite::start([("/p.png", ok(PNG))]).await;
    let site = Site::new().await;
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{}/p.png", old.address.port());
        let report = site
            .import_with(&gallery(&url), &fetching(Reach::Public))
            .await
            .unwrap();
        assert!(report.to_string().contains("public address"), "{host}: {report}");
        assert_eq!(picture(&site).await.storage_key, None);
    }
    assert_eq!(old.asked(), 0);
}

#[tokio::test]
async fn a_file_that_has_moved_is_fetched_anew() {
    let other = [PNG, b"more"].concat();
    let old = OldSite::start([("/p.png", ok(PNG)), ("/q.png", ok(&other))]).await;
    let site = Site::new().await;
    site.import_with(&gallery(&old.url("/p.png")), &fetching(Reach::Any))
        .await
        .unwrap();
    site.import(&gallery(&old.url("/q.png"))).await;
    assert_eq!(picture(&site).await.storage_key, None, "what is stored is another file");
    site.import_with(&gallery(&old.url("/q.png")), &fetching(Reach::Any))
        .await
        .unwrap();
    assert_eq!(picture(&site).await.byte_size, Some(37));
}

#[tokio::test]
async fn a_media_store_that_cannot_be_written_stops_the_import() {
    let old = OldSite::start([("/p.png", ok(PNG))]).await;
    let site = Site::new().await;
    std::fs::write(site.media_folder(), "not a folder").unwrap();
    let export = gallery(&old.url("/p.png"));
    let error = site
        .import_with(&export, &fetching(Reach::Any))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot store ") && error.contains("; run the import again to go on"),
        "{error}"
    );
    std::fs::remove_file(site.media_folder()).unwrap();
    let report = site.import_with(&export, &fetching(Reach::Any)).await.unwrap();
    assert_eq!(
        updates(&report),
        (1, 1),
        "the recorded file was brought, the post made: {report}"
    );
}
