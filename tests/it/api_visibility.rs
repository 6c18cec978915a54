//! What is not published and public does not exist for an anonymous reader, by any path.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use entity::comment::CommentStatus;
use entity::post::{PostKind, PostStatus, Visibility};
use quoin::graphql::Api;
use serde_json::{Value, json};

use crate::support::{Gazette, global_id};

const HIDDEN: [(&str, PostStatus, Visibility); 7] = [
    ("draft", PostStatus::Draft, Visibility::Public),
    ("in-review", PostStatus::InReview, Visibility::Public),
    ("scheduled", PostStatus::Scheduled, Visibility::Public),
    ("archived", PostStatus::Archived, Visibility::Public),
    ("members", PostStatus::Published, Visibility::Members),
    ("private", PostStatus::Published, Visibility::Private),
    ("draft-unlisted", PostStatus::Draft, Visibility::Unlisted),
];

/// One open article, and hidden ones around it that share its tag, author and moment.
async fn site() -> (Gazette, Vec<(String, entity::PostId, entity::CommentId)>) {
    let site = Gazette::new().await;
    let tag = site.tag("lead").await;
    let mut hidden = Vec::new();
    for (number, (slug, status, visibility)) in HIDDEN.into_iter().enumerate() {
        let bob = site.user(&format!("bob-{slug}")).await;
        let post = site
            .post(slug, i64::try_from(number).unwrap(), |post| {
                (post.status, post.visibility) = (status, visibility);
                post.tags = vec![tag];
                post.authors = vec![site.ann, bob];
            })
            .await;
        let comment = site.comment(post, 50, |_| {}).await;
        hidden.push((slug.to_owned(), post, comment));
    }
    let open = site.post("open", 3, |post| post.tags = vec![tag]).await;
    site.comment(open, 60, |_| {}).await;
    (site, hidden)
}

#[tokio::test]
async fn lists_relations_and_counts_show_the_open_post_alone() {
    let (site, _) = site().await;
    let open = json!({ "totalCount": 1, "nodes": [{ "slug": "open" }] });
    let posts = "posts(first: 100) { totalCount nodes { slug } }";
    let answer = site
        .ask(&format!(
            "{{ {posts} publication {{ {posts} }} tag(by: {{ slug: \"lead\" }}) {{ postCount {posts} }}
               user(by: {{ username: \"ann\" }}) {{ {posts} }} }}"
        ))
        .await;
    assert_eq!(answer["posts"], open);
    assert_eq!(answer["publication"]["posts"], open);
    assert_eq!(answer["tag"], json!({ "postCount": 1, "posts": open }));
    assert_eq!(answer["user"]["posts"], open);
    let neighbours = site
        .ask("{ post(by: { slug: \"open\" }) { previous { slug } next { slug } } }")
        .await;
    assert_eq!(neighbours["post"], json!({ "previous": null, "next": null }));
    let titles = site.ask("{ posts(where: { title: \"title\" }) { totalCount } }").await;
    assert_eq!(titles["posts"]["totalCount"], 1);
}

#[tokio::test]
async fn addresses_and_ids_of_hidden_posts_lead_nowhere() {
    let (site, hidden) = site().await;
    for (slug, post, comment) in hidden {
        let (id, as_page, comment) = (global_id(3, post), global_id(4, post), global_id(9, comment));
        let answer = site
            .ask(&format!(
                "{{ a: post(by: {{ slug: \"{slug}\" }}) {{ id }} b: post(by: {{ id: \"{id}\" }}) {{ id }}
                   c: node(id: \"{id}\") {{ id }} d: node(id: \"{as_page}\") {{ id }} e: node(id: \"{comment}\") {{ id }}
                   f: resolvePath(path: \"/{slug}\") {{ __typename }} g: nodes(ids: [\"{id}\", \"{comment}\"]) {{ id }}
                   h: user(by: {{ username: \"bob-{slug}\" }}) {{ id }} i: page(by: {{ slug: \"{slug}\" }}) {{ id }} }}"
            ))
            .await;
        for (field, found) in answer.as_object().unwrap() {
            let expected = if field == "g" { json!([null, null]) } else { Value::Null };
            assert_eq!(*found, expected, "{slug} by {field}");
        }
    }
}

#[tokio::test]
async fn hidden_pages_stand_in_no_tree() {
    let site = Gazette::new().await;
    let page = |status: PostStatus| {
        move |post: &mut quoin::domain::post::PostDraft| {
            post.kind = PostKind::Page;
            post.status = status;
        }
    };
    let top = site.post("top", 1, page(PostStatus::Published)).await;
    let seen = site.post("seen", 2, page(PostStatus::Published)).await;
    let unseen = site.post("unseen", 3, page(PostStatus::Draft)).await;
    let below = site.post("below", 4, page(PostStatus::Published)).await;
    let transaction = site.store().write().await.unwrap();
    let links = [(seen, Some(top)), (unseen, Some(top)), (below, Some(unseen))];
    quoin::domain::post::place_pages(&transaction, &links).await.unwrap();
    transaction.commit().await.unwrap();
    let answer = site
        .ask(
            "{ page(by: { slug: \"top\" }) { children { slug parent { slug } } }
               below: page(by: { slug: \"below\" }) { parent { slug } } }",
        )
        .await;
    assert_eq!(
        answer["page"]["children"],
        json!([{ "slug": "seen", "parent": { "slug": "top" } }])
    );
    assert_eq!(answer["below"]["parent"], Value::Null);
}

#[tokio::test]
async fn an_unlisted_post_is_found_by_its_address_and_in_no_list() {
    let site = Gazette::new().await;
    let post = site
        .post("whispered", 1, |post| post.visibility = Visibility::Unlisted)
        .await;
    let id = global_id(3, post);
    let answer = site
        .ask(&format!(
            "{{ post(by: {{ slug: \"whispered\" }}) {{ title }} node(id: \"{id}\") {{ id }}
               resolvePath(path: \"/whispered\") {{ ... on Post {{ slug }} }} posts {{ totalCount nodes {{ id }} }} }}"
        ))
        .await;
    assert_eq!(answer["post"]["title"], "Title of whispered");
    assert_eq!(answer["node"]["id"], id);
    assert_eq!(answer["resolvePath"]["slug"], "whispered");
    assert_eq!(answer["posts"], json!({ "totalCount": 0, "nodes": [] }));
}

#[tokio::test]
async fn comments_that_nobody_approved_are_neither_shown_nor_counted() {
    let site = Gazette::new().await;
    let post = site.post("open", 1, |_| {}).await;
    let seen = site.comment(post, 2, |_| {}).await;
    let mut hidden = Vec::new();
    for status in [
        CommentStatus::Pending,
        CommentStatus::Hidden,
        CommentStatus::Spam,
        CommentStatus::Deleted,
    ] {
        let change = |comment: &mut quoin::domain::comment::CommentDraft| {
            (comment.status, comment.parent, comment.depth) = (status, Some(seen), 1);
        };
        hidden.push(site.comment(post, 3, change).await);
    }
    let answer = site
        .ask(
            "{ post(by: { slug: \"open\" }) { commentCount comments { totalCount nodes { replyCount authorName
               replies { totalCount nodes { id } } } }
               threads: comments(threadsOnly: true) { totalCount } } }",
        )
        .await;
    let seen = json!([{ "replyCount": 0, "authorName": "reader 2", "replies": { "totalCount": 0, "nodes": [] } }]);
    assert_eq!(answer["post"]["comments"], json!({ "totalCount": 1, "nodes": seen }));
    assert_eq!(
        (
            &answer["post"]["commentCount"],
            &answer["post"]["threads"]["totalCount"]
        ),
        (&json!(1), &json!(1))
    );
    for comment in hidden {
        let id = global_id(9, comment);
        assert_eq!(
            site.ask(&format!("{{ node(id: \"{id}\") {{ id }} }}")).await["node"],
            Value::Null
        );
    }
}

#[test]
fn the_addresses_of_people_stand_only_where_they_and_those_who_look_after_them_look() {
    let mut with_address = Vec::new();
    for definition in parse_schema(Api::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        if let TypeKind::Object(object) = &definition.node.kind
            && object.fields.iter().any(|field| field.node.name.node == "email")
        {
            with_address.push(definition.node.name.node.to_string());
        }
    }
    assert_eq!(with_address, ["Account", "Identity", "Invitation", "Viewer"]);
}
