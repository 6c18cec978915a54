//! A first import makes everything that the export holds.

use entity::comment::CommentStatus;
use entity::post::{PostStatus, SourceFormat, Visibility};
use entity::{category, comment, media, post, revision, tag, user};
use quoin::import::Options;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use crate::support::site::{FIXTURE, Site, article, comment as said, export, item, tagged};

async fn find(site: &Site, title: &str) -> post::Model {
    let found = post::Entity::find().filter(post::Column::Title.eq(title));
    found
        .one(site.read())
        .await
        .unwrap()
        .unwrap_or_else(|| panic!("no post {title}"))
}

async fn post_counts(site: &Site) -> Vec<(String, i32)> {
    let tags = tag::Entity::find()
        .order_by_asc(tag::Column::Slug)
        .all(site.read())
        .await
        .unwrap();
    tags.into_iter().map(|tag| (tag.slug, tag.post_count)).collect()
}

#[tokio::test]
async fn everything_is_made_and_counted() {
    let site = Site::new().await;
    let report = site.import(FIXTURE).await;
    let created = |kind: &str| report.tallies.get(kind).map_or(0, |tally| tally.created);
    assert_eq!(
        ["author", "category", "tag", "media", "article", "page", "comment"].map(created),
        [3, 6, 2, 2, 9, 2, 2],
        "{report}"
    );
    assert_eq!(
        (report.total().created, report.total().updated, report.total().unchanged),
        (26, 0, 0)
    );
    assert_eq!(report.skipped, 4);
    assert_eq!(report.publication, "gulls-harbours");
    let rows = site.rows().await;
    let count = |table: &str| rows.iter().find(|(name, _)| *name == table).unwrap().1.len();
    assert_eq!(
        [
            "publication",
            "membership",
            "post",
            "revision",
            "comment",
            "media",
            "category",
            "tag"
        ]
        .map(count),
        [1, 1, 11, 11, 2, 2, 6, 2]
    );
    assert_eq!(count("user"), 4, "the authors, and the owner");
}

#[tokio::test]
async fn statuses_and_visibility_are_those_of_the_site() {
    let site = Site::new().await;
    site.import(FIXTURE).await;
    for (title, status, visibility) in [
        ("Classic – first", PostStatus::Published, Visibility::Public),
        ("Blocks", PostStatus::Published, Visibility::Private),
        ("Draft", PostStatus::Draft, Visibility::Public),
        ("Scheduled", PostStatus::Scheduled, Visibility::Public),
        ("Private", PostStatus::Published, Visibility::Private),
        ("Trashed", PostStatus::Trashed, Visibility::Private),
        ("Pending", PostStatus::InReview, Visibility::Public),
        ("Odd", PostStatus::Draft, Visibility::Public),
        ("About", PostStatus::Published, Visibility::Public),
    ] {
        let post = find(&site, title).await;
        assert_eq!((post.status, post.visibility), (status, visibility), "{title}");
    }
    assert_eq!(find(&site, "Draft").await.published_at, None);
}

#[tokio::test]
async fn a_post_comes_with_all_that_hangs_on_it() {
    let site = Site::new().await;
    let fields = ["link".to_owned()].into();
    let options = Options {
        fields,
        ..Options::default()
    };
    site.import_with(FIXTURE, &options).await.unwrap();
    let post = find(&site, "Classic – first").await;
    assert_eq!(
        (post.slug.as_str(), post.version, post.is_featured),
        ("classic", 1, true)
    );
    assert_eq!(post.canonical_url.as_deref(), Some("https://elsewhere.example/a"));
    assert_eq!(post.custom_fields["link"], json!(["one", "two"]));
    assert_eq!(post.excerpt.as_deref(), Some("Short & sweet"));
    assert_eq!(post.comment_count, 1, "spam does not count");

    let data = site
        .query(r#"{ post(by: {slug: "classic"}) { authors { displayName } } }"#)
        .await;
    let named = |name: &str| json!({ "displayName": name });
    let authors = ["Mara O’Neill", "Ivo Petrov", "Gus the Guest"].map(named);
    assert_eq!(data["post"]["authors"], json!(authors));

    let image = media::Entity::find_by_id(post.featured_media_id.unwrap())
        .one(site.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (image.alt_text.as_str(), image.file_name.as_str()),
        ("A \"gull\"", "gull.jpg")
    );
    assert_eq!(
        image.original_url.as_deref(),
        Some("https://gulls.example/files/gull.jpg")
    );
    assert_eq!(image.storage_key, None);

    let data = site
        .query(
            r#"{ old: resolvePath(path: "/2014/05/classic/") { ...redirect }
                 older: resolvePath(path: "/2014/05/older") { ...redirect }
                 team: resolvePath(path: "/about/team") { ...redirect } }
               fragment redirect on Redirect { location }"#,
        )
        .await;
    let to = |path: &str| json!({ "location": path });
    assert_eq!(
        data,
        json!({"old": to("/classic"), "older": to("/classic"), "team": to("/team")})
    );
}

#[tokio::test]
async fn the_first_revision_keeps_the_source_as_written() {
    let site = Site::new().await;
    let source = "One\r\n\r\n[caption]<B>two</B>[/caption] &amp; <script>three</script>";
    let content = format!("<content:encoded><![CDATA[{source}]]></content:encoded>");
    site.import(&export(&article(1, "A", &content))).await;
    let revision = revision::Entity::find().one(site.read()).await.unwrap().unwrap();
    let post = find(&site, "A").await;
    // XML itself has one way to break lines.
    let written = source.replace("\r\n", "\n");
    assert_eq!((revision.version, revision.source_format), (1, SourceFormat::Html));
    assert_eq!(revision.body_source, written);
    assert_eq!(post.body_source, written);
    assert!(!post.body_html.contains("script"), "{}", post.body_html);
}

#[tokio::test]
async fn a_post_without_an_author_is_the_owners() {
    let site = Site::new().await;
    let options = Options {
        owner: Some("Ada L".into()),
        ..Options::default()
    };
    site.import_with(&export(&article(1, "A", "")), &options).await.unwrap();
    let data = site
        .query(r#"{ post(by: {slug: "a"}) { author { username displayName } } }"#)
        .await;
    assert_eq!(
        data["post"]["author"],
        json!({"username": "ada-l", "displayName": "Ada L"})
    );
    site.import_with(&export(&article(2, "B", "")), &options).await.unwrap();
    assert_eq!(user::Entity::find().all(site.read()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_tree_of_categories_stands() {
    let site = Site::new().await;
    site.import(FIXTURE).await;
    let all = category::Entity::find().all(site.read()).await.unwrap();
    let by_slug = |slug: &str| all.iter().find(|category| category.slug == slug).unwrap();
    assert_eq!(by_slug("boats").parent_id, Some(by_slug("harbour").id));
    assert_eq!(by_slug("harbour").parent_id, None);
    assert_eq!(by_slug("lost").parent_id, None);
    assert_eq!(by_slug("boats").name, "Boats & Ferries");
    assert_eq!((by_slug("boats").post_count, by_slug("harbour").post_count), (1, 1));
}

#[tokio::test]
async fn pages_stand_below_their_parents_wherever_these_come() {
    let site = Site::new().await;
    let below = |parent: u32| format!("<wp:post_parent>{parent}</wp:post_parent>");
    let pages = [
        item("page", 1, "Leaf", &below(2)),
        item("page", 2, "Branch", &below(3)),
        item("page", 3, "Root", ""),
        item("page", 4, "Orphan", &below(99)),
        item("page", 5, "Egg", &below(6)),
        item("page", 6, "Hen", &below(5)),
    ];
    let report = site.import(&export(&pages.concat())).await;
    let (leaf, branch, root) = (
        find(&site, "Leaf").await,
        find(&site, "Branch").await,
        find(&site, "Root").await,
    );
    assert_eq!(
        (leaf.parent_id, branch.parent_id, root.parent_id),
        (Some(branch.id), Some(root.id), None)
    );
    let (egg, hen) = (find(&site, "Egg").await, find(&site, "Hen").await);
    assert_eq!(
        [egg.parent_id, hen.parent_id].iter().flatten().count(),
        1,
        "the circle is cut once"
    );
    let reasons: Vec<_> = report.notices.iter().map(|notice| notice.reason.as_str()).collect();
    for reason in ["its parent is not there", "its parents go in a circle"] {
        assert!(reasons.iter().any(|found| found.contains(reason)), "{reasons:?}");
    }
}

#[tokio::test]
async fn comments_stand_in_threads_and_are_counted() {
    let site = Site::new().await;
    let comments = [said(3, 2), said(2, 1), said(1, 0), said(4, 1), said(5, 99)].concat();
    let hidden = said(6, 1).replace(">1</wp:comment_approved", ">0</wp:comment_approved");
    site.import(&export(&article(1, "A", &(comments + &hidden)))).await;
    let all = comment::Entity::find()
        .order_by_asc(comment::Column::BodySource)
        .all(site.read())
        .await
        .unwrap();
    let shape: Vec<_> = all
        .iter()
        .map(|comment| {
            let parent = all.iter().position(|other| Some(other.id) == comment.parent_id);
            (parent.map(|place| place + 1), comment.depth, comment.reply_count)
        })
        .collect();
    assert_eq!(
        shape,
        [
            (None, 0, 2),
            (Some(1), 1, 1),
            (Some(2), 2, 0),
            (Some(1), 1, 0),
            (None, 0, 0),
            (Some(1), 1, 0)
        ]
    );
    assert_eq!(all[5].status, CommentStatus::Pending);
    assert_eq!(find(&site, "A").await.comment_count, 5);
}

#[tokio::test]
async fn tags_count_the_articles_that_readers_can_list() {
    let site = Site::new().await;
    let draft = "<wp:status>draft</wp:status>";
    let posts = [
        article(1, "A", &(tagged("x") + &tagged("y"))),
        article(2, "B", &tagged("x")),
        article(3, "C", &(tagged("x") + draft)),
        item("page", 4, "D", &tagged("x")),
    ];
    site.import(&export(&posts.concat())).await;
    assert_eq!(post_counts(&site).await, [("x".into(), 2), ("y".into(), 1)]);
}
