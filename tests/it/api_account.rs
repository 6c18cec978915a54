//! One's own account over the API: who sees what of it, and what changes it.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use quoin::domain::Viewer;
use quoin::domain::scope::{Scope, Scopes};
use quoin::graphql::Api;
use serde_json::json;

use crate::support::Gazette;
use crate::support::people::PASSWORD;

const VIEWER: &str = "{ viewer { user { username } email isAdministrator hasPassword scopes
    sessions { totalCount nodes { userAgent address isCurrent application { name } } }
    apiKeys { nodes { name } } identities { issuer } consents { scopes } } }";

#[tokio::test]
async fn nobody_is_the_viewer_when_nobody_is_signed_in() {
    let gazette = Gazette::new().await;
    assert_eq!(gazette.ask(VIEWER).await, json!({ "viewer": null }));
}

#[tokio::test]
async fn a_viewer_sees_their_own_account() {
    let gazette = Gazette::new().await;
    let bob = gazette.with_password("bob").await;
    let phone = gazette.sign_in(bob.user, "Phone/2").await;
    gazette.person("eve").await;
    let viewer = &gazette.done(phone.viewer(), VIEWER).await["viewer"];
    assert_eq!(viewer["user"]["username"], "bob");
    assert_eq!(viewer["email"], "bob@people.example");
    assert_eq!(viewer["isAdministrator"], false);
    assert_eq!(viewer["hasPassword"], true);
    assert_eq!(viewer["sessions"]["totalCount"], 2, "eve's is not among them");
    let session = |agent: &str, is_current| json!({ "userAgent": agent, "address": "203.0.113.7", "isCurrent": is_current, "application": null });
    let expected = json!([session("Phone/2", true), session("Browser/1", false)]);
    assert_eq!(viewer["sessions"]["nodes"], expected);
    let list = viewer["scopes"].as_array().unwrap();
    assert_eq!(list.len(), Scope::ALL.len());
}

#[tokio::test]
async fn a_token_shows_of_the_account_what_its_scopes_allow() {
    let gazette = Gazette::new().await;
    let bob = gazette.person("bob").await;
    let little = bob.with(Scopes::from_iter([Scope::Read]));
    let seen = gazette
        .done(little, "{ viewer { user { username } email scopes isAdministrator } }")
        .await;
    let expected =
        json!({ "user": { "username": "bob" }, "email": null, "scopes": ["READ"], "isAdministrator": false });
    assert_eq!(seen["viewer"], expected);
    for field in [
        "hasPassword",
        "sessions { totalCount }",
        "identities { id }",
        "consents { scopes }",
    ] {
        let (code, message) = gazette.denied(little, &format!("{{ viewer {{ {field} }} }}")).await;
        assert_eq!(code, "FORBIDDEN", "{field}");
        assert!(message.contains("`account`"), "{message}");
    }
    let (code, _) = gazette
        .denied(bob.by_key(), "{ viewer { apiKeys { totalCount } } }")
        .await;
    assert_eq!(code, "FORBIDDEN", "a key does not see its like");
}

#[tokio::test]
async fn a_disabled_viewer_is_nobody() {
    let gazette = Gazette::new().await;
    let (bob, root) = (gazette.person("bob").await, gazette.administrator("root").await);
    let id = user_id(&gazette, bob.viewer()).await;
    let disable = format!(
        "mutation {{ userDisable(input: {{ userId: \"{id}\" }}) {{ account {{ disabledAt }} userErrors {{ code }} }} }}"
    );
    let answer = gazette.done(root.viewer(), &disable).await;
    assert!(answer["userDisable"]["account"]["disabledAt"].is_string(), "{answer}");
    assert_eq!(
        gazette.done(bob.viewer(), "{ viewer { email } }").await,
        json!({ "viewer": null })
    );
    let (code, _) = gazette
        .denied(bob.viewer(), "mutation { sessionEndAll(input: {}) { endedCount } }")
        .await;
    assert_eq!(code, "UNAUTHENTICATED");
    let enable = disable.replace("userDisable", "userEnable");
    gazette.done(root.viewer(), &enable).await;
    assert_eq!(
        gazette.done(bob.viewer(), "{ viewer { email } }").await["viewer"]["email"],
        "bob@people.example"
    );
}

#[tokio::test]
async fn only_administrators_disable_others_and_nobody_themselves() {
    let gazette = Gazette::new().await;
    let (bob, root) = (gazette.person("bob").await, gazette.administrator("root").await);
    let id = user_id(&gazette, root.viewer()).await;
    let disable = format!("userDisable(input: {{ userId: \"{id}\" }})");
    let mutation = format!("mutation {{ {disable} {{ userErrors {{ code }} }} }}");
    assert_eq!(gazette.denied(bob.viewer(), &mutation).await.0, "FORBIDDEN");
    let (code, message) = gazette.denied(root.without(Scope::Admin), &mutation).await;
    assert_eq!((code.as_str(), message.contains("`admin`")), ("FORBIDDEN", true));
    let problems = gazette.problems(root.viewer(), &disable).await;
    assert_eq!(problems, [("NOT_ALLOWED".to_owned(), json!(["input", "userId"]))]);
    for foreign in ["", "nonsense", id.trim_end_matches('A')] {
        let mutation = mutation.replace(&id, foreign);
        if foreign != id {
            assert_eq!(
                gazette.denied(root.viewer(), &mutation).await.0,
                "NOT_FOUND",
                "{foreign}"
            );
        }
    }
}

#[tokio::test]
async fn a_profile_is_changed_and_shown_as_it_is_now() {
    let gazette = Gazette::new().await;
    let bob = gazette.person("bob").await;
    let change = |name: &str| {
        format!(
            "accountUpdate(input: {{ displayName: \"{name}\", bio: \"Prints.\", websiteUrl: \"https://bob.example\" }})
             {{ viewer {{ user {{ displayName bio websiteUrl username }} }} userErrors {{ code }} }}"
        )
    };
    let both = format!(
        "mutation {{ first: {} second: {} }}",
        change("Bob B."),
        change("Bob C.")
    );
    let answer = gazette.done(bob.viewer(), &both).await;
    assert_eq!(answer["first"]["viewer"]["user"]["displayName"], "Bob B.");
    let expected =
        json!({ "displayName": "Bob C.", "bio": "Prints.", "websiteUrl": "https://bob.example/", "username": "bob" });
    assert_eq!(answer["second"]["viewer"]["user"], expected);
}

#[tokio::test]
async fn every_problem_of_a_profile_is_told_with_its_field() {
    let gazette = Gazette::new().await;
    let bob = gazette.person("bob").await;
    gazette.person("eve").await;
    let mutation =
        "accountUpdate(input: { username: \"Not A Name\", displayName: \" \", websiteUrl: \"javascript:1\" })";
    let problems = gazette.problems(bob.viewer(), mutation).await;
    let fields: Vec<_> = problems.iter().map(|(_, field)| field.clone()).collect();
    let expected = ["username", "displayName", "websiteUrl"].map(|field| json!(["input", field]));
    assert_eq!(fields, expected, "{problems:?}");
    let problems = gazette
        .problems(bob.viewer(), "accountUpdate(input: { username: \"eve\" })")
        .await;
    assert_eq!(problems, [("TAKEN".to_owned(), json!(["input", "username"]))]);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_ends_the_other_sessions() {
    let gazette = Gazette::new().await;
    let bob = gazette.with_password("bob").await;
    gazette.sign_in(bob.user, "Phone/2").await;
    let change = |current: &str, new: &str| {
        format!("accountChangePassword(input: {{ currentPassword: \"{current}\", newPassword: \"{new}\" }})")
    };
    for (current, new, code, field) in [
        (
            "not it at all",
            "another long story",
            "WRONG_CREDENTIALS",
            "currentPassword",
        ),
        (PASSWORD, "short", "TOO_SHORT", "newPassword"),
        (PASSWORD, "password1", "TOO_COMMON", "newPassword"),
        (PASSWORD, "bob@people.example", "INVALID", "newPassword"),
    ] {
        let problems = gazette.problems(bob.viewer(), &change(current, new)).await;
        assert_eq!(problems, [(code.to_owned(), json!(["input", field]))], "{new}");
    }
    let mutation = format!(
        "mutation {{ it: {} {{ viewer {{ sessions {{ nodes {{ isCurrent }} }} }} userErrors {{ code }} }} }}",
        change(PASSWORD, "another long story")
    );
    let answer = gazette.done(bob.viewer(), &mutation).await;
    assert_eq!(
        answer["it"]["viewer"]["sessions"]["nodes"],
        json!([{ "isCurrent": true }])
    );
    let problems = gazette
        .problems(bob.viewer(), &change(PASSWORD, "yet another story"))
        .await;
    assert_eq!(problems[0].0, "WRONG_CREDENTIALS", "the old one is no good any more");
}

#[tokio::test]
async fn an_address_changes_only_when_its_link_is_followed() {
    let gazette = Gazette::new().await;
    let bob = gazette.with_password("bob").await;
    gazette.person("eve").await;
    let change = |email: &str| format!("accountChangeEmail(input: {{ email: \"{email}\", password: \"{PASSWORD}\" }})");
    let problems = gazette.problems(bob.viewer(), &change("nonsense")).await;
    assert_eq!(problems, [("INVALID".to_owned(), json!(["input", "email"]))]);
    // Whether somebody else has the address is not told.
    for email in ["eve@people.example", "bob@elsewhere.example"] {
        let mutation = format!(
            "mutation {{ it: {} {{ viewer {{ email }} userErrors {{ code }} }} }}",
            change(email)
        );
        let answer = gazette.done(bob.viewer(), &mutation).await;
        assert_eq!(
            answer["it"],
            json!({ "viewer": { "email": "bob@people.example" }, "userErrors": [] })
        );
    }
}

#[tokio::test]
async fn an_account_is_deleted_by_who_knows_its_password() {
    let gazette = Gazette::new().await;
    let bob = gazette.with_password("bob").await;
    let id = user_id(&gazette, bob.viewer()).await;
    let delete = |password: &str| format!("accountDelete(input: {{ password: \"{password}\" }})");
    let problems = gazette.problems(bob.viewer(), &delete("not it at all")).await;
    assert_eq!(
        problems,
        [("WRONG_CREDENTIALS".to_owned(), json!(["input", "password"]))]
    );
    let mutation = format!(
        "mutation {{ it: {} {{ deletedUserId userErrors {{ code }} }} }}",
        delete(PASSWORD)
    );
    let answer = gazette.done(bob.viewer(), &mutation).await;
    assert_eq!(answer["it"], json!({ "deletedUserId": id, "userErrors": [] }));
    assert_eq!(
        gazette.done(bob.viewer(), "{ viewer { email } }").await,
        json!({ "viewer": null })
    );
}

#[tokio::test]
async fn sessions_are_ended_one_by_one_or_all_but_this_or_all() {
    let gazette = Gazette::new().await;
    let (bob, eve) = (gazette.person("bob").await, gazette.person("eve").await);
    for agent in ["Phone/2", "Tablet/3", "Watch/4"] {
        gazette.sign_in(bob.user, agent).await;
    }
    let ids = gazette
        .done(bob.viewer(), "{ viewer { sessions { nodes { id userAgent } } } }")
        .await;
    let watch = ids["viewer"]["sessions"]["nodes"][0].clone();
    let id = watch["id"].as_str().unwrap();
    let node = format!("{{ node(id: \"{id}\") {{ ... on Session {{ userAgent }} }} }}");
    assert_eq!(gazette.done(bob.viewer(), &node).await["node"]["userAgent"], "Watch/4");
    for other in [eve.viewer(), Viewer::Anonymous, bob.without(Scope::Account)] {
        assert_eq!(gazette.done(other, &node).await, json!({ "node": null }));
    }
    let end = format!(
        "mutation {{ sessionEnd(input: {{ id: \"{id}\" }}) {{ session {{ userAgent }} userErrors {{ code }} }} }}"
    );
    assert_eq!(gazette.denied(eve.viewer(), &end).await.0, "NOT_FOUND");
    let answer = gazette.done(bob.viewer(), &end).await;
    assert_eq!(answer["sessionEnd"]["session"]["userAgent"], "Watch/4");
    assert_eq!(gazette.denied(bob.viewer(), &end).await.0, "NOT_FOUND", "it has ended");
    assert_eq!(gazette.done(bob.viewer(), &node).await, json!({ "node": null }));
    let others = "mutation { sessionEndAll(input: { exceptCurrent: true }) { endedCount } }";
    assert_eq!(
        gazette.done(bob.viewer(), others).await["sessionEndAll"]["endedCount"],
        2
    );
    let all = "mutation { sessionEndAll(input: {}) { endedCount } }";
    assert_eq!(gazette.done(bob.viewer(), all).await["sessionEndAll"]["endedCount"], 1);
    let left = gazette
        .done(eve.viewer(), "{ viewer { sessions { totalCount } } }")
        .await;
    assert_eq!(left["viewer"]["sessions"]["totalCount"], 1, "eve's lasts");
}

#[tokio::test]
async fn nothing_is_done_for_somebody_who_is_not_signed_in() {
    let gazette = Gazette::new().await;
    for mutation in mutations() {
        let query = format!("mutation {{ {mutation} {{ __typename }} }}");
        assert_eq!(
            gazette.denied(Viewer::Anonymous, &query).await.0,
            "UNAUTHENTICATED",
            "{query}"
        );
    }
}

#[tokio::test]
async fn nothing_is_done_with_a_token_that_may_only_read() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    let reader = root.with(Scopes::from_iter([Scope::Read]));
    for mutation in mutations() {
        let query = format!("mutation {{ {mutation} {{ __typename }} }}");
        let (code, message) = gazette.denied(reader, &query).await;
        // A publication or invitation that is not there is not there for readers either.
        if code != "NOT_FOUND" {
            assert_eq!(code, "FORBIDDEN", "{query}");
            let scopes = ["`account`", "`admin`", "`publication`", "`write`"];
            assert!(scopes.iter().any(|scope| message.contains(scope)), "{query}: {message}");
        }
    }
}

async fn user_id(gazette: &Gazette, viewer: Viewer) -> String {
    let answer = gazette.done(viewer, "{ viewer { user { id } } }").await;
    answer["viewer"]["user"]["id"].as_str().unwrap().to_owned()
}

/// A call of every mutation that the schema has, with some input of the right types.
fn mutations() -> Vec<String> {
    let document = parse_schema(Api::sdl()).unwrap();
    let kinds: Vec<_> = document
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            _ => None,
        })
        .collect();
    let kind = |name: &str| kinds.iter().find(|kind| kind.name.node == name).map(|kind| &kind.kind);
    let Some(TypeKind::Object(mutation)) = kind("Mutation") else {
        panic!("no mutations");
    };
    let value = |ty: &Type| match ty.to_string().trim_matches(['[', ']', '!']) {
        _ if ty.to_string().starts_with('[') => "[]".to_owned(),
        "Boolean" => "true".to_owned(),
        "Int" | "BigInt" => "1".to_owned(),
        "DateTime" => "\"2100-01-01T00:00:00Z\"".to_owned(),
        name => match kind(name) {
            Some(TypeKind::Enum(choice)) => choice.values[0].node.value.node.to_string(),
            _ => "\"someone@people.example\"".to_owned(),
        },
    };
    let call = |field: &FieldDefinition| {
        let Some(argument) = field.arguments.first() else {
            return field.name.node.to_string();
        };
        let ty = argument.node.ty.node.to_string();
        let Some(TypeKind::InputObject(input)) = kind(ty.trim_end_matches('!')) else {
            panic!("{ty} is no input");
        };
        let required = input.fields.iter().filter(|input| !input.node.ty.node.nullable);
        let inputs: Vec<_> = required
            .map(|input| format!("{}: {}", input.node.name.node, value(&input.node.ty.node)))
            .collect();
        format!("{}(input: {{ {} }})", field.name.node, inputs.join(", "))
    };
    let calls = mutation.fields.iter().map(|field| call(&field.node));
    // A file comes in a form alone: the tests of uploads send some.
    let calls: Vec<_> = calls.filter(|call| !call.starts_with("mediaUpload(")).collect();
    assert!(calls.len() > 5, "{calls:?}");
    calls
}
