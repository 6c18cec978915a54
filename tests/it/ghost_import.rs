//! A Ghost export that was brought in: what readers get, what stays hidden, and that nothing secret is anywhere.

use quoin::import::{ImportError, Options};
use serde_json::{Value, json};

use crate::support::command::{Outcome, quoin};
use crate::support::ghost::{Export, OLD, SITE};
use crate::support::site::Site;

fn export() -> Export {
    Export::of(SITE).at("https://gulls.example")
}

async fn imported() -> Site {
    let site = Site::new().await;
    site.import_source(export().open(), &Options::default()).await.unwrap();
    site
}

#[tokio::test]
async fn readers_get_the_posts_as_they_were() {
    let site = imported().await;
    let data = site
        .query(
            r#"{ publication { title tagline siteUrl }
                 post(by: {slug: "first"}) { title excerpt isFeatured authors { displayName } tags { name postCount }
                   customFields featuredImage { altText caption } }
                 page(by: {slug: "first"}) { title }
                 posts(first: 50) { nodes { title } } }"#,
        )
        .await;
    assert_eq!(data["publication"]["title"], "Gulls & Harbours");
    assert_eq!(data["publication"]["siteUrl"], "https://gulls.example");
    let post = &data["post"];
    assert_eq!(
        (&post["title"], &post["excerpt"]),
        (&json!("Terns < Gulls"), &json!("Short & sweet"))
    );
    let people = json!([{"displayName": "Ivo Petrov"}, {"displayName": "Mara O'Neill"}]);
    assert_eq!(post["authors"], people);
    let tags = json!([{"name": "Sea", "postCount": 1}, {"name": "Birds", "postCount": 1}]);
    assert_eq!(post["tags"], tags);
    assert_eq!(
        post["featuredImage"],
        json!({"altText": "The quay", "caption": "Seen from afar"})
    );
    assert_eq!(data["page"]["title"], "About");
    let titles: Vec<_> = data["posts"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| &post["title"])
        .collect();
    assert_eq!(titles, ["Mobiledoc", "Lexical", "Terns < Gulls"]);
}

#[tokio::test]
async fn cards_survive_as_html_that_can_be_read() {
    let site = imported().await;
    let data = site.query(r#"{ post(by: {slug: "first"}) { bodyHtml } }"#).await;
    insta::assert_snapshot!(data["post"]["bodyHtml"].as_str().unwrap());
}

#[tokio::test]
async fn what_was_hidden_there_is_hidden_here() {
    let site = imported().await;
    for slug in [
        "members",
        "paid",
        "tiers",
        "filter",
        "letter",
        "letter-to-come",
        "draft",
        "later",
    ] {
        let query = format!(
            r#"{{ post(by: {{slug: "{slug}"}}) {{ bodyHtml excerpt }} resolvePath(path: "/{slug}") {{ __typename }} }}"#
        );
        let data = site.query(query).await;
        assert!(!data.to_string().contains("hidden-words"), "{slug}: {data}");
        assert!(data.as_object().unwrap().values().all(Value::is_null), "{slug}: {data}");
    }
}

#[tokio::test]
async fn nothing_secret_is_stored_or_told() {
    let site = Site::new().await;
    let report = site.import_source(export().open(), &Options::default()).await.unwrap();
    let told = serde_json::to_string(&report).unwrap() + &report.to_string();
    let mut kept = String::new();
    for (_, rows) in site.rows().await {
        kept += &rows.join("\n");
    }
    assert!(kept.contains("Terns") && told.contains("Terns"));
    for secret in [
        "$2a$10$",
        "hidden-hash",
        "hidden-token",
        "hidden-db-hash",
        "hidden-key",
        "hidden-stripe",
        "hidden-mailgun",
        "hidden-injection",
        "hidden-api-secret",
        "hidden-words for members",
    ] {
        assert!(!kept.contains(secret) && !told.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn running_again_changes_nothing() {
    let site = imported().await;
    let before = site.rows().await;
    let again = site.import_source(export().open(), &Options::default()).await.unwrap();
    assert_eq!((again.total().created, again.total().updated), (0, 0), "{again}");
    assert_eq!(site.rows().await, before);
    let changed = Export::of(SITE.replace("Mind the", "Feed the")).at("https://gulls.example");
    let changed = site.import_source(changed.open(), &Options::default()).await.unwrap();
    assert_eq!((changed.total().created, changed.total().updated), (0, 1), "{changed}");
}

#[tokio::test]
async fn a_dry_run_and_a_broken_file_leave_nothing() {
    let site = Site::new().await;
    let trial = Options {
        dry_run: true,
        ..Options::default()
    };
    let trial = site.import_source(export().open(), &trial).await.unwrap();
    assert!(trial.total().created > 15, "{trial}");
    let cut = Export::of(&SITE[..SITE.len() - 20]);
    let error = site.import_source(cut.open(), &Options::default()).await.unwrap_err();
    assert!(matches!(error, ImportError::Source(_)), "{error}");
    assert!(site.rows().await.iter().all(|(_, rows)| rows.is_empty()));
}

#[tokio::test]
async fn dated_addresses_of_old_sites_lead_to_the_post() {
    let site = Site::new().await;
    site.import_source(Export::of(OLD).open(), &Options::default())
        .await
        .unwrap();
    let query = r#"{ resolvePath(path: "/2014/01/04/old-words/") { __typename } }"#;
    let data = site.query(query).await;
    assert!(!data["resolvePath"].is_null(), "{data}");
}

#[test]
fn the_command_takes_the_address_of_the_site() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("site.json"), SITE).unwrap();
    let import = |url: &str| {
        let arguments = ["import", "ghost", "site.json", "--dry-run", "--site-url", url];
        Outcome::of(&mut quoin(folder.path(), &arguments))
    };
    let printed = import("https://gulls.example").succeeded();
    assert!(
        printed.contains("gulls-harbours") && !printed.contains("has no whole address"),
        "{printed}"
    );
    assert_eq!(import("ftp://gulls.example").code, Some(2));
}
