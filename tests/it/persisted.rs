//! Automatic persisted queries: documents that clients name by their digests.

use reqwest::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::server::{TestServer, refusal};

fn hash(query: &str) -> String {
    Sha256::digest(query).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn named(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn get(server: &TestServer, parameters: &[(&str, &str)]) -> Response {
    let request = server.client.get(server.url("/graphql")).query(parameters);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_document_that_was_sent_once_is_named_after_that() {
    let server = TestServer::start().await;
    let query = "{ publications { totalCount } }";
    let extensions = named(&hash(query));
    let alone = json!({ "extensions": extensions });
    let unknown = server.request(&alone).send().await.unwrap();
    assert_eq!(unknown.headers()["cache-control"], "private, no-store");
    let (status, code, message) = refusal(unknown).await;
    assert_eq!((status, code.as_str()), (400, "PERSISTED_QUERY_NOT_FOUND"));
    assert_eq!(message, "PersistedQueryNotFound");

    let both = json!({ "query": query, "extensions": extensions });
    let first: Value = server.request(&both).send().await.unwrap().json().await.unwrap();
    assert_eq!(first["data"]["publications"]["totalCount"], 0);
    let by_name: Value = server.request(&alone).send().await.unwrap().json().await.unwrap();
    assert_eq!(by_name, first);
    let by_address = get(&server, &[("extensions", &extensions.to_string())]).await;
    assert_eq!(by_address.json::<Value>().await.unwrap(), first);
}

#[tokio::test]
async fn older_clients_are_told_with_200_that_a_document_is_not_known() {
    let server = TestServer::start().await;
    let answer = get(&server, &[("extensions", &named(&hash("{ a }")).to_string())]).await;
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotFound");
}

#[tokio::test]
async fn nobody_puts_a_document_under_the_digest_of_another() {
    let server = TestServer::start().await;
    let (good, evil) = ("{ publications { totalCount } }", "{ __typename }");
    let poisoned = json!({ "query": evil, "extensions": named(&hash(good)) });
    let (status, code, message) = refusal(server.request(&poisoned).send().await.unwrap()).await;
    assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"));
    assert!(message.contains("SHA-256"), "{message}");
    let (_, code, _) = refusal(
        server
            .request(&json!({ "extensions": named(&hash(good)) }))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(code, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn what_is_refused_is_not_kept() {
    let server = TestServer::start().await;
    for wrong in ["{ publications {", "{ a: __typename ".repeat(100).as_str()] {
        let extensions = named(&hash(wrong));
        let sent = json!({ "query": wrong, "extensions": extensions });
        assert_eq!(server.request(&sent).send().await.unwrap().status(), 400);
        let (_, code, _) = refusal(
            server
                .request(&json!({ "extensions": extensions }))
                .send()
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(code, "PERSISTED_QUERY_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_digest_that_is_none_is_refused() {
    let server = TestServer::start().await;
    for (extensions, code) in [
        (
            json!({ "persistedQuery": { "version": 2, "sha256Hash": hash("a") } }),
            "PERSISTED_QUERY_NOT_SUPPORTED",
        ),
        (
            json!({ "persistedQuery": { "version": 1, "sha256Hash": "abc" } }),
            "BAD_REQUEST",
        ),
        (json!({ "persistedQuery": { "version": 1 } }), "BAD_REQUEST"),
        (json!({ "persistedQuery": 5 }), "PERSISTED_QUERY_NOT_SUPPORTED"),
        (json!([]), "BAD_REQUEST"),
    ] {
        let answer = server
            .request(&json!({ "extensions": extensions }))
            .send()
            .await
            .unwrap();
        let (status, given, _) = refusal(answer).await;
        assert_eq!((status, given.as_str()), (400, code), "{extensions}");
    }
}

#[tokio::test]
async fn a_mutation_is_not_run_by_an_address_under_a_name_either() {
    let server = TestServer::start().await;
    let mutation = "mutation { sessionEnd(input: { id: \"a\" }) { userErrors { message } } }";
    let extensions = named(&hash(mutation));
    let sent = json!({ "query": mutation, "extensions": extensions });
    server.request(&sent).send().await.unwrap();
    let answer = get(&server, &[("extensions", &extensions.to_string())]).await;
    assert_eq!(answer.status(), 405);
}
