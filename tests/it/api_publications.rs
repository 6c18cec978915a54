//! Publications: who makes them, and what their settings may be.

use entity::membership::Role;
use entity::publication;
use quoin::domain::Viewer;
use quoin::domain::custom_fields;
use quoin::domain::refusal::ProblemCode;
use quoin::domain::scope::Scope;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::desk::{Desk, no_names, text};
use crate::support::people::Person;

const ALL: &str = "publication { slug title tagline language siteUrl customFieldSchema viewerRole }";

async fn create(desk: &Desk, person: Person, input: Value) -> Value {
    let answer = desk.answer(person.viewer(), "publicationCreate", input, ALL).await;
    answer["data"]["it"].clone()
}

fn problem(code: &str, field: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), field.to_owned())]
}

#[tokio::test]
async fn whoever_makes_a_publication_owns_it() {
    let desk = Desk::new().await;
    let ned = desk.gazette.administrator("ned").await;
    let made = create(
        &desk,
        ned,
        json!({"title": "Der Bote", "language": "DE-ch", "siteUrl": "https://bote.example"}),
    )
    .await;
    let expected = json!({"slug": "der-bote", "title": "Der Bote", "tagline": "", "language": "de-CH",
        "siteUrl": "https://bote.example/", "customFieldSchema": null, "viewerRole": "OWNER"});
    assert_eq!(made["publication"], expected, "{made:#}");
    let second = create(&desk, ned, json!({"title": "Der Bote"})).await;
    assert_eq!(
        (&second["publication"]["slug"], &second["publication"]["language"]),
        (&json!("der-bote-2"), &json!("en"))
    );
    let taken = create(&desk, ned, json!({"title": "x", "slug": "Gazette"})).await;
    assert_eq!(taken["userErrors"][0]["code"], "TAKEN");
    for (viewer, code) in [
        (Viewer::Anonymous, "UNAUTHENTICATED"),
        (ned.without(Scope::Publication), "FORBIDDEN"),
    ] {
        let refused = desk.refusal(viewer, "publicationCreate", json!({"title": "x"})).await;
        assert_eq!(refused.as_deref(), Some(code));
    }
    let event = r#"{ publication(slug: "der-bote") { auditEvents { nodes { kind } } } }"#;
    let told = desk.gazette.done(ned.viewer(), event).await;
    let kinds = told["publication"]["auditEvents"]["nodes"].as_array().unwrap();
    assert!(kinds.contains(&json!({"kind": "PUBLICATION_MADE"})), "{kinds:?}");
}

#[tokio::test]
async fn one_person_makes_twenty_publications_at_the_most() {
    let desk = Desk::new().await;
    let ned = desk.gazette.administrator("ned").await;
    for _ in 0..19 {
        assert_eq!(
            create(&desk, ned, json!({"title": "Again"})).await["userErrors"],
            json!([])
        );
    }
    let (one, other) = tokio::join!(
        create(&desk, ned, json!({"title": "Again"})),
        create(&desk, ned, json!({"title": "Again"}))
    );
    let refused: Vec<_> = [&one, &other]
        .into_iter()
        .filter(|it| it["userErrors"][0]["code"] == "NOT_ALLOWED")
        .collect();
    assert_eq!(refused.len(), 1, "{one} {other}");
}

#[tokio::test]
async fn settings_change_one_by_one() {
    let desk = Desk::new().await;
    let update = async |change: Value| {
        let mut input = json!({"id": desk.publication});
        input
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        desk.done("publicationUpdate", input, ALL).await["publication"].clone()
    };
    let before = update(json!({})).await;
    assert_eq!(before["siteUrl"], "https://gazette.example");
    let after = update(json!({"tagline": "Daily", "language": "pt-br"})).await;
    let expected = json!({"slug": "gazette", "title": "The Gazette", "tagline": "Daily", "language": "pt-BR",
        "siteUrl": "https://gazette.example", "customFieldSchema": null, "viewerRole": "ADMIN"});
    assert_eq!(after, expected);
    let after = update(json!({"siteUrl": null, "slug": "Zeitung", "title": "Zeitung"})).await;
    assert_eq!(
        (&after["siteUrl"], &after["slug"], &after["tagline"]),
        (&json!(null), &json!("zeitung"), &json!("Daily"))
    );
    let schema = json!({"type": "object", "properties": {"rating": {"type": "integer"}}});
    assert_eq!(
        update(json!({"customFieldSchema": schema})).await["customFieldSchema"],
        schema
    );
    assert_eq!(update(json!({"title": "x"})).await["customFieldSchema"], schema);
    assert_eq!(
        update(json!({"customFieldSchema": null})).await["customFieldSchema"],
        json!(null)
    );
}

#[tokio::test]
async fn what_is_no_setting_changes_nothing() {
    let desk = Desk::new().await;
    let ned = desk.gazette.administrator("ned").await;
    create(&desk, ned, json!({"title": "Other"})).await;
    let read = desk.gazette.store().read();
    let before = publication::Entity::find().all(read).await.unwrap();
    let told = async |change: Value| {
        let mut input = json!({"id": desk.publication});
        input
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        desk.problems("publicationUpdate", input).await
    };
    for (text, code) in no_names() {
        assert_eq!(told(json!({"title": text})).await, problem(code, "title"), "{text:?}");
        assert_eq!(
            told(json!({"language": text})).await,
            problem(code, "language"),
            "{text:?}"
        );
        assert_eq!(told(json!({"slug": text})).await, problem(code, "slug"), "{text:?}");
    }
    assert_eq!(told(json!({"slug": "other"})).await, problem("TAKEN", "slug"));
    assert_eq!(told(json!({"language": "en_US"})).await, problem("INVALID", "language"));
    assert_eq!(
        told(json!({"tagline": "x".repeat(1_001)})).await,
        problem("TOO_LONG", "tagline")
    );
    for url in ["javascript:alert(1)", "gazette.example", "", "https://a\0.example"] {
        assert_eq!(
            told(json!({"siteUrl": url})).await,
            problem("INVALID", "siteUrl"),
            "{url:?}"
        );
    }
    let both = told(json!({"title": "", "siteUrl": "x", "customFieldSchema": 1})).await;
    assert_eq!(both.len(), 3, "all at once: {both:?}");
    assert_eq!(publication::Entity::find().all(read).await.unwrap(), before);
}

#[tokio::test]
async fn a_schema_that_asks_for_too_much_is_refused_where_it_does() {
    let desk = Desk::new().await;
    let told = async |schema: Value| {
        let input = json!({"id": desk.publication, "customFieldSchema": schema});
        let told = desk.problems("publicationUpdate", input).await;
        assert_eq!(told.len(), 1, "{told:?}");
        told[0].1.clone()
    };
    let of = |rating: Value| json!({"type": "object", "properties": {"rating": rating}});
    let remote = of(json!({"$ref": "https://attacker.example/schema.json"}));
    assert_eq!(told(remote).await, "customFieldSchema/properties/rating/$ref");
    let backtracking = of(json!({"type": "string", "pattern": r"^(a+)+\1$"}));
    assert_eq!(told(backtracking).await, "customFieldSchema/properties/rating/pattern");
    let mut deep = json!({});
    for _ in 0..100 {
        deep = json!({"properties": {"a": deep}});
    }
    assert_eq!(told(of(deep)).await, "customFieldSchema");
    assert_eq!(told(of(json!({"title": "a\0"}))).await, "customFieldSchema");
    assert_eq!(
        told(of(json!({"title": "x".repeat(70_000)}))).await,
        "customFieldSchema"
    );
    assert_eq!(told(json!({"type": "string"})).await, "customFieldSchema/type");
    let data = desk.gazette.ask("{ publication { customFieldSchema } }").await;
    assert_eq!(data["publication"]["customFieldSchema"], json!(null));
}

#[tokio::test]
async fn custom_fields_are_checked_with_the_schema_of_their_publication() {
    let desk = Desk::new().await;
    let check = async |fields: Value| {
        let read = desk.gazette.store().read();
        let problems = custom_fields::check_for(read, desk.gazette.publication, &fields)
            .await
            .unwrap();
        let told = problems.into_iter();
        told.map(|problem| (problem.code, problem.field, problem.within.join("/")))
            .collect::<Vec<_>>()
    };
    let field = Some("customFields");
    assert_eq!(check(json!({"anything": [1, {}]})).await, []);
    let mut deep = json!({});
    for _ in 0..21 {
        deep = json!({"a": deep});
    }
    for (fields, code) in [
        (json!([]), ProblemCode::Invalid),
        (json!(null), ProblemCode::Invalid),
        (json!({"a": "\0"}), ProblemCode::Invalid),
        (json!({"\0": 1}), ProblemCode::Invalid),
        (deep, ProblemCode::TooLong),
        (json!({"a": "x".repeat(70_000)}), ProblemCode::TooLong),
    ] {
        assert_eq!(check(fields).await, [(code, field, String::new())]);
    }
    let schema = json!({"type": "object", "required": ["rating"], "properties": {"rating": {"type": "integer"},
        "cast": {"type": "array", "items": {"type": "string", "maxLength": 3}}}});
    let input = json!({"id": desk.publication, "customFieldSchema": schema});
    desk.done("publicationUpdate", input, "").await;
    assert_eq!(check(json!({"rating": 3, "cast": ["Ann"]})).await, []);
    assert_eq!(
        check(json!({})).await,
        [(ProblemCode::Required, field, "rating".to_owned())]
    );
    let told = check(json!({"rating": "3", "cast": ["Ann", "Hannah"]})).await;
    assert!(
        told.contains(&(ProblemCode::Invalid, field, "rating".to_owned())),
        "{told:?}"
    );
    assert!(
        told.contains(&(ProblemCode::TooLong, field, "cast/1".to_owned())),
        "{told:?}"
    );
}

#[tokio::test]
async fn only_admins_change_settings() {
    let desk = Desk::new().await;
    let gazette = &desk.gazette;
    let input = json!({"id": desk.publication, "tagline": "x"});
    for (viewer, code) in [
        (Viewer::Anonymous, Some("UNAUTHENTICATED")),
        (gazette.person("stranger").await.viewer(), Some("FORBIDDEN")),
        (gazette.administrator("root").await.viewer(), Some("FORBIDDEN")),
        (gazette.member("ed", Role::Editor).await.viewer(), Some("FORBIDDEN")),
        (desk.admin.without(Scope::Publication), Some("FORBIDDEN")),
        (desk.admin.by_key(), None),
        (gazette.member("ow", Role::Owner).await.viewer(), None),
    ] {
        let refused = desk.refusal(viewer, "publicationUpdate", input.clone()).await;
        assert_eq!(refused.as_deref(), code, "{viewer:?}");
    }
    let data = gazette.ask("{ publication { id tag: tags { totalCount } } }").await;
    let nothing = json!({"id": text(&data["publication"]["id"]).replace('A', "B")});
    let refused = desk.refusal(desk.admin.viewer(), "publicationUpdate", nothing).await;
    assert_eq!(refused.as_deref(), Some("NOT_FOUND"));
}
