//! API keys over the API.

use quoin::domain::Viewer;
use quoin::domain::authenticate::authenticate;
use quoin::domain::scope::Scope;
use serde_json::json;

use crate::support::Gazette;
use crate::support::answer::data;

const CREATE: &str = "mutation { apiKeyCreate(input: { name: \" build \", scopes: [READ, WRITE] }) {
    apiKey { id name scopes expiresAt lastUsedAt } secret userErrors { code } } }";
const KEYS: &str = "{ viewer { apiKeys { totalCount nodes { id name scopes } edges { cursor } } } }";

#[tokio::test]
async fn a_key_is_told_once_and_works_until_it_is_revoked() {
    let gazette = Gazette::new().await;
    let bob = gazette.person("bob").await;
    let answer = gazette.done(bob.viewer(), CREATE).await;
    let made = &answer["apiKeyCreate"];
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("qn_"), "{secret}");
    let key = json!({ "name": "build", "scopes": ["READ", "WRITE"], "expiresAt": null, "lastUsedAt": null });
    for (name, value) in key.as_object().unwrap() {
        assert_eq!(&made["apiKey"][name], value);
    }
    let Ok(viewer @ Viewer::User(actor)) = authenticate(&gazette.accounts, secret).await else {
        panic!("the key does not work");
    };
    assert_eq!(actor.user, bob.user);
    let seen = gazette
        .done(viewer, "{ viewer { user { username } scopes email } }")
        .await;
    assert_eq!(
        seen["viewer"],
        json!({ "user": { "username": "bob" }, "scopes": ["READ", "WRITE"], "email": null })
    );
    let listed = gazette.done(bob.viewer(), KEYS).await;
    assert_eq!(listed["viewer"]["apiKeys"]["totalCount"], 1);
    let text = secret.splitn(3, '_').nth(2).unwrap();
    assert!(!listed.to_string().contains(text), "the secret is told again");
    let id = made["apiKey"]["id"].as_str().unwrap();
    let revoke =
        format!("mutation {{ apiKeyRevoke(input: {{ id: \"{id}\" }}) {{ apiKey {{ name }} userErrors {{ code }} }} }}");
    let answer = gazette.done(bob.viewer(), &revoke).await;
    assert_eq!(answer["apiKeyRevoke"]["apiKey"]["name"], "build");
    assert!(authenticate(&gazette.accounts, secret).await.is_err(), "it works still");
    assert_eq!(gazette.denied(bob.viewer(), &revoke).await.0, "NOT_FOUND");
}

#[tokio::test]
async fn a_key_makes_no_key_and_revokes_none() {
    let gazette = Gazette::new().await;
    let bob = gazette.person("bob").await;
    assert_eq!(gazette.denied(bob.by_key(), CREATE).await.0, "FORBIDDEN");
    let (code, message) = gazette.denied(bob.without(Scope::Account), CREATE).await;
    assert_eq!((code.as_str(), message.contains("`account`")), ("FORBIDDEN", true));
    let listed = gazette.done(bob.viewer(), KEYS).await;
    assert_eq!(listed["viewer"]["apiKeys"]["totalCount"], 0);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_key_is_told_at_once() {
    let gazette = Gazette::new().await;
    let bob = gazette.person("bob").await;
    let mutation = "apiKeyCreate(input: { name: \"\", scopes: [READ, ACCOUNT], expiresAt: \"2001-01-01T00:00:00Z\" })";
    let problems = gazette.problems(bob.viewer(), mutation).await;
    let expected = [("REQUIRED", "name"), ("INVALID", "scopes"), ("INVALID", "expiresAt")]
        .map(|(code, field)| (code.to_owned(), json!(["input", field])));
    assert_eq!(problems, expected);
    let problems = gazette
        .problems(bob.viewer(), "apiKeyCreate(input: { name: \"x\", scopes: [] })")
        .await;
    assert_eq!(problems, [("INVALID".to_owned(), json!(["input", "scopes"]))]);
}

#[tokio::test]
async fn the_keys_of_others_do_not_exist() {
    let gazette = Gazette::new().await;
    let (bob, root) = (gazette.person("bob").await, gazette.administrator("root").await);
    let made = gazette.done(bob.viewer(), CREATE).await;
    let id = made["apiKeyCreate"]["apiKey"]["id"].as_str().unwrap();
    let node = format!("{{ node(id: \"{id}\") {{ ... on ApiKey {{ name }} }} }}");
    assert_eq!(gazette.done(bob.viewer(), &node).await["node"]["name"], "build");
    for other in [Viewer::Anonymous, root.viewer(), bob.by_key()] {
        assert_eq!(gazette.done(other, &node).await, json!({ "node": null }));
    }
    let revoke = format!("mutation {{ apiKeyRevoke(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }} }}");
    assert_eq!(gazette.denied(root.viewer(), &revoke).await.0, "NOT_FOUND");
    let listed = gazette.done(bob.viewer(), KEYS).await;
    assert_eq!(listed["viewer"]["apiKeys"]["totalCount"], 1);
}

#[tokio::test]
async fn a_text_that_is_told_once_is_not_lost_to_a_neighbour_that_is_refused() {
    let gazette = Gazette::new().await;
    let bob = gazette.person("bob").await;
    let neighbour = "forbidden: userEnable(input: { userId: \"x\" }) { userErrors { code } }";
    let two = CREATE.replacen("mutation {", &format!("mutation {{ {neighbour}"), 1);
    let answer = gazette.answer(bob.viewer(), &two).await;
    assert_eq!(answer.errors.len(), 1, "{answer:#?}");
    let data = data(answer);
    assert!(data["apiKeyCreate"]["secret"].is_string(), "{data}");
    assert_eq!(data["forbidden"], json!(null));
}
