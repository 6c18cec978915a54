//! GraphQL over HTTP: which requests are answered, in which media type, with which status.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::server::{TestServer, refusal};

const NEWER: &str = "application/graphql-response+json";
const OLDER: &str = "application/json";

#[tokio::test]
async fn a_query_is_answered_over_post_and_get() {
    let server = TestServer::start().await;
    let posted = server.query("{ __typename }").await;
    assert_eq!(posted.status(), 200);
    assert_eq!(
        posted.headers()["content-type"],
        "application/graphql-response+json; charset=utf-8"
    );
    let answer: Value = posted.json().await.unwrap();
    assert_eq!(answer["data"], json!({ "__typename": "Query" }));
    assert!(answer.get("errors").is_none());

    let read = server.client.get(server.url("/graphql?query=query+A($b:Boolean!)%7Bpublications+@include(if:$b)%7BtotalCount%7D%7D&variables=%7B%22b%22:true%7D&operationName=A&extensions="));
    let read = read.send().await.unwrap();
    assert_eq!(read.status(), 200);
    assert_eq!(read.headers()["content-type"], "application/json; charset=utf-8");
    let expected = json!({ "publications": { "totalCount": 0 } });
    assert_eq!(read.json::<Value>().await.unwrap()["data"], expected);
}

#[tokio::test]
async fn the_answer_comes_in_the_type_that_the_client_takes() {
    let server = TestServer::start().await;
    for (accept, status, content_type) in [
        (NEWER, 200, NEWER),
        (OLDER, 200, OLDER),
        ("*/*", 200, OLDER),
        ("application/json;q=0.9, application/graphql-response+json", 200, NEWER),
        ("text/plain", 406, OLDER),
    ] {
        let request = server.client.post(server.url("/graphql")).header("Accept", accept);
        let answer = request
            .json(&json!({ "query": "{ __typename }" }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{accept}");
        assert_eq!(
            answer.headers()["content-type"],
            format!("{content_type}; charset=utf-8"),
            "{accept}"
        );
        assert!(
            answer
                .headers()
                .get_all("vary")
                .iter()
                .any(|vary| vary.to_str().unwrap().contains("Accept"))
        );
    }
}

#[tokio::test]
async fn what_graphql_refuses_is_400_in_the_newer_type_and_200_in_the_older() {
    let server = TestServer::start().await;
    for body in [
        json!({ "query": "{" }),
        json!({ "query": "{ nothing }" }),
        json!({ "query": "{ __typename } query Second { __typename }" }),
        json!({ "query": "query A { __typename } query B { __typename }" }),
        json!({ "query": "query A { __typename }", "operationName": "B" }),
        json!({ "query": "query($b: Boolean!) { __typename @include(if: $b) }" }),
        json!({ "query": "query($b: Boolean!) { __typename @include(if: $b) }", "variables": { "b": null } }),
        json!({ "query": "query($b: Boolean!) { __typename @include(if: $b) }", "variables": { "b": "yes" } }),
        json!({ "query": "subscription { __typename }" }),
        json!({ "query": "{ ...A } fragment A on Query { ...A }" }),
    ] {
        for (accept, status) in [(NEWER, 400), (OLDER, 200)] {
            let request = server
                .client
                .post(server.url("/graphql"))
                .header("Accept", accept)
                .json(&body);
            let refused = refusal(request.send().await.unwrap()).await;
            assert_eq!(
                (refused.0, refused.1.as_str()),
                (status, "BAD_REQUEST"),
                "{body}: {}",
                refused.2
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_request_at_all_is_400_in_either_type() {
    let server = TestServer::start().await;
    let deep = format!(
        "{{\"query\":\"{{__typename}}\",\"variables\":{{\"a\":{}}}}}",
        "[".repeat(100_000)
    );
    let closed = format!(
        "{{\"query\":\"{{__typename}}\",\"variables\":{{\"a\":{}{}}}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for body in [
        "",
        "NONSENSE",
        "{\"query\":",
        "[]",
        "[{\"query\":\"{__typename}\"}]",
        "1",
        "null",
        "\"x\"",
        "{}",
        "{\"qeury\":\"{__typename}\"}",
        "{\"query\":null}",
        "{\"query\":1}",
        "{\"query\":[\"{__typename}\"]}",
        "{\"query\":\"{__typename}\",\"variables\":[7]}",
        "{\"query\":\"{__typename}\",\"variables\":\"x\"}",
        "{\"query\":\"{__typename}\",\"operationName\":1}",
        "{\"query\":\"{__typename}\",\"extensions\":1}",
        "{\"query\":\"{__typename}\",\"variables\":{\"a\":1e999}}",
        deep.as_str(),
        closed.as_str(),
    ] {
        for accept in [NEWER, OLDER] {
            let request = server.client.post(server.url("/graphql")).header("Accept", accept);
            let request = request.header("Content-Type", "application/json").body(body.to_owned());
            let refused = refusal(request.send().await.unwrap()).await;
            assert_eq!((refused.0, refused.1.as_str()), (400, "BAD_REQUEST"), "{body:.60}");
        }
    }
}

#[tokio::test]
async fn text_that_is_no_text_is_400() {
    let server = TestServer::start().await;
    for body in [
        &b"{\"query\":\"{__typename} # \xff\"}"[..],
        b"{\"query\":\"{__typename} # \\u0000\"}",
        b"{\"query\":\"{__typename} # \\ud800\"}",
        b"{\"query\":\"{__typename}\",\"operationName\":\"\\u0000\"}",
        b"{\"query\":\"{__typename}\",\"variables\":{\"a\":[{\"b\":\"\\u0000\"}]}}",
        b"{\"query\":\"{__typename}\",\"variables\":{\"a\":[{\"\\u0000\":1}]}}",
        b"{\"query\":\"{__typename}\",\"variables\":{\"a\":\"\\udc00\"}}",
        b"{\"query\":\"{__typename(a: \\\"\\\\u0000\\\")}\"}",
        b"{\"query\":\"{__typename(a: \\\"\\\\ud800\\\")}\"}",
    ] {
        let request = server.client.post(server.url("/graphql")).header("Accept", NEWER);
        let request = request.header("Content-Type", "application/json").body(body.to_vec());
        let refused = refusal(request.send().await.unwrap()).await;
        assert_eq!(
            (refused.0, refused.1.as_str()),
            (400, "BAD_REQUEST"),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}

#[tokio::test]
async fn a_body_is_json_in_utf_8_or_refused() {
    let server = TestServer::start().await;
    let body = "{\"query\":\"{__typename}\"}";
    for (content_type, status) in [
        (Some("application/json"), 200),
        (Some("application/json; charset=utf-8"), 200),
        (Some("Application/JSON; charset=\"UTF-8\""), 200),
        (Some("application/json; charset=utf-16"), 415),
        (Some("application/json; charset=iso-8859-1"), 415),
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("multipart/form-data; boundary=x"), 415),
        (Some("application/graphql"), 415),
        (Some("application/jsonx"), 415),
        (Some("nonsense"), 415),
        (None, 415),
    ] {
        let mut request = server
            .client
            .post(server.url("/graphql"))
            .header("Accept", NEWER)
            .body(body);
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        assert_eq!(request.send().await.unwrap().status(), status, "{content_type:?}");
    }
}

#[tokio::test]
async fn a_form_needs_the_preflight_header_and_somebody_who_is_signed_in() {
    let server = TestServer::start().await;
    for (header, expected, word) in [
        ("Quoin-Preflight", (401, "UNAUTHENTICATED"), "Sign in"),
        ("Apollo-Require-Preflight", (401, "UNAUTHENTICATED"), "Sign in"),
        ("X-Other", (415, "BAD_REQUEST"), "Quoin-Preflight"),
    ] {
        let request = server
            .client
            .post(server.url("/graphql"))
            .header("Accept", NEWER)
            .header(header, "1");
        let request = request
            .header("Content-Type", "multipart/form-data; boundary=x")
            .body("--x--");
        let (status, code, message) = refusal(request.send().await.unwrap()).await;
        assert_eq!((status, code.as_str()), expected, "{header}");
        assert!(message.contains(word), "{header}: {message}");
    }
}

#[tokio::test]
async fn get_runs_queries_only() {
    let server = TestServer::start().await;
    for query in ["mutation{a}", "subscription{a}", "query A{__typename} mutation B{b}"] {
        let request = server.client.get(server.url("/graphql")).query(&[
            ("query", query),
            ("operationName", if query.starts_with("query") { "B" } else { "" }),
        ]);
        let answer = request.header("Accept", NEWER).send().await.unwrap();
        assert_eq!(answer.headers()["allow"], "POST");
        let refused = refusal(answer).await;
        assert_eq!((refused.0, refused.1.as_str()), (405, "BAD_REQUEST"), "{query}");
    }
    let request = server.client.get(server.url("/graphql"));
    let request = request.query(&[("query", "query A{__typename} mutation B{b}"), ("operationName", "A")]);
    assert_ne!(request.send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_400() {
    let server = TestServer::start().await;
    for query in [
        "",
        "query=",
        "query=%7Bsoftware%7D&query=%7Bsoftware%7D",
        "query=%ff",
        "query=%7Bsoftware%7D&variables=x",
        "query=%7Bsoftware%7D&variables=[1]",
        "query=%7Bsoftware%7D&variables={%22a%22:%22\\u0000%22}",
        "query=%7Bsoftware%7D%00",
        "query=%7Bsoftware%7D&extensions=1",
    ] {
        let answer = server
            .client
            .get(server.url(&format!("/graphql?{query}")))
            .header("Accept", NEWER);
        let refused = refusal(answer.send().await.unwrap()).await;
        assert_eq!((refused.0, refused.1.as_str()), (400, "BAD_REQUEST"), "{query}");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_ones_there_are() {
    let server = TestServer::start().await;
    for method in [reqwest::Method::PUT, reqwest::Method::DELETE, reqwest::Method::PATCH] {
        let answer = server
            .client
            .request(method, server.url("/graphql"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["allow"], "GET, HEAD, POST, OPTIONS");
    }
    let answer = server
        .client
        .request(reqwest::Method::OPTIONS, server.url("/graphql"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.headers()["allow"], "GET, HEAD, POST, OPTIONS");
    let answer = server
        .client
        .head(server.url("/graphql?query=%7Bsoftware%7D"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn members_that_are_not_known_are_ignored() {
    let server = TestServer::start().await;
    let body =
        json!({ "query": "{ __typename }", "variables": null, "operationName": null, "extensions": null, "more": [1] });
    assert_eq!(server.request(&body).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn every_answer_tells_what_it_cost() {
    let server = TestServer::with(|settings| settings.limits.document.cost = 5_000).await;
    let answer: Value = server
        .query("{ __schema { queryType { name } } }")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["extensions"]["cost"], json!({ "requested": 2, "limit": 5_000 }));
    let refused = server
        .query("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }")
        .await;
    assert_eq!(refused.status(), 400);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "COST_LIMIT");
    assert!(refused["extensions"]["cost"]["requested"].as_u64() > Some(5_000));
}

#[tokio::test]
async fn what_is_over_a_limit_is_refused_over_http() {
    let server = TestServer::start().await;
    for query in [
        "{a".repeat(100_000),
        format!("{{a(b:{}", "[".repeat(100_000)),
        "a ".repeat(300_000),
        format!("{{ {} }}", "x:__typename ".repeat(61)),
        format!("{{ {} }}", "__typename ".repeat(401)),
        format!("{{ __typename {} }}", "@skip(if:false) ".repeat(201)),
    ] {
        let (status, code, _) = refusal(server.query(&query).await).await;
        assert_eq!((status, code.as_str()), (400, "COST_LIMIT"), "{query:.40}");
    }
    assert_eq!(
        server.query("{ __typename }").await.status(),
        200,
        "and the server lives"
    );
}

#[tokio::test]
async fn at_most_five_errors_are_listed() {
    let server = TestServer::start().await;
    let fields = (0..50)
        .map(|number| format!("unknown{number} "))
        .collect::<Vec<_>>()
        .concat();
    let answer: Value = server.query(&format!("{{ {fields} }}")).await.json().await.unwrap();
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 5);
    assert!(errors.iter().all(|error| error["extensions"]["code"] == "BAD_REQUEST"));
}

#[tokio::test]
async fn production_neither_suggests_names_nor_tells_its_schema() {
    let open = TestServer::start().await;
    let closed = TestServer::with(|settings| {
        settings.suggestions = false;
        settings.introspection = false;
        settings.graphiql = false;
    })
    .await;
    let message = |refusal: (u16, String, String)| refusal.2;
    assert!(message(refusal(open.query("{ publicatio }").await).await).contains("Did you mean"));
    assert!(!message(refusal(closed.query("{ publicatio }").await).await).contains("publications"));

    let standard = include_str!("support/introspection.graphql");
    let answer: Value = open.query(standard).await.json().await.unwrap();
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
    for query in [
        standard,
        "{ __type(name: \"Query\") { name } }",
        "{ ...A } fragment A on Query { a: __schema { types { name } } }",
    ] {
        let (status, code, message) = refusal(closed.query(query).await).await;
        assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"));
        assert!(message.contains("introspection"), "{message}");
    }
    assert_eq!(closed.query("{ __typename }").await.status(), 200);

    let page = closed
        .client
        .get(closed.url("/graphql"))
        .header("Accept", "text/html")
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 406);
}

#[tokio::test]
async fn an_answer_that_the_database_keeps_back_is_given_up_in_time() {
    let server = TestServer::with(|settings| settings.limits.answer_timeout = Duration::from_millis(200)).await;
    let query = "{ posts { nodes { slug } } }";
    assert_eq!(server.query(query).await.status(), 200);
    // Nobody gets a connection of the pool, and on PostgreSQL nobody the table.
    let mut taken = Vec::new();
    while let Ok(Ok(transaction)) = timeout(Duration::from_millis(200), server.store.read().connections().begin()).await
    {
        taken.push(transaction);
    }
    if taken[0].get_database_backend() == DbBackend::Postgres {
        taken[0].execute_unprepared("LOCK TABLE post").await.unwrap();
    }
    let answer = server.query(query).await;
    assert_eq!(answer.headers()["Retry-After"], "5");
    let (status, code, _) = refusal(answer).await;
    assert_eq!((status, code.as_str()), (503, "UNAVAILABLE"));
    drop(taken);
    assert_eq!(server.query(query).await.status(), 200);
}

#[tokio::test]
async fn what_fails_on_our_side_is_told_in_the_log_alone() {
    let server = TestServer::start().await;
    server
        .store
        .read()
        .execute_unprepared("ALTER TABLE publication RENAME COLUMN tagline TO lost")
        .await
        .unwrap();
    let answer = server.query("{ publication { title } }").await;
    let body: Value = answer.json().await.unwrap();
    let error = &body["errors"][0];
    assert_eq!(error["message"], "Something went wrong on our side.");
    assert_eq!(error["extensions"]["code"], "INTERNAL");
    assert!(error["extensions"]["requestId"].is_string());
    assert!(!body.to_string().contains("tagline"), "{body}");
}
