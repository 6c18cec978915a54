//! Documents of a manifest, which clients name in whichever way they know.

use serde_json::{Value, json};

use crate::support::documents::{by_digest, data, get, post, sha256, trusting};
use crate::support::server::{TestServer, refusal};

const COUNT: &str = "query Count { publications { totalCount } }";
const FIRST: &str = "query First($n: Int!) { publications(first: $n) { nodes { title } } }";

async fn server() -> TestServer {
    TestServer::with(trusting(&[("count", COUNT), (&sha256(FIRST), FIRST)])).await
}

#[tokio::test]
async fn a_document_is_named_in_every_way() {
    let server = server().await;
    let expected = json!({ "publications": { "totalCount": 0 } });
    let digest = sha256(COUNT);
    let prefixed = format!("sha256:{digest}");
    for body in [
        json!({ "documentId": "count" }),
        json!({ "documentId": "count", "query": COUNT }),
        json!({ "documentId": "count", "query": null, "operationName": "Count" }),
        json!({ "documentId": "count", "extensions": by_digest(COUNT) }),
        json!({ "documentId": prefixed }),
        json!({ "documentId": digest, "extensions": by_digest(COUNT) }),
        json!({ "documentId": null, "extensions": by_digest(COUNT) }),
    ] {
        assert_eq!(data(post(&server, body.clone()).await).await, expected, "{body}");
    }
    for parameters in [
        [("documentId", "count")],
        [("documentId", prefixed.as_str())],
        [("extensions", by_digest(COUNT).to_string().as_str())],
    ] {
        assert_eq!(data(get(&server, &parameters).await).await, expected, "{parameters:?}");
    }
    let parameters = [("documentId", sha256(FIRST)), ("variables", "{\"n\":1}".to_owned())];
    let parameters = parameters.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(
        data(get(&server, &parameters).await).await,
        json!({ "publications": { "nodes": [] } })
    );
}

#[tokio::test]
async fn an_unknown_name_is_refused_and_no_cache_keeps_that() {
    let server = server().await;
    for (name, code) in [
        ("counts", "PERSISTED_QUERY_NOT_IN_LIST"),
        ("Count", "PERSISTED_QUERY_NOT_IN_LIST"),
        ("x-mine:count", "PERSISTED_QUERY_NOT_IN_LIST"),
        // Whoever names a digest may send the document along.
        (&sha256("{ a }"), "PERSISTED_QUERY_NOT_FOUND"),
    ] {
        for answer in [
            post(&server, json!({ "documentId": name })).await,
            get(&server, &[("documentId", name)]).await,
            post(&server, json!({ "documentId": name })).await,
        ] {
            assert_eq!(answer.headers()["cache-control"], "private, no-store", "{name}");
            let (status, found, _) = refusal(answer).await;
            assert_eq!((status, found.as_str()), (400, code), "{name}");
        }
    }
    let unknown = json!({ "documentId": "counts", "query": COUNT });
    assert_eq!(
        refusal(post(&server, unknown).await).await.1,
        "PERSISTED_QUERY_NOT_IN_LIST"
    );
}

#[tokio::test]
async fn two_names_that_disagree_are_refused() {
    let server = server().await;
    for body in [
        json!({ "documentId": "count", "query": FIRST }),
        json!({ "documentId": "count", "query": format!("{COUNT} ") }),
        json!({ "documentId": "count", "extensions": by_digest(FIRST) }),
        json!({ "documentId": sha256(COUNT), "extensions": by_digest(FIRST) }),
        json!({ "documentId": sha256(COUNT), "query": FIRST }),
        json!({ "documentId": sha256(COUNT), "query": COUNT, "extensions": by_digest(FIRST) }),
    ] {
        let (status, code, message) = refusal(post(&server, body.clone()).await).await;
        assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"), "{body}: {message}");
    }
    let extensions = by_digest(FIRST).to_string();
    let answer = get(&server, &[("documentId", "count"), ("extensions", &extensions)]).await;
    assert_eq!(refusal(answer).await.1, "BAD_REQUEST");
}

#[tokio::test]
async fn what_is_no_name_is_refused() {
    let server = server().await;
    let names = [
        json!(5),
        json!(""),
        json!("a b"),
        json!("count\0"),
        json!(["count"]),
        json!({ "id": "count" }),
        json!("n".repeat(100_000)),
        json!("md5:7dba4bd717b41f10434822356a93c32b"),
        json!("../count"),
        json!("ü"),
    ];
    for name in names {
        let body = json!({ "documentId": name });
        let (status, code, message) = refusal(post(&server, body).await).await;
        assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"), "{name:.50}");
        assert!(message.len() < 500);
    }
    let twice = get(&server, &[("documentId", "count"), ("documentId", "count")]).await;
    assert_eq!(refusal(twice).await.2, "`documentId` is given twice.");
    let none = get(&server, &[("documentId", "")]).await;
    assert_eq!(refusal(none).await.1, "BAD_REQUEST");
}

#[tokio::test]
async fn a_named_mutation_is_not_run_by_an_address() {
    let mutation = "mutation { sessionEnd(input: { id: \"a\" }) { userErrors { message } } }";
    let server = TestServer::with(trusting(&[("end", mutation)])).await;
    assert_eq!(get(&server, &[("documentId", "end")]).await.status(), 405);
    let answer: Value = post(&server, json!({ "documentId": "end" }))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_name_does_not_lift_a_limit() {
    let deep = format!(
        "{{ publications {{ nodes {} id {} }} }}",
        "{ owner { publications { nodes ".repeat(12),
        "} } }".repeat(12)
    );
    let server = TestServer::with(trusting(&[("deep", &deep)])).await;
    assert_eq!(
        refusal(post(&server, json!({ "documentId": "deep" })).await).await.1,
        "COST_LIMIT"
    );
}
