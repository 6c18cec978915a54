//! The audit over the API: who reads what of it.

use entity::membership::Role;
use quoin::domain::Viewer;
use quoin::domain::scope::Scope;
use serde_json::{Value, json};

use crate::support::Gazette;

const OF_PUBLICATION: &str =
    "{ publication { auditEvents { totalCount nodes { id kind detail actor { username } user { username }
    publication { slug } } } } }";
const OWN: &str = "{ viewer { auditEvents { totalCount nodes { id kind address user { username } } } } }";
const ALL: &str = "{ auditEvents(first: 100) { totalCount nodes { kind } } }";

fn kinds(events: &Value) -> Vec<&str> {
    let nodes = events["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn owners_read_what_happened_in_their_publication_and_others_do_not() {
    let gazette = Gazette::new().await;
    let owner = gazette.member("olga", Role::Owner).await;
    let (admin, eve) = (gazette.member("ada", Role::Admin).await, gazette.person("eve").await);
    let root = gazette.administrator("root").await;
    let ids = gazette
        .done(admin.viewer(), "{ publication { id } viewer { user { id } } }")
        .await;
    let change = format!(
        "mutation {{ memberChangeRole(input: {{ publicationId: {}, userId: {}, role: EDITOR }}) {{ userErrors {{ code }} }} }}",
        ids["publication"]["id"], ids["viewer"]["user"]["id"]
    );
    gazette.done(owner.viewer(), &change).await;
    let read = gazette.done(owner.viewer(), OF_PUBLICATION).await;
    let events = &read["publication"]["auditEvents"];
    assert_eq!(kinds(events), ["ROLE_CHANGED"]);
    assert_eq!(events["totalCount"], 1);
    let event = &events["nodes"][0];
    assert_eq!(event["detail"], json!({ "from": "ADMIN", "to": "EDITOR" }));
    assert_eq!(
        (&event["actor"]["username"], &event["user"]["username"]),
        (&json!("olga"), &json!("ada"))
    );
    let nothing = json!({ "publication": { "auditEvents": null } });
    for other in [Viewer::Anonymous, admin.viewer(), eve.viewer(), root.viewer()] {
        assert_eq!(gazette.done(other, OF_PUBLICATION).await, nothing, "{other:?}");
    }
    let node = format!("{{ node(id: {}) {{ ... on AuditEvent {{ kind }} }} }}", event["id"]);
    // Ada is whom it concerns; root reads everything.
    for reader in [owner, admin, root] {
        assert_eq!(
            gazette.done(reader.viewer(), &node).await["node"]["kind"],
            "ROLE_CHANGED"
        );
    }
    for other in [Viewer::Anonymous, eve.viewer(), owner.without(Scope::Publication)] {
        let seen = gazette.done(other, &node).await;
        assert_eq!(seen, json!({ "node": null }), "{other:?}");
    }
}

#[tokio::test]
async fn everybody_reads_what_happened_to_their_own_account() {
    let gazette = Gazette::new().await;
    let (bob, eve) = (gazette.person("bob").await, gazette.person("eve").await);
    gazette.sign_in(bob.user, "Phone/2").await;
    gazette
        .done(
            bob.viewer(),
            "mutation { sessionEndAll(input: { exceptCurrent: true }) { endedCount } }",
        )
        .await;
    let read = gazette.done(bob.viewer(), OWN).await;
    let events = &read["viewer"]["auditEvents"];
    assert_eq!(kinds(events), ["SESSION_ENDED", "SIGNED_UP"]);
    assert_eq!(events["nodes"][1]["address"], "203.0.113.7");
    let read = gazette.done(eve.viewer(), OWN).await;
    assert_eq!(kinds(&read["viewer"]["auditEvents"]), ["SIGNED_UP"]);
    assert_eq!(gazette.denied(bob.without(Scope::Account), OWN).await.0, "FORBIDDEN");
    let node = format!("{{ node(id: {}) {{ id }} }}", events["nodes"][0]["id"]);
    assert_eq!(gazette.done(eve.viewer(), &node).await, json!({ "node": null }));
}

#[tokio::test]
async fn administrators_read_everything_and_page_through_it() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    for name in ["bob", "eve", "joe"] {
        gazette.person(name).await;
    }
    let read = gazette.done(root.viewer(), ALL).await;
    assert_eq!(kinds(&read["auditEvents"]), ["SIGNED_UP"; 4]);
    let page = "{ auditEvents(first: 3) { nodes { user { username } } pageInfo { hasNextPage endCursor } } }";
    let read = gazette.done(root.viewer(), page).await;
    let names: Vec<_> = read["auditEvents"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["user"]["username"])
        .collect();
    assert_eq!(names, ["joe", "eve", "bob"]);
    assert_eq!(read["auditEvents"]["pageInfo"]["hasNextPage"], true);
    let next = format!(
        "{{ auditEvents(after: {}) {{ nodes {{ user {{ username }} }} }} }}",
        read["auditEvents"]["pageInfo"]["endCursor"]
    );
    let read = gazette.done(root.viewer(), &next).await;
    assert_eq!(
        read["auditEvents"]["nodes"],
        json!([{ "user": { "username": "root" } }])
    );
    let (code, _) = gazette
        .denied(root.viewer(), "{ auditEvents(after: \"nonsense\") { totalCount } }")
        .await;
    assert_eq!(code, "BAD_REQUEST");
}

#[tokio::test]
async fn no_secret_stands_in_the_audit() {
    let gazette = Gazette::new().await;
    let root = gazette.administrator("root").await;
    let create = "mutation { apiKeyCreate(input: { name: \"build\", scopes: [READ] }) { secret }
        oauthClientCreate(input: { name: \"App\", isConfidential: true, scopes: [READ], grantTypes: [CLIENT_CREDENTIALS],
            redirectUris: [] }) { secret } }";
    let made = gazette.done(root.viewer(), create).await;
    let read = gazette
        .done(root.viewer(), "{ auditEvents { nodes { kind detail } } }")
        .await;
    assert_eq!(kinds(&read["auditEvents"])[..2], ["CLIENT_CREATED", "API_KEY_CREATED"]);
    // Of a key, what comes after its public id.
    let key = made["apiKeyCreate"]["secret"].as_str().unwrap().splitn(3, '_').nth(2);
    for secret in [key, made["oauthClientCreate"]["secret"].as_str()] {
        let secret = secret.unwrap();
        assert!(secret.len() >= 20 && !read.to_string().contains(secret));
    }
}
