//! Series: which posts they have, in which order.

use entity::membership::Role;
use entity::{post, series};
use quoin::domain::Viewer;
use quoin::domain::scope::Scope;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::desk::{Desk, no_names, text};
use crate::support::global_id;

const POSTS: &str = "series { posts { nodes { slug seriesPosition } } }";

/// Slugs and places of the posts of an answer's series.
fn order(it: &Value) -> Vec<(String, i64)> {
    let nodes = it["series"]["posts"]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| (text(&node["slug"]), node["seriesPosition"].as_i64().unwrap()))
        .collect()
}

fn expected<const N: usize>(slugs: [&str; N]) -> Vec<(String, i64)> {
    slugs.into_iter().map(str::to_owned).zip(1..).collect()
}

/// A post of the gazette: its global id.
async fn post(desk: &Desk, slug: &str) -> String {
    desk.gazette.post(slug, 1, |_| ()).await;
    let data = desk
        .gazette
        .ask(&format!("{{ post(by: {{slug: {slug:?}}}) {{ id }} }}"))
        .await;
    text(&data["post"]["id"])
}

#[tokio::test]
async fn posts_stand_in_the_order_that_was_given() {
    let desk = Desk::new().await;
    let series = desk.make("series", "Letters").await;
    let (a, b, c) = (post(&desk, "a").await, post(&desk, "b").await, post(&desk, "c").await);
    let set = async |posts: Value| {
        desk.done("seriesSetPosts", json!({"id": series, "postIds": posts}), POSTS)
            .await
    };
    assert_eq!(order(&set(json!([c, a, b])).await), expected(["c", "a", "b"]));
    assert_eq!(order(&set(json!([b, c])).await), expected(["b", "c"]));
    let left = desk
        .gazette
        .ask(r#"{ post(by: {slug: "a"}) { series { slug } seriesPosition version } }"#)
        .await;
    assert_eq!(
        left["post"],
        json!({"series": null, "seriesPosition": null, "version": 1})
    );
    let other = desk.make("series", "Others").await;
    let moved = desk
        .done("seriesSetPosts", json!({"id": other, "postIds": [c]}), POSTS)
        .await;
    assert_eq!(order(&moved), expected(["c"]));
    assert_eq!(order(&set(json!([])).await), expected([]));
    let rows = post::Entity::find().all(desk.gazette.store().read()).await.unwrap();
    let places = rows
        .iter()
        .map(|row| (row.slug.as_str(), row.series_id.is_some(), row.series_position));
    let mut places: Vec<_> = places.collect();
    places.sort_unstable();
    assert_eq!(places, [("a", false, 0), ("b", false, 0), ("c", true, 1)]);
}

#[tokio::test]
async fn a_page_is_no_part_of_a_series_under_either_id() {
    let desk = Desk::new().await;
    let series = desk.make("series", "Letters").await;
    let page = desk
        .gazette
        .post("about", 1, |post| post.kind = post::PostKind::Page)
        .await;
    let posts = json!([global_id(4, page), global_id(3, page)]);
    let told = desk
        .problems("seriesSetPosts", json!({"id": series, "postIds": posts}))
        .await;
    let places: Vec<_> = told.iter().map(|(_, field)| field.as_str()).collect();
    assert_eq!(places, ["postIds/0", "postIds/1"]);
}

#[tokio::test]
async fn each_wrong_post_is_named_and_nothing_changes() {
    let desk = Desk::new().await;
    let series = desk.make("series", "Letters").await;
    let (a, b) = (post(&desk, "a").await, post(&desk, "b").await);
    desk.done("seriesSetPosts", json!({"id": series, "postIds": [b]}), "")
        .await;
    let tag = desk.make("tag", "Lead").await;
    let posts = json!([a, tag, b, a, "nonsense", ""]);
    let told = desk
        .problems("seriesSetPosts", json!({"id": series, "postIds": posts}))
        .await;
    let places: Vec<_> = told
        .iter()
        .map(|(code, field)| (code.as_str(), field.as_str()))
        .collect();
    let wrong = |place| ("INVALID", place);
    assert_eq!(
        places,
        [
            wrong("postIds/1"),
            wrong("postIds/3"),
            wrong("postIds/4"),
            wrong("postIds/5")
        ]
    );
    let many: Vec<_> = std::iter::repeat_n(&a, 1_001).collect();
    let told = desk
        .problems("seriesSetPosts", json!({"id": series, "postIds": many}))
        .await;
    assert_eq!(told, [("TOO_LONG".to_owned(), "postIds".to_owned())]);
    let data = desk
        .gazette
        .ask(r#"{ series(by: {slug: "letters"}) { posts { nodes { slug } } } }"#)
        .await;
    assert_eq!(data["series"]["posts"]["nodes"], json!([{"slug": "b"}]));
}

#[tokio::test]
async fn a_post_of_another_publication_is_none_here() {
    let desk = Desk::new().await;
    let a = post(&desk, "a").await;
    let ned = desk.gazette.administrator("ned").await;
    let made = r#"mutation { it: publicationCreate(input: {title: "Other"}) { publication { id } } }"#;
    let other = text(&desk.gazette.done(ned.viewer(), made).await["it"]["publication"]["id"]);
    let input = json!({"publicationId": other, "title": "Mine"});
    let answer = desk.answer(ned.viewer(), "seriesCreate", input, "series { id }").await;
    let series = text(&answer["data"]["it"]["series"]["id"]);
    let answer = desk
        .answer(
            ned.viewer(),
            "seriesSetPosts",
            json!({"id": series, "postIds": [a]}),
            "",
        )
        .await;
    let field = &answer["data"]["it"]["userErrors"][0]["field"];
    assert_eq!(*field, json!(["input", "postIds", "0"]));
}

#[tokio::test]
async fn a_series_goes_and_its_posts_stay() {
    let desk = Desk::new().await;
    let series = desk.make("series", "Letters").await;
    let a = post(&desk, "a").await;
    desk.done("seriesSetPosts", json!({"id": series, "postIds": [a]}), "")
        .await;
    let renamed = desk
        .done(
            "seriesUpdate",
            json!({"id": series, "slug": "briefe", "title": "Briefe"}),
            "series { slug title path }",
        )
        .await;
    assert_eq!(
        renamed["series"],
        json!({"slug": "briefe", "title": "Briefe", "path": "/series/briefe"})
    );
    assert_eq!(
        desk.at("/series/letters").await,
        ("Redirect".into(), "/series/briefe".into())
    );
    assert_eq!(desk.at("/series/briefe").await.0, "Series");
    desk.done("seriesDelete", json!({"id": series}), "").await;
    assert_eq!(desk.at("/series/letters").await.0, "");
    let read = desk.gazette.store().read();
    assert_eq!(series::Entity::find().all(read).await.unwrap(), []);
    let rows = post::Entity::find().all(read).await.unwrap();
    assert_eq!((rows[0].series_id, rows[0].series_position), (None, 0));
}

#[tokio::test]
async fn what_is_no_title_makes_no_series() {
    let desk = Desk::new().await;
    for (title, code) in no_names() {
        let input = json!({"publicationId": desk.publication, "title": title});
        assert_eq!(
            desk.problems("seriesCreate", input).await,
            [(code.into(), "title".into())],
            "{title:?}"
        );
    }
    assert_eq!(
        series::Entity::find().all(desk.gazette.store().read()).await.unwrap(),
        []
    );
}

#[tokio::test]
async fn only_editors_change_series() {
    let desk = Desk::new().await;
    let series = desk.make("series", "Letters").await;
    let acts = [
        ("seriesCreate", json!({"publicationId": desk.publication, "title": "b"})),
        ("seriesUpdate", json!({"id": series, "title": "A"})),
        ("seriesSetPosts", json!({"id": series, "postIds": []})),
        ("seriesDelete", json!({"id": series})),
    ];
    let gazette = &desk.gazette;
    for (viewer, code) in [
        (Viewer::Anonymous, Some("UNAUTHENTICATED")),
        (gazette.person("stranger").await.viewer(), Some("FORBIDDEN")),
        (gazette.member("au", Role::Author).await.viewer(), Some("FORBIDDEN")),
        (desk.admin.without(Scope::Write), Some("FORBIDDEN")),
        (gazette.member("ed", Role::Editor).await.viewer(), None),
    ] {
        for (mutation, input) in &acts {
            let refused = desk.refusal(viewer, mutation, input.clone()).await;
            assert_eq!(refused.as_deref(), code, "{mutation} {viewer:?}");
        }
    }
}

#[tokio::test]
async fn a_position_counts_the_posts_that_the_viewer_sees() {
    let desk = Desk::new().await;
    let series = desk.make("series", "Letters").await;
    let mut posts = Vec::new();
    for slug in ["a", "b", "c", "d"] {
        posts.push(post(&desk, slug).await);
    }
    desk.done("seriesSetPosts", json!({"id": series, "postIds": posts}), "")
        .await;
    for (act, hidden) in [("postUnpublish", &posts[0]), ("postArchive", &posts[2])] {
        desk.done(act, json!({"id": hidden}), "").await;
    }
    let query =
        format!("{{ node(id: {series:?}) {{ ... on Series {{ posts {{ nodes {{ slug seriesPosition }} }} }} }} }}");
    for viewer in [quoin::domain::Viewer::Anonymous, desk.admin.viewer()] {
        let data = desk.gazette.done(viewer, &query).await;
        let it = json!({"series": data["node"]});
        assert_eq!(order(&it), expected(["b", "d"]));
    }
    let one = r#"{ post(by: {slug: "d"}) { seriesPosition } }"#;
    assert_eq!(desk.gazette.ask(one).await["post"]["seriesPosition"], 2);
    let hidden = r#"{ post(by: {slug: "c"}) { series { slug } seriesPosition } }"#;
    let hidden = desk.gazette.done(desk.admin.viewer(), hidden).await;
    let expected = json!({"series": {"slug": "letters"}, "seriesPosition": null});
    assert_eq!(hidden["post"], expected, "the series does not list it");
}

#[tokio::test]
async fn a_post_that_its_series_does_not_list_has_no_position_in_it() {
    let desk = Desk::new().await;
    let series = desk.make("series", "Letters").await;
    let mut posts = Vec::new();
    for slug in ["a", "b", "c"] {
        posts.push(post(&desk, slug).await);
    }
    desk.done("seriesSetPosts", json!({"id": series, "postIds": posts}), "")
        .await;
    for (visibility, listed) in [
        ("UNLISTED", false),
        ("MEMBERS", false),
        ("PRIVATE", false),
        ("PUBLIC", true),
    ] {
        let input = json!({"id": posts[1], "visibility": visibility});
        desk.done("postUpdate", input, "").await;
        desk.done("postPublish", json!({"id": posts[1]}), "").await;
        for viewer in [Viewer::Anonymous, desk.admin.viewer()] {
            let query = r#"{
                a: post(by: {slug: "a"}) { seriesPosition }
                b: post(by: {slug: "b"}) { seriesPosition }
                c: post(by: {slug: "c"}) { seriesPosition }
            }"#;
            let data = desk.gazette.done(viewer, query).await;
            let of = |alias: &str| data[alias]["seriesPosition"].clone();
            let expected = if listed { json!([1, 2, 3]) } else { json!([1, null, 2]) };
            assert_eq!(json!([of("a"), of("b"), of("c")]), expected, "{visibility} {viewer:?}");
        }
    }
}
