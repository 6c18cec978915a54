//! Tags over the API: who makes, renames, merges and deletes them, and what becomes of their addresses.

use entity::membership::Role;
use entity::tag;
use futures_util::future::join_all;
use quoin::domain::Viewer;
use quoin::domain::scope::Scope;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::desk::{Desk, no_names, text};

async fn slug_of(desk: &Desk, input: Value) -> String {
    let mut whole = json!({ "publicationId": desk.publication });
    whole
        .as_object_mut()
        .unwrap()
        .extend(input.as_object().unwrap().clone());
    text(&desk.done("tagCreate", whole, "tag { slug }").await["tag"]["slug"])
}

#[tokio::test]
async fn a_slug_comes_of_any_script_and_is_never_empty() {
    let desk = Desk::new().await;
    for (input, slug) in [
        (json!({"name": "Neue Bücher"}), "neue-bucher"),
        (json!({"name": "活版印刷"}), "huo-ban-yin-shua"),
        (json!({"name": "…"}), "tag"),
        (json!({"name": "♥", "slug": "Love & Hate"}), "love-hate"),
        (json!({"name": "Neue Bucher"}), "neue-bucher-2"),
        (json!({"name": "……"}), "tag-2"),
    ] {
        assert_eq!(slug_of(&desk, input).await, slug);
    }
    let long = slug_of(&desk, json!({"name": "x".repeat(255)})).await;
    assert_eq!(long.len(), 190);
}

#[tokio::test]
async fn a_slug_that_is_given_must_be_free() {
    let desk = Desk::new().await;
    desk.make("tag", "Lead").await;
    let other = desk.make("tag", "Type").await;
    let input = json!({"publicationId": desk.publication, "name": "x", "slug": "LEAD"});
    let taken = [("TAKEN".to_owned(), "slug".to_owned())];
    assert_eq!(desk.problems("tagCreate", input).await, taken);
    assert_eq!(
        desk.problems("tagUpdate", json!({"id": other, "slug": "lead"})).await,
        taken
    );
    for (slug, code) in no_names() {
        let told = desk.problems("tagUpdate", json!({"id": other, "slug": slug})).await;
        assert_eq!(told, [(code.to_owned(), "slug".to_owned())], "{slug:?}");
    }
    let told = desk.problems("tagUpdate", json!({"id": other, "slug": "…"})).await;
    assert_eq!(told, [("INVALID".to_owned(), "slug".to_owned())]);
    let kept = desk
        .done("tagUpdate", json!({"id": other, "slug": "type"}), "tag { slug }")
        .await;
    assert_eq!(kept["tag"]["slug"], "type", "its own is not taken");
}

#[tokio::test]
async fn tags_of_one_slug_made_at_once_get_slugs_of_their_own() {
    let desk = Desk::new().await;
    let made = (0..8).map(|signs| slug_of(&desk, json!({"name": "Lead".to_owned() + &"!".repeat(signs)})));
    let mut slugs = join_all(made).await;
    slugs.sort();
    let expected = [
        "lead", "lead-2", "lead-3", "lead-4", "lead-5", "lead-6", "lead-7", "lead-8",
    ];
    assert_eq!(slugs, expected);
}

#[tokio::test]
async fn what_is_no_name_makes_no_tag() {
    let desk = Desk::new().await;
    let tag = desk.make("tag", "Lead").await;
    let before = tag::Entity::find().all(desk.gazette.store().read()).await.unwrap();
    for (name, code) in no_names() {
        let input = json!({"publicationId": desk.publication, "name": name});
        assert_eq!(
            desk.problems("tagCreate", input).await,
            [(code.into(), "name".into())],
            "{name:?}"
        );
        let input = json!({"id": tag, "name": name});
        assert_eq!(
            desk.problems("tagUpdate", input).await,
            [(code.into(), "name".into())],
            "{name:?}"
        );
    }
    let input =
        json!({"publicationId": desk.publication, "name": "", "slug": "lead", "description": "x".repeat(5_001)});
    let told = desk.problems("tagCreate", input).await;
    let expected = [("REQUIRED", "name"), ("TOO_LONG", "description"), ("TAKEN", "slug")];
    assert_eq!(
        told,
        expected.map(|(code, field)| (code.to_owned(), field.to_owned())),
        "all at once"
    );
    let input = json!({"id": tag, "description": "a\0"});
    assert_eq!(
        desk.problems("tagUpdate", input).await,
        [("INVALID".into(), "description".into())]
    );
    let after = tag::Entity::find().all(desk.gazette.store().read()).await.unwrap();
    assert_eq!(before, after);
}

#[tokio::test]
async fn the_address_of_an_old_slug_leads_to_the_new_one() {
    let desk = Desk::new().await;
    let id = desk.make("tag", "Old").await;
    let rename = async |slug: &str| {
        let input = json!({"id": id, "slug": slug});
        text(&desk.done("tagUpdate", input, "tag { path }").await["tag"]["path"])
    };
    assert_eq!(rename("new").await, "/tag/new");
    let redirect = |to: &str| ("Redirect".to_owned(), to.to_owned());
    assert_eq!(desk.at("/tag/old").await, redirect("/tag/new"));
    assert_eq!(rename("newest").await, "/tag/newest");
    assert_eq!(desk.at("/tag/old").await, redirect("/tag/newest"));
    assert_eq!(desk.at("/tag/new").await, redirect("/tag/newest"));
    rename("old").await;
    assert_eq!(desk.at("/tag/old").await.0, "Tag");
    assert_eq!(desk.at("/tag/newest").await, redirect("/tag/old"));
    rename("new").await;
    let other = desk.make("tag", "Old!").await;
    assert_eq!(desk.at("/tag/old").await.0, "Tag", "what stands there is found first");
    desk.done("tagUpdate", json!({"id": other, "slug": "other"}), "").await;
    assert_eq!(
        desk.at("/tag/old").await,
        redirect("/tag/other"),
        "the last to leave it has it"
    );
}

#[tokio::test]
async fn a_deleted_tag_is_gone_with_its_addresses_and_its_posts_stay() {
    let desk = Desk::new().await;
    let tag = desk.gazette.tag("lead").await;
    desk.gazette.post("a", 1, |post| post.tags = vec![tag]).await;
    let data = desk
        .gazette
        .ask(r#"{ tag(by: {slug: "lead"}) { id postCount } }"#)
        .await;
    let id = text(&data["tag"]["id"]);
    desk.done("tagUpdate", json!({"id": id, "slug": "plomb"}), "").await;
    let gone = desk
        .done("tagDelete", json!({"id": id}), "tag { slug postCount }")
        .await;
    assert_eq!(gone["tag"], json!({"slug": "plomb", "postCount": 1}), "as it was");
    assert_eq!(desk.at("/tag/plomb").await.0, "");
    assert_eq!(desk.at("/tag/lead").await.0, "");
    let post = desk
        .gazette
        .ask(r#"{ post(by: {slug: "a"}) { version tags { slug } } }"#)
        .await;
    assert_eq!(post["post"], json!({"version": 1, "tags": []}));
    let again = desk.refusal(desk.admin.viewer(), "tagDelete", json!({"id": id})).await;
    assert_eq!(again.as_deref(), Some("NOT_FOUND"));
}

#[tokio::test]
async fn only_two_tags_of_one_publication_become_one() {
    let desk = Desk::new().await;
    let tag = desk.make("tag", "Lead").await;
    let ned = desk.gazette.administrator("ned").await;
    let made = r#"mutation { it: publicationCreate(input: {title: "Other"}) { publication { id } } }"#;
    let other = text(&desk.gazette.done(ned.viewer(), made).await["it"]["publication"]["id"]);
    let input = json!({"publicationId": other, "name": "Lead"});
    let answer = desk.answer(ned.viewer(), "tagCreate", input, "tag { id }").await;
    let foreign = text(&answer["data"]["it"]["tag"]["id"]);
    let invalid = [("INVALID".to_owned(), "into".to_owned())];
    for into in [&tag, &foreign, &desk.publication, "nonsense"] {
        let told = desk.problems("tagMerge", json!({"from": tag, "into": into})).await;
        assert_eq!(told, invalid, "{into}");
    }
    let viewer = desk.admin.viewer();
    let refused = desk
        .refusal(viewer, "tagMerge", json!({"from": foreign, "into": tag}))
        .await;
    assert_eq!(refused.as_deref(), Some("FORBIDDEN"));
    let refused = desk
        .refusal(viewer, "tagMerge", json!({"from": "nonsense", "into": tag}))
        .await;
    assert_eq!(refused.as_deref(), Some("NOT_FOUND"));
}

#[tokio::test]
async fn authors_make_tags_and_editors_look_after_them() {
    let desk = Desk::new().await;
    let (tag, other) = (desk.make("tag", "Lead").await, desk.make("tag", "Type").await);
    let create = json!({"publicationId": desk.publication, "name": "New"});
    let manage = [
        ("tagUpdate", json!({"id": tag, "name": "LEAD"})),
        ("tagMerge", json!({"from": tag, "into": other})),
        ("tagDelete", json!({"id": other})),
    ];
    let gazette = &desk.gazette;
    let refused = async |viewer, mutation: &str, input: &Value| desk.refusal(viewer, mutation, input.clone()).await;
    for (viewer, code) in [
        (Viewer::Anonymous, "UNAUTHENTICATED"),
        (gazette.person("stranger").await.viewer(), "FORBIDDEN"),
        (gazette.administrator("root").await.viewer(), "FORBIDDEN"),
        (gazette.member("c", Role::Contributor).await.viewer(), "FORBIDDEN"),
        (desk.admin.without(Scope::Write), "FORBIDDEN"),
    ] {
        assert_eq!(
            refused(viewer, "tagCreate", &create).await.as_deref(),
            Some(code),
            "{viewer:?}"
        );
        for (mutation, input) in &manage {
            assert_eq!(
                refused(viewer, mutation, input).await.as_deref(),
                Some(code),
                "{mutation}"
            );
        }
    }
    let author = gazette.member("a", Role::Author).await.viewer();
    assert_eq!(refused(author, "tagCreate", &create).await, None);
    for (mutation, input) in &manage {
        assert_eq!(
            refused(author, mutation, input).await.as_deref(),
            Some("FORBIDDEN"),
            "{mutation}"
        );
    }
    let editor = gazette.member("e", Role::Editor).await.by_key();
    assert_eq!(refused(editor, "tagCreate", &create).await, None);
    for (mutation, input) in &manage {
        assert_eq!(refused(editor, mutation, input).await, None, "{mutation}");
    }
}
