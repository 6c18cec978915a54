//! What the objects say of themselves, and how they hang together.

use entity::post::PostKind;
use serde_json::{Value, json};

use crate::support::{Gazette, minute};

#[tokio::test]
async fn a_post_says_what_was_written_and_what_was_made_of_it() {
    let site = Gazette::new().await;
    site.post("a", 1, |post| {
        post.canonical_url = Some("https://elsewhere.example/a".into());
        post.custom_fields = [("difficulty".to_owned(), json!("easy"))].into();
    })
    .await;
    let answer = site
        .ask(
            "{ post(by: { slug: \"a\" }) { status visibility slug path title excerpt bodyHtml bodyText bodySource
               sourceFormat tableOfContents { level anchor text } wordCount readingMinutes isFeatured canonicalUrl
               customFields publishedAt version seriesPosition featuredImage { id } publication { slug } author {
               displayName } } }",
        )
        .await;
    insta::assert_json_snapshot!(answer["post"]);
}

#[tokio::test]
async fn an_excerpt_is_as_long_as_asked_for() {
    let site = Gazette::new().await;
    site.post("a", 1, |post| post.excerpt = Some("One two three four five".into()))
        .await;
    let answer = site
        .ask("{ post(by: { slug: \"a\" }) { whole: excerpt short: excerpt(length: 8) } }")
        .await;
    assert_eq!(
        answer["post"],
        json!({ "whole": "One two three four five", "short": "One two…" })
    );
    for length in ["0", "-1", "601"] {
        let message = site
            .refusal(&format!(
                "{{ post(by: {{ slug: \"a\" }}) {{ excerpt(length: {length}) }} }}"
            ))
            .await;
        assert!(message.contains("allowed is 1 to 600"), "{message}");
    }
}

#[tokio::test]
async fn stored_files_in_a_text_have_whole_addresses() {
    let site = Gazette::new().await;
    let file = "/media/0190a5c7-7e1b-7c3e-8a44-0123456789ab/x.png";
    site.post("a", 1, |post| {
        post.rendered.html =
            format!("<img src=\"{file}\" srcset=\"{file} 1x, {file} 2x\"> <a href=\"/media/kit\">{file}</a>");
    })
    .await;
    let answer = site.ask("{ post(by: { slug: \"a\" }) { bodyHtml } }").await;
    let whole = format!("https://quoin.test{file}");
    assert_eq!(
        answer["post"]["bodyHtml"],
        format!("<img src=\"{whole}\" srcset=\"{whole} 1x, {whole} 2x\"> <a href=\"/media/kit\">{file}</a>")
    );
}

#[tokio::test]
async fn neighbours_are_of_the_same_kind_and_in_order() {
    let site = Gazette::new().await;
    for (number, slug) in ["a", "b", "c"].into_iter().enumerate() {
        site.post(slug, i64::try_from(number).unwrap(), |_| {}).await;
    }
    site.post("imprint", 1, |post| post.kind = PostKind::Page).await;
    let answer = site
        .ask("{ posts { nodes { slug previous { slug } next { slug } } } }")
        .await;
    assert_eq!(
        answer["posts"]["nodes"],
        json!([
            { "slug": "c", "previous": { "slug": "b" }, "next": null },
            { "slug": "b", "previous": { "slug": "a" }, "next": { "slug": "c" } },
            { "slug": "a", "previous": null, "next": { "slug": "b" } },
        ])
    );
}

#[tokio::test]
async fn comments_stand_in_threads() {
    let site = Gazette::new().await;
    let post = site.post("a", 1, |_| {}).await;
    let first = site.comment(post, 2, |_| {}).await;
    let answer = site
        .comment(post, 3, |comment| (comment.parent, comment.depth) = (Some(first), 1))
        .await;
    site.comment(post, 4, |comment| (comment.parent, comment.depth) = (Some(answer), 2))
        .await;
    site.comment(post, 5, |_| {}).await;
    let found = site
        .ask(
            "{ post(by: { slug: \"a\" }) { commentCount comments(threadsOnly: true) { totalCount nodes { authorName depth
               replyCount replies { nodes { authorName depth parent { authorName } replies { totalCount nodes {
               authorName content { slug } } } } } } } newest: comments(first: 1, orderBy: NEWEST) { totalCount nodes {
               authorName } } } }",
        )
        .await;
    insta::assert_json_snapshot!(found["post"]);
}

#[tokio::test]
async fn an_old_path_leads_to_what_stands_there_now() {
    let site = Gazette::new().await;
    let post = site.post("new-name", 1, |_| {}).await;
    let page = site.post("imprint", 2, |post| post.kind = PostKind::Page).await;
    let hidden = site
        .post("hidden", 3, |post| post.status = entity::post::PostStatus::Draft)
        .await;
    site.tag("lead").await;
    let transaction = site.store().write().await.unwrap();
    let paths = vec![
        ("/2012/01/old name".to_owned(), post),
        ("/impressum".to_owned(), page),
        ("/secret".to_owned(), hidden),
    ];
    quoin::domain::redirect::lead_to_posts(&transaction, site.publication, paths)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let fields = "__typename ... on Post { slug } ... on Page { title: slug } ... on Tag { name }
        ... on Redirect { path location target { __typename } }";
    for (path, expected) in [
        ("/new-name", json!({ "__typename": "Post", "slug": "new-name" })),
        (
            "new-name/?utm=1#top",
            json!({ "__typename": "Post", "slug": "new-name" }),
        ),
        ("/imprint/", json!({ "__typename": "Page", "title": "imprint" })),
        ("/tag/lead", json!({ "__typename": "Tag", "name": "LEAD" })),
        (
            "/2012/01/old%20name/",
            json!({ "__typename": "Redirect", "path": "/2012/01/old name", "location": "/new-name",
                    "target": { "__typename": "Post" } }),
        ),
        (
            "/impressum",
            json!({ "__typename": "Redirect", "path": "/impressum", "location": "/imprint",
                    "target": { "__typename": "Page" } }),
        ),
        ("/secret", Value::Null),
        ("/nothing", Value::Null),
        ("", Value::Null),
        ("/%00", Value::Null),
    ] {
        let answer = site
            .ask(&format!("{{ resolvePath(path: \"{path}\") {{ {fields} }} }}"))
            .await;
        assert_eq!(answer["resolvePath"], expected, "{path}");
    }
    let long = "x".repeat(3000);
    assert!(
        site.refusal(&format!("{{ resolvePath(path: \"{long}\") {{ __typename }} }}"))
            .await
            .contains("2048")
    );
}

#[tokio::test]
async fn every_id_leads_back_to_its_object() {
    let site = Gazette::new().await;
    let tag = site.tag("lead").await;
    let post = site.post("a", 1, |post| post.tags = vec![tag]).await;
    site.post("imprint", 2, |post| post.kind = PostKind::Page).await;
    site.comment(post, 3, |_| {}).await;
    let answer = site
        .ask(
            "{ publication { __typename id } post(by: { slug: \"a\" }) { __typename id author { __typename id }
               tags { __typename id } comments { nodes { __typename id } } } page(by: { slug: \"imprint\" }) {
               __typename id } pages { nodes { __typename id } } }",
        )
        .await;
    let objects = [
        &answer["publication"],
        &answer["post"],
        &answer["post"]["author"],
        &answer["post"]["tags"][0],
        &answer["post"]["comments"]["nodes"][0],
        &answer["page"],
        &answer["pages"]["nodes"][0],
    ];
    let ids = json!(objects.map(|object| object["id"].clone()));
    let found = site.ask(&format!("{{ nodes(ids: {ids}) {{ __typename id }} }}")).await;
    for (object, found) in objects.iter().zip(found["nodes"].as_array().unwrap()) {
        assert_eq!(
            (&object["__typename"], &object["id"]),
            (&found["__typename"], &found["id"])
        );
    }
    let none = site
        .ask("{ node(id: \"nonsense\") { id } nodes(ids: [\"\", \"AA\"]) { id } }")
        .await;
    assert_eq!(none, json!({ "node": null, "nodes": [null, null] }));
    let many = json!(vec!["x"; 101]);
    assert!(
        site.refusal(&format!("{{ nodes(ids: {many}) {{ id }} }}"))
            .await
            .contains("allowed are 100")
    );
}

#[tokio::test]
async fn a_slug_without_a_publication_means_the_oldest() {
    let site = Gazette::new().await;
    site.post("a", 1, |_| {}).await;
    let answer = site
        .ask(
            "{ a: post(by: { slug: \"a\" }) { publishedAt } b: post(by: { slug: \"a\" }, publication: \"gazette\") { slug }
               c: post(by: { slug: \"a\" }, publication: \"other\") { slug } publications { totalCount nodes { slug } } }",
        )
        .await;
    assert_eq!(answer["a"]["publishedAt"], minute(1).to_rfc3339());
    assert_eq!((&answer["b"]["slug"], &answer["c"]), (&json!("a"), &Value::Null));
    assert_eq!(
        answer["publications"],
        json!({ "totalCount": 1, "nodes": [{ "slug": "gazette" }] })
    );
}
