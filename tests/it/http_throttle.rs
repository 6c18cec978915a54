//! How often a client may ask, and what it is told about it.

use quoin::limit::Quota;
use serde_json::Value;

use crate::support::server::{TestServer, refusal};

/// A server behind a proxy on this machine, with so many requests an hour for everybody.
async fn server(requests: u32) -> TestServer {
    TestServer::with(|settings| {
        settings.limits.requests = Quota::per_hour("requests", requests);
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        settings.cors_origins = vec!["https://a.example".into()];
    })
    .await
}

/// An answer to somebody behind the proxy.
async fn ask(server: &TestServer, address: &str) -> reqwest::Response {
    let request = server.client.get(server.url("/nothing"));
    request.header("X-Forwarded-For", address).send().await.unwrap()
}

#[tokio::test]
async fn every_answer_tells_the_state_of_the_limit() {
    let server = server(2).await;
    let answer = ask(&server, "192.0.2.1").await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(answer.status(), 404);
    assert_eq!(header("ratelimit-limit"), "2");
    assert_eq!(header("ratelimit-remaining"), "1");
    assert_eq!(header("ratelimit-policy"), "2;w=3600");
    assert!((1..=1_800).contains(&header("ratelimit-reset").parse::<u32>().unwrap()));
    assert!(answer.headers().get("retry-after").is_none());
}

#[tokio::test]
async fn beyond_the_limit_each_surface_refuses_in_its_own_form() {
    let server = server(1).await;
    assert_eq!(ask(&server, "192.0.2.1").await.status(), 404);
    let answer = ask(&server, "192.0.2.1").await;
    assert_eq!(answer.status(), 429);
    let retry_after: u32 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((3_500..=3_600).contains(&retry_after), "{retry_after}");
    assert_eq!(answer.headers()["ratelimit-remaining"], "0");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], "RATE_LIMITED");

    let query = server.request(&serde_json::json!({ "query": "{ __typename }" }));
    let answer = query.header("X-Forwarded-For", "192.0.2.1").send().await.unwrap();
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(
        answer.headers()["content-type"],
        "application/graphql-response+json; charset=utf-8"
    );
    let (status, code, _) = refusal(answer).await;
    assert_eq!((status, code.as_str()), (429, "RATE_LIMITED"));
}

#[tokio::test]
async fn clients_have_buckets_of_their_own_and_a_home_has_one() {
    let server = server(1).await;
    for (address, status) in [
        ("192.0.2.1", 404),
        ("192.0.2.2", 404),
        ("192.0.2.1", 429),
        ("2001:db8::1", 404),
        ("2001:db8::ffff:2", 429),
        ("2001:db8:0:1::1", 404),
        // What the client itself wrote before the proxy's word changes nothing.
        ("203.0.113.9, 192.0.2.1", 429),
    ] {
        assert_eq!(ask(&server, address).await.status(), status, "{address}");
    }
}

#[tokio::test]
async fn who_is_no_trusted_proxy_cannot_choose_an_address() {
    let server = TestServer::with(|settings| settings.limits.requests = Quota::per_hour("requests", 1)).await;
    assert_eq!(ask(&server, "192.0.2.1").await.status(), 404);
    assert_eq!(ask(&server, "192.0.2.2").await.status(), 429);
}

#[tokio::test]
async fn probes_are_never_refused() {
    let server = server(1).await;
    for _ in 0..3 {
        let answer = server.client.get(server.url("/health/live")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().get("ratelimit-limit").is_none());
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_may_read_the_limit() {
    let server = server(1).await;
    for status in [404, 429] {
        let request = server
            .client
            .get(server.url("/nothing"))
            .header("Origin", "https://a.example");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://a.example");
        let exposed = answer.headers()["access-control-expose-headers"]
            .to_str()
            .unwrap()
            .to_lowercase();
        for name in [
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "ratelimit-policy",
            "retry-after",
        ] {
            assert!(exposed.contains(name), "{name}: {exposed}");
        }
    }
}
