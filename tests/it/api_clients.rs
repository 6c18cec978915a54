//! OAuth clients over the API, and what people let them do.

use entity::OauthClientId;
use quoin::domain::oauth_client::{self, by_name};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::session::{self, Device, Grant};
use serde_json::{Value, json};

use crate::support::Gazette;
use crate::support::people::Person;

const CLIENTS: &str = "{ oauthClients { totalCount nodes { name clientId } } }";

/// Registers a confidential application.
async fn register(gazette: &Gazette, root: Person, name: &str) -> Value {
    let mutation = format!(
        "mutation {{ oauthClientCreate(input: {{ name: \"{name}\", isConfidential: true, scopes: [READ, OPEN_ID],
            redirectUris: [\"https://app.example/callback\"], grantTypes: [REFRESH_TOKEN, AUTHORIZATION_CODE] }})
         {{ oauthClient {{ id clientId name isConfidential isTrusted redirectUris scopes grantTypes }} secret userErrors {{ code field }} }} }}"
    );
    gazette.done(root.viewer(), &mutation).await["oauthClientCreate"].clone()
}

#[tokio::test]
async fn an_application_is_registered_changed_given_another_secret_and_removed() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    let made = register(&gazette, root, "App").await;
    let (client, secret) = (&made["oauthClient"], made["secret"].as_str().unwrap());
    let (id, client_id) = (client["id"].as_str().unwrap(), client["clientId"].as_str().unwrap());
    assert_eq!(client["grantTypes"], json!(["AUTHORIZATION_CODE", "REFRESH_TOKEN"]));
    assert_eq!(client["scopes"], json!(["READ", "OPEN_ID"]));
    let has = async |secret: &str| {
        let row = by_name(gazette.store().read(), client_id).await.unwrap().unwrap();
        row.has_secret(secret)
    };
    assert!(has(secret).await);
    let update = format!(
        "mutation {{ oauthClientUpdate(input: {{ id: \"{id}\", name: \"Other\", isTrusted: true }})
         {{ oauthClient {{ name isTrusted redirectUris }} userErrors {{ code }} }} }}"
    );
    let changed = gazette.done(root.viewer(), &update).await;
    let expected = json!({ "name": "Other", "isTrusted": true, "redirectUris": ["https://app.example/callback"] });
    assert_eq!(changed["oauthClientUpdate"]["oauthClient"], expected);
    let rotate =
        format!("mutation {{ oauthClientRotateSecret(input: {{ id: \"{id}\" }}) {{ secret userErrors {{ code }} }} }}");
    let rotated = gazette.done(root.viewer(), &rotate).await;
    let newer = rotated["oauthClientRotateSecret"]["secret"].as_str().unwrap();
    assert!(has(newer).await && !has(secret).await);
    let found =
        format!("{{ oauthClient(id: \"{id}\") {{ name }} node(id: \"{id}\") {{ ... on OauthClient {{ name }} }} }}");
    let seen = gazette.done(root.viewer(), &found).await;
    assert_eq!(
        seen,
        json!({ "oauthClient": { "name": "Other" }, "node": { "name": "Other" } })
    );
    let listed = gazette.done(root.viewer(), CLIENTS).await;
    assert_eq!(
        listed["oauthClients"],
        json!({ "totalCount": 1, "nodes": [{ "name": "Other", "clientId": client_id }] })
    );
    let delete = format!(
        "mutation {{ oauthClientDelete(input: {{ id: \"{id}\" }}) {{ oauthClient {{ name }} userErrors {{ code }} }} }}"
    );
    gazette.done(root.viewer(), &delete).await;
    assert_eq!(
        gazette.done(root.viewer(), &found).await,
        json!({ "oauthClient": null, "node": null })
    );
    for mutation in [update, rotate, delete] {
        assert_eq!(
            gazette.denied(root.viewer(), &mutation).await.0,
            "NOT_FOUND",
            "{mutation}"
        );
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_an_application_is_told_at_once() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    let mutation = "oauthClientCreate(input: { name: \"\", isConfidential: false, scopes: [ACCOUNT],
        redirectUris: [\"javascript:alert(1)\"], grantTypes: [CLIENT_CREDENTIALS] })";
    let problems = gazette.problems(root.viewer(), mutation).await;
    let fields: Vec<_> = problems.iter().map(|(_, field)| field[1].as_str().unwrap()).collect();
    assert_eq!(fields, ["name", "redirectUris", "scopes", "grantTypes"], "{problems:?}");
    let mutation = "oauthClientCreate(input: { name: \"Phone\", isConfidential: false, scopes: [READ],
        redirectUris: [\"com.example.app:/callback\"], grantTypes: [AUTHORIZATION_CODE] })";
    let query = format!("mutation {{ it: {mutation} {{ oauthClient {{ id }} secret userErrors {{ code }} }} }}");
    let made = gazette.done(root.viewer(), &query).await;
    assert_eq!(made["it"]["secret"], json!(null), "a phone keeps no secret");
    let id = made["it"]["oauthClient"]["id"].as_str().unwrap();
    let rotate = format!("oauthClientRotateSecret(input: {{ id: \"{id}\" }})");
    assert_eq!(
        gazette.problems(root.viewer(), &rotate).await,
        [("NOT_ALLOWED".to_owned(), json!(null))]
    );
}

#[tokio::test]
async fn applications_are_for_administrators_alone() {
    let gazette = Gazette::new().await;
    let (root, bob) = (gazette.administrator("root").await, gazette.person("bob").await);
    let made = register(&gazette, root, "App").await;
    let id = made["oauthClient"]["id"].as_str().unwrap();
    let one = format!("{{ oauthClient(id: \"{id}\") {{ name }} }}");
    for query in [
        CLIENTS,
        &one,
        "{ users { totalCount } }",
        "{ auditEvents { totalCount } }",
    ] {
        assert_eq!(
            gazette.denied(quoin::domain::Viewer::Anonymous, query).await.0,
            "UNAUTHENTICATED",
            "{query}"
        );
        assert_eq!(gazette.denied(bob.viewer(), query).await.0, "FORBIDDEN", "{query}");
        let (code, message) = gazette.denied(root.without(Scope::Admin), query).await;
        assert_eq!(
            (code.as_str(), message.contains("`admin`")),
            ("FORBIDDEN", true),
            "{query}"
        );
    }
    let node = format!("{{ node(id: \"{id}\") {{ id }} }}");
    assert_eq!(gazette.done(bob.viewer(), &node).await, json!({ "node": null }));
    let delete = format!("mutation {{ oauthClientDelete(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }} }}");
    assert_eq!(gazette.denied(bob.viewer(), &delete).await.0, "FORBIDDEN");
    assert_eq!(
        gazette.done(root.viewer(), CLIENTS).await["oauthClients"]["totalCount"],
        1
    );
}

#[tokio::test]
async fn administrators_see_the_accounts_with_their_addresses_and_states() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    gazette.person("bob").await;
    let query =
        "{ users(first: 10) { totalCount nodes { user { username } email isAdministrator claimedAt disabledAt } } }";
    let users = &gazette.done(root.viewer(), query).await["users"];
    assert_eq!(users["totalCount"], 3);
    let names: Vec<_> = users["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["user"]["username"])
        .collect();
    assert_eq!(names, ["ann", "bob", "root"]);
    assert_eq!(users["nodes"][0]["claimedAt"], json!(null), "ann is an imported author");
    assert_eq!(users["nodes"][1]["email"], "bob@people.example");
}

#[tokio::test]
async fn a_consent_is_seen_and_withdrawn_by_who_gave_it() {
    let gazette = Gazette::new().await;
    let (root, bob, eve) = (
        gazette.administrator("root").await,
        gazette.person("bob").await,
        gazette.person("eve").await,
    );
    let made = register(&gazette, root, "App").await;
    let client_id = made["oauthClient"]["clientId"].as_str().unwrap();
    let client: OauthClientId = by_name(gazette.store().read(), client_id).await.unwrap().unwrap().id;
    let scopes = Scopes::from_iter([Scope::Read]);
    let transaction = gazette.store().write().await.unwrap();
    oauth_client::give(&transaction, bob.user, client, scopes)
        .await
        .unwrap();
    let grant = Grant {
        client: Some(client),
        scopes,
        ..Grant::own(bob.user)
    };
    session::start(&transaction, &gazette.accounts, grant, &Device::default())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let query = "{ viewer { consents { application { name clientId } scopes }
        sessions { nodes { application { name } scopes } } } }";
    let seen = gazette.done(bob.viewer(), query).await;
    let application = json!({ "name": "App", "clientId": client_id });
    assert_eq!(
        seen["viewer"]["consents"],
        json!([{ "application": application, "scopes": ["READ"] }])
    );
    assert_eq!(
        seen["viewer"]["sessions"]["nodes"][0],
        json!({ "application": { "name": "App" }, "scopes": ["READ"] })
    );
    let withdraw = format!(
        "mutation {{ consentWithdraw(input: {{ clientId: \"{client_id}\" }})
        {{ viewer {{ consents {{ scopes }} sessions {{ totalCount }} }} userErrors {{ code }} }} }}"
    );
    assert_eq!(gazette.denied(eve.viewer(), &withdraw).await.0, "NOT_FOUND");
    assert_eq!(gazette.denied(bob.by_key(), &withdraw).await.0, "FORBIDDEN");
    let answer = gazette.done(bob.viewer(), &withdraw).await;
    assert_eq!(
        answer["consentWithdraw"]["viewer"],
        json!({ "consents": [], "sessions": { "totalCount": 1 } })
    );
    for foreign in ["", "nonsense", "00000000000000000000000000000000"] {
        let query = withdraw.replace(client_id, foreign);
        assert_eq!(gazette.denied(bob.viewer(), &query).await.0, "NOT_FOUND", "{foreign}");
    }
}
