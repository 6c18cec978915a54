//! Values of every JSON kind, as literals and as variables, for arguments of every scalar: what does not fit is the client's
//! fault.

use serde_json::{Value, json};

use crate::support::server::TestServer;

/// The type of an argument, and an operation whose argument `%` is of this type.
const ARGUMENTS: &[(&str, &str)] = &[
    ("DateTime", "{ posts(where: { publishedFrom: % }) { totalCount } }"),
    ("ID!", "{ node(id: %) { id } }"),
    ("[ID!]!", "{ nodes(ids: %) { id } }"),
    ("Int", "{ posts(first: %) { totalCount } }"),
    ("String", "{ posts(where: { title: % }) { totalCount } }"),
    ("String", "{ posts(after: %) { totalCount } }"),
    ("Boolean", "{ posts(where: { featured: % }) { totalCount } }"),
    (
        "Visibility",
        "mutation { postUpdate(input: { id: \"x\", visibility: % }) { post { id } } }",
    ),
    ("[PostStatus!]", "{ posts(where: { status: % }) { totalCount } }"),
    ("PostWhere", "{ posts(where: %) { totalCount } }"),
    ("String!", "{ resolvePath(path: %) { __typename } }"),
    ("ContentBy!", "{ post(by: %) { id } }"),
    (
        "DateTime",
        "mutation { postPublish(input: { id: \"x\", publishedAt: % }) { post { id } } }",
    ),
    (
        "JSON",
        "mutation { postCreate(input: { publicationId: \"x\", title: \"x\", customFields: % }) { post { id } } }",
    ),
    (
        "BigInt!",
        "mutation { mediaUploadStart(input: { publicationId: \"x\", fileName: \"x\", byteSize: % }) { upload { url } } }",
    ),
    (
        "Upload!",
        "mutation { mediaUpload(input: { publicationId: \"x\", file: % }) { media { id } } }",
    ),
];

/// A value as JSON, and as it is written in a document.
fn values() -> Vec<(Value, &'static str)> {
    vec![
        (json!(null), "null"),
        (json!(true), "true"),
        (json!(5), "5"),
        (json!(-1), "-1"),
        (json!(1.5), "1.5"),
        (json!(1e300), "1e300"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(""), "\"\""),
        (json!("text"), "\"text\""),
        (json!("2026-11-29T12:00:00Z"), "\"2026-11-29T12:00:00Z\""),
        (json!("0000-01-01T00:00:00Z"), "\"0000-01-01T00:00:00Z\""),
        (json!("-0100-01-01T00:00:00Z"), "\"-0100-01-01T00:00:00Z\""),
        (json!("+262142-01-01T00:00:00Z"), "\"+262142-01-01T00:00:00Z\""),
        (json!([]), "[]"),
        (json!([5]), "[5]"),
        (json!(["text", null]), "[\"text\", null]"),
        (json!([[["text"]]]), "[[[\"text\"]]]"),
        (json!({}), "{}"),
        (json!({ "a": 1 }), "{ a: 1 }"),
        (json!({ "id": 5 }), "{ id: 5 }"),
        (json!({ "publishedFrom": [5] }), "{ publishedFrom: [5] }"),
    ]
}

/// The code of the first error of a response, if it has one.
async fn code(server: &TestServer, body: Value) -> Option<String> {
    let response: Value = server.request(&body).send().await.unwrap().json().await.unwrap();
    response
        .pointer("/errors/0/extensions/code")?
        .as_str()
        .map(str::to_owned)
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_the_clients_fault() {
    let server = TestServer::start().await;
    let mut faults = Vec::new();
    for (kind, operation) in ARGUMENTS {
        for (value, literal) in values() {
            let (start, rest) = operation.split_at(operation.find('{').unwrap());
            let start = if start.is_empty() { "query" } else { start.trim() };
            let with_variable = format!("{start}($value: {kind}) {}", rest.replace('%', "$value"));
            for body in [
                json!({ "query": operation.replace('%', literal) }),
                json!({ "query": with_variable, "variables": { "value": value } }),
            ] {
                let code = code(&server, body.clone()).await;
                let is_fine = matches!(code.as_deref(), None | Some("BAD_REQUEST" | "UNAUTHENTICATED"));
                if !is_fine {
                    faults.push(format!("{code:?}: {body}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn a_text_that_is_searched_for_has_a_bound() {
    let server = TestServer::start().await;
    let long = |bytes: usize| "x".repeat(bytes);
    for operation in [
        "{ posts(where: { title: % }) { totalCount } }",
        "{ posts(where: { tag: % }) { totalCount } }",
        "{ posts { ...P } } fragment P on PostConnection { nodes { tags { posts(where: { title: % }) { totalCount } } } }",
        "{ node(id: %) { id } }",
        "{ tag(by: { slug: % }) { id } }",
    ] {
        for bytes in [4_097, 49_999, 60_000] {
            let literal = json!({ "query": operation.replace('%', &format!("\"{}\"", long(bytes))) });
            assert_eq!(
                code(&server, literal).await.as_deref(),
                Some("BAD_REQUEST"),
                "{operation}, {bytes}"
            );
        }
        let fits = json!({ "query": operation.replace('%', &format!("\"{}\"", long(4_096))) });
        assert_eq!(code(&server, fits).await, None, "{operation}");
    }
    let query = "query($text: String) { posts(where: { title: $text }) { totalCount } }";
    for (bytes, expected) in [(4_096, None), (49_999, Some("BAD_REQUEST"))] {
        let body = json!({ "query": query, "variables": { "text": long(bytes) } });
        assert_eq!(code(&server, body).await.as_deref(), expected);
    }
    let body = json!({ "query": query, "variables": { "text": long(5_000) } });
    let answer: Value = server.request(&body).send().await.unwrap().json().await.unwrap();
    let message = "A text in `$text` has 5000 bytes; at most 4096 are allowed in a query.";
    assert_eq!(answer["errors"][0]["message"], message);
    let query = "query($all: [PostStatus!]) { posts(where: { status: $all }) { totalCount } }";
    let body = json!({ "query": query, "variables": { "all": vec!["PUBLISHED"; 1_001] } });
    assert_eq!(code(&server, body).await.as_deref(), Some("BAD_REQUEST"));
}
