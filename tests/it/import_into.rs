//! Where an import goes, and what it meets there.

use entity::user;
use quoin::import::Options;
use quoin::import::record::{Record, TagRecord};
use quoin::import::report::{Report, Tally};
use sea_orm::EntityTrait;
use serde_json::json;

use crate::support::site::{Records, Site, article, export, tagged};

fn changes(report: &Report) -> (u64, u64) {
    let Tally { created, updated, .. } = report.total();
    (created, updated)
}

#[tokio::test]
async fn sources_share_a_publication_and_a_source_has_several() {
    let site = Site::new().await;
    let into = |slug: &str| Options {
        publication: Some(slug.into()),
        ..Options::default()
    };
    let one = export(&article(1, "Hello", &tagged("x")));
    let other = one.replace("https://gulls.example", "https://terns.example");
    for (source, publication) in [(&one, "blog"), (&other, "blog"), (&one, "copy")] {
        let report = site.import_with(source, &into(publication)).await.unwrap();
        assert_eq!(report.tallies["article"].created, 1, "{report}");
        assert_eq!(report.publication, publication);
    }
    let data = site
        .query(
            r"{ publications { nodes { slug title posts(orderBy: {field: TITLE, direction: ASC}) { nodes { slug } } tags { nodes { slug postCount } } } } }",
        )
        .await;
    let x = |count: u32| json!({"nodes": [{"slug": "x", "postCount": count}]});
    assert_eq!(
        data["publications"]["nodes"],
        json!([
            {"slug": "blog", "title": "Gulls", "posts": {"nodes": [{"slug": "hello"}, {"slug": "hello-2"}]}, "tags": x(2)},
            {"slug": "copy", "title": "Gulls", "posts": {"nodes": [{"slug": "hello"}]}, "tags": x(1)},
        ])
    );
    for (source, publication) in [(&one, "blog"), (&other, "blog"), (&one, "copy")] {
        assert_eq!(
            changes(&site.import_with(source, &into(publication)).await.unwrap()),
            (0, 0)
        );
    }
}

#[tokio::test]
async fn an_author_with_a_known_address_is_that_account() {
    let site = Site::new().await;
    let author = |login: &str, address: &str| {
        format!(
            "<wp:author><wp:author_login>{login}</wp:author_login><wp:author_email>{address}</wp:author_email></wp:author>"
        )
    };
    let by = |login: &str| format!("<dc:creator>{login}</dc:creator>");
    site.import(&export(
        &(author("ada", "ada@gulls.example") + &article(1, "A", &by("ada"))),
    ))
    .await;
    let terns = export(&(author("lovelace", "ADA@gulls.example") + &article(1, "B", &by("lovelace"))));
    let terns = terns.replace("https://gulls.example", "https://terns.example");
    let report = site.import(&terns).await;
    assert_eq!(
        report.tallies["author"],
        Tally {
            unchanged: 1,
            ..Tally::default()
        }
    );
    let data = site
        .query(r#"{ user(by: {username: "ada"}) { posts { totalCount } } }"#)
        .await;
    assert_eq!(data["user"]["posts"]["totalCount"], 2);
    assert_eq!(
        user::Entity::find().all(site.read()).await.unwrap().len(),
        2,
        "ada, and the owner"
    );
}

#[tokio::test]
async fn two_tags_of_one_source_stay_two() {
    let tag = |id: String| {
        Record::Tag(TagRecord {
            id,
            slug: "same".into(),
            name: "Same".into(),
            description: String::new(),
        })
    };
    // More than are written at once.
    let records = || (0..1_500).map(|number| tag(number.to_string())).collect::<Vec<_>>();
    let site = Site::new().await;
    let report = site
        .import_source(Records::of(records()), &Options::default())
        .await
        .unwrap();
    assert_eq!(report.tallies["tag"].created, 1_500);
    let report = site
        .import_source(Records::of(records()), &Options::default())
        .await
        .unwrap();
    assert_eq!(changes(&report), (0, 0));
}
