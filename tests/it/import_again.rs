//! An import can be run again: it changes what has changed, and nothing else.

use entity::{category, comment, post, post_tag, revision, series, tag};
use quoin::domain::{self, Viewer};
use quoin::import::Options;
use quoin::import::report::{Report, Tally};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use crate::support::accounts::accounts;
use crate::support::site::{FIXTURE, Records, Site, article, comment as said, export, item, tagged};

fn changes(report: &Report) -> (u64, u64) {
    let Tally { created, updated, .. } = report.total();
    (created, updated)
}

async fn find(site: &Site, title: &str) -> post::Model {
    let found = post::Entity::find().filter(post::Column::Title.eq(title));
    found
        .one(site.read())
        .await
        .unwrap()
        .unwrap_or_else(|| panic!("no post {title}"))
}

#[tokio::test]
async fn a_second_import_touches_no_row() {
    let site = Site::new().await;
    let first = site.import(FIXTURE).await;
    let before = site.rows().await;
    let second = site.import(FIXTURE).await;
    assert!(
        second
            .to_string()
            .contains("\n0 created, 0 updated, 26 unchanged, 4 skipped in "),
        "{second}"
    );
    assert_eq!(second.total().unchanged, first.total().created);
    assert_eq!(site.rows().await, before);
}

#[tokio::test]
async fn a_changed_post_is_updated_alone() {
    let site = Site::new().await;
    let other = article(2, "Other", &tagged("x"));
    let text = |text: &str| format!("<content:encoded>{text}</content:encoded>");
    let before = article(1, "A", &(tagged("x") + &tagged("y") + &text("one") + &said(1, 0)));
    site.import(&export(&(before + &other))).await;
    let (old, untouched) = (find(&site, "A").await, find(&site, "Other").await);

    let after = article(1, "A", &(tagged("y") + &tagged("z") + &text("two") + &said(1, 0)));
    let report = site.import(&export(&(after + &other))).await;
    assert_eq!(changes(&report), (1, 1), "a tag was made, a post changed: {report}");
    let new = find(&site, "A").await;
    assert_eq!((new.id, new.version, new.slug.as_str()), (old.id, 2, "a"));
    assert_eq!(new.body_source, "two");
    assert_eq!(new.comment_count, 1);
    assert_eq!(find(&site, "Other").await, untouched);

    let revisions = revision::Entity::find().filter(revision::Column::PostId.eq(new.id));
    let revisions = revisions
        .order_by_asc(revision::Column::Version)
        .all(site.read())
        .await
        .unwrap();
    let sources: Vec<_> = revisions
        .iter()
        .map(|revision| (revision.version, revision.body_source.as_str()))
        .collect();
    assert_eq!(sources, [(1, "one"), (2, "two")]);

    let tags = tag::Entity::find()
        .order_by_asc(tag::Column::Slug)
        .all(site.read())
        .await
        .unwrap();
    let counts: Vec<_> = tags.iter().map(|tag| (tag.slug.as_str(), tag.post_count)).collect();
    assert_eq!(counts, [("x", 1), ("y", 1), ("z", 1)]);
    let links = post_tag::Entity::find().filter(post_tag::Column::PostId.eq(new.id));
    let links = links
        .order_by_asc(post_tag::Column::Position)
        .all(site.read())
        .await
        .unwrap();
    assert_eq!(
        links.iter().map(|link| link.tag_id).collect::<Vec<_>>(),
        [tags[1].id, tags[2].id]
    );
}

#[tokio::test]
async fn a_changed_slug_leaves_a_redirect() {
    let site = Site::new().await;
    let named = |slug: &str| export(&article(1, "A", &format!("<wp:post_name>{slug}</wp:post_name>")));
    site.import(&named("old")).await;
    site.import(&named("new")).await;
    let query = r#"{ resolvePath(path: "/old") { ... on Redirect { location target { ... on Post { slug } } } } }"#;
    let expected = json!({"resolvePath": {"location": "/new", "target": {"slug": "new"}}});
    assert_eq!(site.query(query).await, expected);
    site.import(&named("old")).await;
    let data = site.query(r#"{ resolvePath(path: "/old") { __typename } }"#).await;
    assert_eq!(data["resolvePath"]["__typename"], "Post");
}

#[tokio::test]
async fn a_later_comment_appears_and_leaves_its_post_alone() {
    let site = Site::new().await;
    let with = |comments: &str| export(&article(1, "A", comments));
    site.import(&with(&said(2, 1))).await;
    let before = find(&site, "A").await;
    let report = site.import(&with(&(said(2, 1) + &said(1, 0) + &said(3, 2)))).await;
    assert_eq!(changes(&report), (2, 1), "the answer found its comment: {report}");
    let after = find(&site, "A").await;
    assert_eq!((after.version, after.updated_at), (before.version, before.updated_at));
    assert_eq!(after.comment_count, 3);
    let all = comment::Entity::find()
        .order_by_asc(comment::Column::BodySource)
        .all(site.read())
        .await
        .unwrap();
    let shape: Vec<_> = all.iter().map(|comment| (comment.depth, comment.reply_count)).collect();
    assert_eq!(shape, [(0, 1), (1, 1), (2, 0)]);
    assert_eq!(all[1].parent_id, Some(all[0].id));
    assert_eq!(
        changes(&site.import(&with(&(said(2, 1) + &said(1, 0) + &said(3, 2)))).await),
        (0, 0)
    );
}

#[tokio::test]
async fn a_comment_that_moved_is_counted_where_it_is() {
    let site = Site::new().await;
    let posts = |first: &str, second: &str| export(&(article(1, "A", first) + &article(2, "B", second)));
    site.import(&posts(&said(1, 0), "")).await;
    site.import(&posts("", &said(1, 0))).await;
    let counts = (
        find(&site, "A").await.comment_count,
        find(&site, "B").await.comment_count,
    );
    assert_eq!(counts, (0, 1));
}

#[tokio::test]
async fn equal_slugs_are_numbered_and_keep_their_numbers() {
    let site = Site::new().await;
    let posts: String = (1..=3).map(|id| article(id, "Hello", "")).collect();
    site.import(&export(&posts)).await;
    let slugs = async || {
        let posts = post::Entity::find()
            .order_by_asc(post::Column::Id)
            .all(site.read())
            .await
            .unwrap();
        posts.into_iter().map(|post| post.slug).collect::<Vec<_>>()
    };
    assert_eq!(slugs().await, ["hello", "hello-2", "hello-3"]);
    let changed: String = (1..=3)
        .map(|id| article(id, "Hello", "<content:encoded>x</content:encoded>"))
        .collect();
    assert_eq!(changes(&site.import(&export(&changed)).await), (0, 3));
    assert_eq!(slugs().await, ["hello", "hello-2", "hello-3"]);
}

#[tokio::test]
async fn a_page_and_an_article_may_have_one_slug() {
    let site = Site::new().await;
    site.import(&export(&(article(1, "About", "") + &item("page", 2, "About", ""))))
        .await;
    let data = site
        .query(r#"{ post(by: {slug: "about"}) { __typename } page(by: {slug: "about"}) { __typename } }"#)
        .await;
    assert_eq!(
        data,
        json!({"post": {"__typename": "Post"}, "page": {"__typename": "Page"}})
    );
}

#[tokio::test]
async fn a_page_that_moved_to_the_top_stands_there() {
    let site = Site::new().await;
    let pages = |parent: u32| {
        let parent = format!("<wp:post_parent>{parent}</wp:post_parent>");
        export(&(item("page", 1, "Root", "") + &item("page", 2, "Leaf", &parent)))
    };
    site.import(&pages(1)).await;
    assert_eq!(find(&site, "Leaf").await.parent_id, Some(find(&site, "Root").await.id));
    site.import(&pages(0)).await;
    assert_eq!(find(&site, "Leaf").await.parent_id, None);
}

#[tokio::test]
async fn an_export_made_in_parts_is_put_together() {
    let site = Site::new().await;
    let picture = item(
        "attachment",
        9,
        "P",
        "<wp:attachment_url>https://gulls.example/p.jpg</wp:attachment_url>",
    );
    let meta = "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>";
    let posts = export(&article(1, "A", meta));
    let report = site.import(&posts).await;
    assert!(
        report
            .to_string()
            .contains("it refers to what is not there: media \"9\""),
        "{report}"
    );
    site.import(&export(&picture)).await;
    assert_eq!(changes(&site.import(&posts).await), (0, 1));
    assert!(find(&site, "A").await.featured_media_id.is_some());
    assert_eq!(changes(&site.import(&posts).await), (0, 0));
}

#[tokio::test]
async fn an_interrupted_import_is_finished_by_the_next() {
    let records = || {
        let mut records = Vec::new();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.xml");
        let below = "<wp:post_parent>1000</wp:post_parent>";
        let pages: String = (1..=150).map(|id| item("page", id, "Page", below)).collect();
        let posts: String = (200..=300)
            .map(|id| article(id, "Post", &(tagged("x") + &said(id, 0))))
            .collect();
        std::fs::write(&path, export(&(pages + &item("page", 1000, "Root", "") + &posts))).unwrap();
        let mut source = quoin::import::wordpress::Wordpress::open(&path).unwrap();
        let mut collect = |record| {
            records.push(record);
            Ok(())
        };
        quoin::import::record::Source::read(&mut source, &mut collect).unwrap();
        records
    };
    let whole = Site::new().await;
    whole
        .import_source(Records::of(records()), &Options::default())
        .await
        .unwrap();
    let pieces = Site::new().await;
    let total = records().len();
    for broken_after in [0, 1, 120, 180, total - 1] {
        let source = Records {
            records: records(),
            broken_after: Some(broken_after),
        };
        let error = pieces.import_source(source, &Options::default()).await;
        assert!(error.is_err());
    }
    assert!(
        find(&pieces, "Page").await.parent_id.is_none(),
        "nothing was interrupted"
    );
    pieces
        .import_source(Records::of(records()), &Options::default())
        .await
        .unwrap();
    assert_eq!(state(&pieces).await, state(&whole).await);
    let again = pieces
        .import_source(Records::of(records()), &Options::default())
        .await
        .unwrap();
    assert_eq!(changes(&again), (0, 0));
}

/// What a site holds, without ids and times.
async fn state(site: &Site) -> Vec<String> {
    let posts = post::Entity::find().all(site.read()).await.unwrap();
    let slug_of = |id| {
        posts
            .iter()
            .find(|post| Some(post.id) == id)
            .map(|post| post.slug.as_str())
    };
    let mut state: Vec<String> = posts
        .iter()
        .map(|post| {
            format!(
                "{} {:?} {} {}",
                post.slug,
                slug_of(post.parent_id),
                post.version,
                post.comment_count
            )
        })
        .collect();
    for tag in tag::Entity::find().all(site.read()).await.unwrap() {
        state.push(format!("{} {}", tag.slug, tag.post_count));
    }
    for (table, rows) in site.rows().await {
        state.push(format!("{table}: {}", rows.len()));
    }
    state.sort();
    state
}

#[tokio::test]
async fn the_order_of_kinds_does_not_lose_a_link() {
    // Readers keep to an order; one that does not still links what is written together or later again.
    let site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.xml");
    std::fs::write(&path, export(&article(1, "A", &tagged("x")))).unwrap();
    let mut records = Vec::new();
    let mut collect = |record| {
        records.push(record);
        Ok(())
    };
    let mut source = quoin::import::wordpress::Wordpress::open(&path).unwrap();
    quoin::import::record::Source::read(&mut source, &mut collect).unwrap();
    records.reverse();
    site.import_source(Records::of(records), &Options::default())
        .await
        .unwrap();
    let data = site
        .query(r#"{ post(by: {slug: "a"}) { tags { slug postCount } } }"#)
        .await;
    assert_eq!(data["post"]["tags"], json!([{"slug": "x", "postCount": 1}]));
}

/// The tag with this slug.
async fn tag_of(site: &Site, slug: &str) -> Option<tag::Model> {
    let found = tag::Entity::find().filter(tag::Column::Slug.eq(slug));
    found.one(site.read()).await.unwrap()
}

#[tokio::test]
async fn a_deleted_tag_stays_away_and_its_posts_are_left_alone() {
    let site = Site::new().await;
    let accounts = accounts(site.database.store(), site.database.outbox()).await;
    let text = |text: &str| format!("<content:encoded>{text}</content:encoded>");
    let post = |source: &str| article(1, "A", &(tagged("x") + &tagged("y") + &text(source)));
    site.import(&export(&post("one"))).await;
    let x = tag_of(&site, "x").await.unwrap();
    domain::tag::remove(&accounts, Viewer::Operator, x.id).await.unwrap();
    let before = site.rows().await;
    assert_eq!(changes(&site.import(&export(&post("one"))).await), (0, 0));
    assert_eq!(site.rows().await, before);
    assert_eq!(changes(&site.import(&export(&post("two"))).await), (0, 1));
    assert_eq!(tag_of(&site, "x").await, None);
    assert_eq!(tag_of(&site, "y").await.unwrap().post_count, 1);
    // Also in an export that has the post alone, made without the terms.
    let later = article(2, "B", &tagged("x"));
    assert_eq!(changes(&site.import(&export(&later)).await), (1, 0));
    let new = domain::term::NewTerm {
        name: "X".into(),
        slug: None,
        description: String::new(),
    };
    domain::tag::add(&accounts, Viewer::Operator, x.publication_id, new)
        .await
        .unwrap();
    site.import(&export(&post("three"))).await;
    assert_eq!(
        tag_of(&site, "x").await.unwrap().post_count,
        1,
        "one of its name takes its place"
    );
}

#[tokio::test]
async fn a_merged_tag_is_what_it_was_merged_into() {
    let site = Site::new().await;
    let accounts = accounts(site.database.store(), site.database.outbox()).await;
    let posts = article(1, "A", &tagged("x")) + &article(2, "B", &tagged("y"));
    site.import(&export(&posts)).await;
    let (x, y) = (tag_of(&site, "x").await.unwrap(), tag_of(&site, "y").await.unwrap());
    domain::tag::merge(&accounts, Viewer::Operator, x.id, y.id)
        .await
        .unwrap();
    let before = site.rows().await;
    assert_eq!(changes(&site.import(&export(&posts)).await), (0, 0));
    assert_eq!(site.rows().await, before);
    let more = posts + &article(3, "C", &tagged("x"));
    site.import(&export(&more)).await;
    assert_eq!(tag_of(&site, "y").await.unwrap().post_count, 3);
    assert_eq!(tag_of(&site, "x").await, None);
}

#[tokio::test]
async fn deleted_categories_and_series_stay_away_too() {
    let site = Site::new().await;
    let accounts = accounts(site.database.store(), site.database.outbox()).await;
    site.import(FIXTURE).await;
    for row in category::Entity::find().all(site.read()).await.unwrap() {
        domain::category::remove(&accounts, Viewer::Operator, row.id)
            .await
            .unwrap();
    }
    for row in series::Entity::find().all(site.read()).await.unwrap() {
        domain::series::remove(&accounts, Viewer::Operator, row.id)
            .await
            .unwrap();
    }
    let before = site.rows().await;
    assert_eq!(changes(&site.import(FIXTURE).await), (0, 0));
    assert_eq!(site.rows().await, before);
}

#[tokio::test]
async fn an_import_makes_no_circle_of_categories_that_were_moved() {
    let site = Site::new().await;
    let accounts = accounts(site.database.store(), site.database.outbox()).await;
    let term = |id: u32, slug: &str, parent: &str, about: &str| {
        format!(
            "<wp:category><wp:term_id>{id}</wp:term_id><wp:category_nicename>{slug}</wp:category_nicename>\
             <wp:category_parent>{parent}</wp:category_parent><wp:cat_name>{slug}</wp:cat_name>\
             <wp:category_description>{about}</wp:category_description></wp:category>"
        )
    };
    let tree = |about: &str| export(&(term(1, "top", "", "") + &term(2, "below", "top", about)));
    site.import(&tree("")).await;
    let of = async |slug: &str| {
        let found = category::Entity::find().filter(category::Column::Slug.eq(slug));
        found.one(site.read()).await.unwrap().unwrap()
    };
    let (top, below) = (of("top").await.id, of("below").await.id);
    let place = |id, parent| domain::category::place(&accounts, Viewer::Operator, id, parent, None);
    place(below, None).await.unwrap();
    place(top, Some(below)).await.unwrap();
    assert_eq!(changes(&site.import(&tree("changed")).await), (0, 1));
    assert_eq!(
        (of("top").await.parent_id, of("below").await.parent_id),
        (Some(below), None)
    );
    assert_eq!(of("below").await.description, "changed");
}
