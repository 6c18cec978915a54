//! Nobody holds a connection by being slow, and nobody holds all of them.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use quoin::http::HttpSettings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::jobs::until;
use crate::support::server::TestServer;

/// Far longer than anything here takes; connections that stay open fail a test and do not hang it.
const PATIENCE: Duration = Duration::from_secs(20);

fn hasty(settings: &mut HttpSettings) {
    settings.limits.request_timeout = Duration::from_secs(1);
}

/// Everything that the server sends until it closes the connection.
async fn until_closed(server: &TestServer, bytes: &str) -> String {
    let answer = tokio::time::timeout(PATIENCE, server.raw(bytes.as_bytes())).await;
    answer.unwrap_or_else(|_| panic!("the connection stays open after {bytes}"))
}

/// A request whose body is announced in both ways, and never comes whole.
fn unfinished(head: &str) -> [String; 2] {
    [
        "Content-Length: 100\r\n\r\n{",
        "Transfer-Encoding: chunked\r\n\r\n64\r\n{",
    ]
    .map(|body| format!("{head}\r\nHost: x\r\n{body}"))
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_a_408_on_every_route() {
    let server = TestServer::with(hasty).await;
    let json = "Content-Type: application/json";
    let form = "Content-Type: application/x-www-form-urlencoded";
    let parts = "Quoin-Preflight: 1\r\nContent-Type: multipart/form-data; boundary=x";
    let path = |path: &str, kind: &str| format!("POST {path} HTTP/1.1\r\n{kind}");
    let heads = [
        path("/graphql", json),
        path("/auth/sign-in", json),
        path("/auth/sign-in", form),
        path("/auth/refresh", json),
        path("/oauth/token", form),
        path("/oauth/introspect", form),
        path("/oauth/authorize", form),
    ];
    join_all(heads.iter().flat_map(|head| unfinished(head)).map(async |request| {
        let answer = until_closed(&server, &request).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{request}: {answer}");
        assert!(answer.contains("BAD_REQUEST"), "{request}: {answer}");
    }))
    .await;
    // Files are taken from nobody, so that this is refused before the body comes.
    let answer = until_closed(&server, &unfinished(&path("/graphql", parts))[0]).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_body_closes_the_connection() {
    let server = TestServer::with(|settings| settings.limits.body_bytes = 50).await;
    let json = "Content-Type: application/json";
    let refused = [
        (404, "POST /nowhere HTTP/1.1".to_owned()),
        (405, format!("PUT /auth/sign-in HTTP/1.1\r\n{json}")),
        (413, format!("POST /graphql HTTP/1.1\r\n{json}")),
        (415, "POST /graphql HTTP/1.1\r\nContent-Type: text/plain".to_owned()),
    ];
    let requests = refused
        .iter()
        .flat_map(|(status, head)| unfinished(head).map(|request| (status, request)));
    join_all(requests.map(async |(status, request)| {
        // Long enough to be refused for that.
        let answer = until_closed(&server, &format!("{request}{}", " ".repeat(60))).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {answer}"
        );
    }))
    .await;
}

#[tokio::test]
async fn the_head_of_a_later_request_has_a_deadline_too() {
    let server = TestServer::with(hasty).await;
    let answer = until_closed(&server, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/li").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..2 {
        assert!(is_served(&mut stream).await);
    }
    stream.write_all(b"GET /health/li").await.unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    closed.expect("the connection stays open").unwrap();
}

/// Whether a request on a connection is answered; otherwise the server closed it.
async fn is_served(stream: &mut TcpStream) -> bool {
    if stream
        .write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .is_err()
    {
        return false;
    }
    let mut answer = [0; 4_096];
    matches!(stream.read(&mut answer).await, Ok(read) if answer[..read].starts_with(b"HTTP/1.1 200 "))
}

async fn connected(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

#[tokio::test]
async fn a_client_has_a_bounded_number_of_connections() {
    let server = TestServer::with(|settings| settings.limits.connections_per_client = 2).await;
    let mut one = connected(server.address).await;
    let mut two = connected(server.address).await;
    assert!(is_served(&mut one).await && is_served(&mut two).await);
    assert!(!is_served(&mut connected(server.address).await).await);
    assert!(is_served(&mut one).await, "the others stay");
    drop(two);
    until(async || is_served(&mut connected(server.address).await).await).await;
}

#[tokio::test]
async fn a_trusted_proxy_has_any_number_of_connections() {
    let server = TestServer::with(|settings| {
        settings.limits.connections_per_client = 1;
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let mut connections = Vec::new();
    for _ in 0..5 {
        let mut connection = connected(server.address).await;
        assert!(is_served(&mut connection).await);
        connections.push(connection);
    }
}
