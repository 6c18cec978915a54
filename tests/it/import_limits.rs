//! What is more than the domain keeps, or no database takes, is made to fit.

use entity::post;
use entity::post::{PostKind, PostStatus, SourceFormat, Visibility};
use quoin::import::Options;
use quoin::import::record::{Body, Position, PostRecord, Record, TagRecord};
use sea_orm::EntityTrait;
use serde_json::json;

use crate::support::site::{Records, Site, article, export, tagged};

#[tokio::test]
async fn what_is_too_much_is_cut_and_told() {
    let site = Site::new().await;
    let title = "T".repeat(10_000);
    let tags: String = (0..10_000).map(|number| tagged(&format!("t{number}"))).collect();
    let author = |number| format!(r#"<category domain="author" nicename="a{number}">a{number}</category>"#);
    let authors: String = (0..150).map(author).collect();
    let content = format!("<content:encoded>{}</content:encoded>", "word ".repeat(200_000));
    let report = site
        .import(&export(&article(1, &title, &(tags + &authors + &content))))
        .await;
    let kept = post::Entity::find().one(site.read()).await.unwrap().unwrap();
    assert_eq!(kept.title.len(), 500);
    assert!(kept.slug.len() <= 190);
    assert_eq!(kept.word_count, 200_000);
    let rows = site.rows().await;
    let count = |table: &str| rows.iter().find(|(name, _)| *name == table).unwrap().1.len();
    assert_eq!(
        (count("tag"), count("post_tag"), count("post_author")),
        (10_000, 100, 100)
    );
    let reasons: Vec<_> = report.notices.iter().map(|notice| notice.reason.as_str()).collect();
    for reason in [
        "its title is cut to 500 characters",
        "it keeps 100 of its 10000 tags",
        "it keeps 100 of its 150 authors",
    ] {
        assert!(reasons.contains(&reason), "{reasons:?}");
    }
    assert!(report.notices.iter().all(|notice| notice.item.chars().count() <= 301));
}

#[tokio::test]
async fn text_that_no_database_takes_is_made_to_fit() {
    let long = "é".repeat(5_000);
    let tag = TagRecord {
        id: format!("{long}\0"),
        slug: long.clone(),
        name: format!("\0{long}"),
        description: "a\0b".into(),
    };
    let post = PostRecord {
        id: format!("\0{long}"),
        position: Position::default(),
        kind: PostKind::Article,
        status: PostStatus::Published,
        visibility: Visibility::Public,
        slug: "a\0b".into(),
        title: "T\0\u{1f980}".repeat(600),
        excerpt: Some("\0".into()),
        body: Body {
            format: SourceFormat::Markdown,
            source: "a\0b".into(),
            html: "<p>a\0b</p>".into(),
            media: Vec::new(),
        },
        authors: Vec::new(),
        tags: vec![tag.id.clone()],
        categories: Vec::new(),
        series: None,
        featured_media: None,
        parent: None,
        menu_order: i32::MIN,
        is_featured: false,
        canonical_url: Some("https://a.example/\0".into()),
        custom_fields: [("k\0".to_owned(), json!({"\0": ["\0", 1e300, null]}))].into(),
        published_at: None,
        created_at: None,
        updated_at: None,
        old_paths: vec!["/a%00b".into(), long.clone(), "/".into(), String::new()],
        comments: Vec::new(),
    };
    let records = || Records::of(vec![Record::Tag(tag.clone()), Record::Post(Box::new(post.clone()))]);
    let site = Site::new().await;
    let report = site.import_source(records(), &Options::default()).await.unwrap();
    assert_eq!(report.total().created, 2, "{report}");
    let kept = post::Entity::find().one(site.read()).await.unwrap().unwrap();
    assert_eq!((kept.body_source.as_str(), kept.title.chars().count()), ("ab", 500));
    let report = site.import_source(records(), &Options::default()).await.unwrap();
    assert_eq!((report.total().created, report.total().updated), (0, 0), "{report}");
}
