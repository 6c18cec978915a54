//! The size, the encoding and the pace of a request's body.

use std::io::Write;
use std::time::Duration;

use serde_json::json;

use crate::support::server::{TestServer, refusal};

const SMALL: usize = 10_000;

fn small(settings: &mut quoin::http::HttpSettings) {
    settings.limits.body_bytes = SMALL;
}

fn body(bytes: usize) -> Vec<u8> {
    let start = "{\"query\":\"{__typename}\",\"more\":\"";
    format!("{start}{}\"}}", "x".repeat(bytes - start.len() - 2)).into_bytes()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn brotli(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, 4_096, 5, 22)
        .write_all(plain)
        .unwrap();
    packed
}

async fn status(server: &TestServer, encoding: &str, body: Vec<u8>) -> u16 {
    let request = server
        .client
        .post(server.url("/graphql"))
        .header("Content-Type", "application/json");
    let request = request.header("Content-Encoding", encoding).body(body);
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit_and_no_larger() {
    let server = TestServer::with(small).await;
    assert_eq!(status(&server, "identity", body(SMALL)).await, 200);
    assert_eq!(status(&server, "identity", body(SMALL + 1)).await, 413);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_counted_as_it_comes() {
    let server = TestServer::with(small).await;
    let chunk = "a".repeat(SMALL + 1);
    let answer = server
        .raw(
            format!(
                "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n\
                 Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{chunk}\r\n0\r\n\r\n",
                chunk.len()
            )
            .as_bytes(),
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn twenty_megabytes_are_refused_with_an_answer() {
    let server = TestServer::start().await;
    let request = server
        .client
        .post(server.url("/graphql"))
        .header("Content-Type", "application/json");
    let refused = refusal(request.body(body(20_000_000)).send().await.expect("an answer")).await;
    assert_eq!((refused.0, refused.1.as_str()), (413, "BAD_REQUEST"));
}

#[tokio::test]
async fn a_packed_body_is_counted_after_inflating() {
    let server = TestServer::with(small).await;
    assert_eq!(status(&server, "gzip", gzip(&body(SMALL))).await, 200);
    assert_eq!(status(&server, "br", brotli(&body(SMALL))).await, 200);
    for inflated in [SMALL + 1, 5_000_000] {
        assert_eq!(status(&server, "gzip", gzip(&body(inflated))).await, 413, "{inflated}");
        assert_eq!(status(&server, "br", brotli(&body(inflated))).await, 413, "{inflated}");
    }
}

#[tokio::test]
async fn an_encoding_that_is_unknown_or_untrue_is_refused() {
    let server = TestServer::with(small).await;
    assert_eq!(status(&server, "deflate", body(100)).await, 415);
    assert_eq!(status(&server, "gzip, gzip", gzip(&gzip(&body(100)))).await, 415);
    assert_eq!(status(&server, "gzip", body(100)).await, 400);
    assert_eq!(status(&server, "br", body(100)).await, 400);
    let mut broken = gzip(&body(100));
    broken.truncate(20);
    assert_eq!(status(&server, "gzip", broken).await, 400);
}

#[tokio::test]
async fn a_client_that_never_finishes_is_told_so() {
    let server = TestServer::with(|settings| settings.limits.request_timeout = Duration::from_millis(100)).await;
    let answer = server
        .raw(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        .await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("BAD_REQUEST"), "{answer}");
    let answer = server.raw(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Ty").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn answers_are_packed_as_the_client_takes_them() {
    let server = TestServer::start().await;
    for encoding in ["gzip", "br"] {
        // A client that does not unpack by itself.
        let plain = reqwest::Client::builder().no_gzip().no_brotli().build().unwrap();
        let request = plain.post(server.url("/graphql")).header("Accept-Encoding", encoding);
        let request = request.json(&json!({ "query": include_str!("support/introspection.graphql") }));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-encoding"], encoding);
        assert!(
            answer.headers().get_all("vary").iter().any(|vary| vary
                .to_str()
                .unwrap()
                .to_lowercase()
                .contains("accept-encoding"))
        );
    }
}
