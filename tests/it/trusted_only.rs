//! Where only trusted documents are executed, nothing else is, whoever asks.

use quoin::http::{CacheSettings, HttpSettings};
use serde_json::{Value, json};

use crate::support::documents::{
    ADMINISTRATION, administrator, by_digest, data, get, post, registered, remove, sha256, trusting,
};
use crate::support::press::{Press, signed};
use crate::support::server::{TestServer, refusal};

const COUNT: &str = "query Count { publications { totalCount } }";
const OTHER: &str = "{ publications { totalCount } }";
const SCHEMA: &str = "query Schema { __schema { queryType { name } } }";

fn only(documents: &[(&str, &str)]) -> impl Fn(&mut HttpSettings) {
    let trusting = trusting(documents);
    move |settings| {
        trusting(settings);
        settings.documents.only_trusted = true;
        settings.cache = CacheSettings::default();
    }
}

#[tokio::test]
async fn a_trusted_document_is_executed_by_its_name_and_as_its_very_text() {
    let server = TestServer::with(only(&[("count", COUNT)])).await;
    let expected = json!({ "publications": { "totalCount": 0 } });
    for body in [
        json!({ "documentId": "count" }),
        json!({ "query": COUNT }),
        json!({ "extensions": by_digest(COUNT) }),
        json!({ "query": COUNT, "extensions": by_digest(COUNT) }),
    ] {
        assert_eq!(data(post(&server, body.clone()).await).await, expected, "{body}");
    }
    assert_eq!(data(get(&server, &[("query", COUNT)]).await).await, expected);
}

#[tokio::test]
async fn nothing_else_is_executed_whoever_asks() {
    let press = Press::served(only(&ADMINISTRATION)).await;
    let root = administrator(&press).await;
    for query in [
        OTHER,
        "query Count { publications { totalCount } } ",
        "query Count{publications{totalCount}}",
        SCHEMA,
        "{ __typename }",
        "mutation { jobRetry(input: { id: \"a\" }) { userErrors { code } } }",
        "{ broken",
        "",
    ] {
        for who in [None, Some(&root)] {
            let answer = signed(press.server.request(&json!({ "query": query })), who);
            let answer = answer.send().await.unwrap();
            assert_eq!(answer.headers()["cache-control"], "private, no-store", "{query}");
            let (status, code, _) = refusal(answer).await;
            assert_eq!((status, code.as_str()), (400, "DOCUMENT_NOT_TRUSTED"), "{query}");
        }
        let address = get(&press.server, &[("query", query)]).await;
        assert_eq!(refusal(address).await.1, "DOCUMENT_NOT_TRUSTED", "{query}");
    }
}

#[tokio::test]
async fn clients_cannot_register_documents_by_sending_them() {
    let server = TestServer::with(only(&[("count", COUNT)])).await;
    let alone = json!({ "extensions": by_digest(OTHER) });
    let both = json!({ "query": OTHER, "extensions": by_digest(OTHER) });
    for _ in 0..2 {
        assert_eq!(
            refusal(post(&server, alone.clone()).await).await.1,
            "PERSISTED_QUERY_NOT_IN_LIST"
        );
        assert_eq!(
            refusal(post(&server, both.clone()).await).await.1,
            "DOCUMENT_NOT_TRUSTED"
        );
    }
}

#[tokio::test]
async fn graphiql_says_why_it_is_not_there() {
    let server = TestServer::with(only(&[])).await;
    let page = server.client.get(server.url("/graphql")).header("Accept", "text/html");
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), 403);
    let body: Value = page.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED");
    assert!(
        body["errors"][0]["message"].as_str().unwrap().starts_with("GraphiQL"),
        "{body}"
    );
}

#[tokio::test]
async fn the_schema_is_told_to_a_trusted_document_alone_and_where_it_may_be_asked_for() {
    let trusted = TestServer::with(only(&[("schema", SCHEMA)])).await;
    let told = data(post(&trusted, json!({ "documentId": "schema" })).await).await;
    assert_eq!(told["__schema"]["queryType"]["name"], "Query");
    let closed = trusted
        .replica(|settings| {
            only(&[("schema", SCHEMA)])(settings);
            settings.introspection = false;
        })
        .await;
    assert_eq!(
        refusal(post(&closed, json!({ "documentId": "schema" })).await).await.1,
        "BAD_REQUEST"
    );
}

#[tokio::test]
async fn what_is_registered_is_executed_until_it_is_removed_though_its_answer_was_kept() {
    let press = Press::served(only(&ADMINISTRATION)).await;
    let root = administrator(&press).await;
    registered(&press, &root, &[("count", COUNT)]).await;
    let asked = [
        json!({ "documentId": "count" }),
        json!({ "query": COUNT }),
        json!({ "extensions": by_digest(COUNT) }),
        json!({ "documentId": sha256(COUNT) }),
    ];
    for _ in 0..2 {
        for body in &asked {
            let told = data(post(&press.server, body.clone()).await).await;
            assert_eq!(told["publications"]["totalCount"], 1, "{body}");
        }
    }
    assert_eq!(remove(&press, &root, "count").await.get("errors"), None);
    for body in asked {
        let code = refusal(post(&press.server, body.clone()).await).await.1;
        assert!(
            ["DOCUMENT_NOT_TRUSTED", "PERSISTED_QUERY_NOT_IN_LIST"].contains(&code.as_str()),
            "{body}: {code}"
        );
    }
}
