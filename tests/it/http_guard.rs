//! What holds for every answer, whatever the address.

use std::time::Duration;

use quoin::http::listen;
use reqwest::{Method, StatusCode};
use sea_orm::TransactionTrait;
use serde_json::Value;

use crate::support::server::TestServer;

#[tokio::test]
async fn every_answer_is_guarded_and_none_names_its_server() {
    let server = TestServer::with(|settings| settings.cors_origins = vec!["https://a.example".into()]).await;
    for (method, path) in [
        (Method::GET, "/health/live"),
        (Method::GET, "/nothing"),
        (Method::DELETE, "/graphql"),
        (Method::POST, "/graphql"),
        (Method::GET, "/graphql"),
        (Method::OPTIONS, "/graphql"),
        (Method::GET, "/graphiql-assets/none"),
        (Method::GET, "/%00%ff/../.."),
    ] {
        let answer = server
            .client
            .request(method.clone(), server.url(path))
            .send()
            .await
            .unwrap();
        let headers = answer.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{method} {path}");
        assert_eq!(
            headers["referrer-policy"], "strict-origin-when-cross-origin",
            "{method} {path}"
        );
        assert_eq!(headers["x-request-id"].len(), 32, "{method} {path}");
        assert!(headers.get("server").is_none() && headers.get("x-powered-by").is_none());
    }
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_any_other_replaced() {
    let server = TestServer::start().await;
    let longest = "a".repeat(64);
    let too_long = "a".repeat(65);
    for (given, kept) in [
        ("abc-1._Z", true),
        (&longest, true),
        (&too_long, false),
        ("", false),
        ("a b", false),
        ("<a>", false),
        ("a\"b", false),
    ] {
        let answer = server
            .client
            .get(server.url("/health/live"))
            .header("X-Request-Id", given)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["x-request-id"] == given, kept, "{given}");
    }
}

#[tokio::test]
async fn an_unknown_address_is_404_and_an_unknown_method_405() {
    let server = TestServer::start().await;
    let answer = server.client.get(server.url("/nothing")).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], "NOT_FOUND");
    let answer = server.client.post(server.url("/health/live")).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "GET, HEAD, OPTIONS");
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], "BAD_REQUEST");
}

#[tokio::test]
async fn only_configured_origins_may_read_answers() {
    let closed = TestServer::start().await;
    let open = TestServer::with(|settings| settings.cors_origins = vec!["https://a.example".into()]).await;
    let preflight = async |server: &TestServer, origin: &str| {
        let request = server
            .client
            .request(Method::OPTIONS, server.url("/graphql"))
            .header("Origin", origin);
        let request = request.header("Access-Control-Request-Method", "POST");
        request
            .header(
                "Access-Control-Request-Headers",
                "content-type,quoin-preflight,authorization",
            )
            .send()
            .await
            .unwrap()
    };
    let answer = preflight(&open, "https://a.example").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://a.example");
    for (server, origin) in [
        (&open, "https://b.example"),
        (&open, "http://a.example"),
        (&open, "https://a.example.org"),
        (&open, "null"),
        (&closed, "https://a.example"),
    ] {
        let answer = preflight(server, origin).await;
        assert!(
            answer.headers().get("access-control-allow-origin").is_none(),
            "{origin}"
        );
        let answer = server
            .client
            .get(server.url("/health/live"))
            .header("Origin", origin)
            .send()
            .await
            .unwrap();
        assert!(
            answer.headers().get("access-control-allow-origin").is_none(),
            "{origin}"
        );
    }
    let answer = open
        .client
        .get(open.url("/health/live"))
        .header("Origin", "https://a.example")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://a.example");
    assert!(
        answer
            .headers()
            .get_all("vary")
            .iter()
            .any(|vary| vary.to_str().unwrap().contains("Origin"))
    );
}

#[tokio::test]
async fn an_occupied_port_is_an_error() {
    let server = TestServer::start().await;
    let error = listen(server.address).expect_err("is occupied");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn it_is_ready_only_while_the_database_answers() {
    let server = TestServer::with(|settings| settings.limits.answer_timeout = Duration::from_millis(200)).await;
    let ready = async || server.client.get(server.url("/health/ready")).send().await.unwrap();
    assert_eq!(ready().await.status(), 200);
    // The only connection that it asks on is taken, as if the database did not answer.
    let taken = server.store.reserved().connections().begin().await.unwrap();
    let answer = ready().await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], "UNAVAILABLE");
    assert_eq!(
        server
            .client
            .get(server.url("/health/live"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    drop(taken);
    assert_eq!(ready().await.status(), 200);
}

#[tokio::test]
async fn a_request_in_flight_is_answered_before_the_server_stops() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut server = TestServer::start().await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let body = "{\"query\":\"{__typename}\"}";
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 "), "the request has begun");

    let stopped = server.stop();
    while tokio::net::TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(
        String::from_utf8_lossy(&answer).contains("\"__typename\":\"Query\""),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    stopped.await.unwrap().unwrap();
}
