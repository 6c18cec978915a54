//! GraphiQL comes from the binary, whole.

use serde_json::{Value, json};

use crate::support::server::TestServer;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn a_browser_gets_a_page_that_loads_nothing_from_elsewhere() {
    let server = TestServer::start().await;
    let page = server
        .client
        .get(server.url("/graphql"))
        .header("Accept", BROWSER)
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none';") && !policy.contains("http"),
        "{policy}"
    );
    let page = page.text().await.unwrap();
    assert!(page.contains("query FrontPage"), "the ready queries");
    assert!(!page.contains("//"), "no address but relative ones");

    let files: Vec<_> = page
        .split('"')
        .filter(|word| word.starts_with("graphiql-assets/"))
        .collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let asset = server.client.get(server.url(&format!("/{file}"))).send().await.unwrap();
        assert_eq!(asset.status(), 200, "{file}");
        assert!(asset.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        let kind = asset.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(
            if file.contains(".js") {
                kind.contains("javascript")
            } else {
                kind == "text/css"
            },
            "{kind}"
        );
        assert!(asset.bytes().await.unwrap().len() > 100_000);
    }
}

#[tokio::test]
async fn every_ready_query_is_one_that_the_schema_knows() {
    let server = TestServer::start().await;
    let queries = include_str!("../../src/http/graphiql/queries.graphql");
    let body = json!({ "query": queries, "operationName": "FrontPage" });
    let answer: Value = server.request(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["posts"]["nodes"], json!([]), "{answer}");
}

#[tokio::test]
async fn a_client_that_cannot_unpack_gets_the_same_file_plain() {
    let server = TestServer::start().await;
    let page = server
        .client
        .get(server.url("/graphql"))
        .header("Accept", BROWSER)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let file = page.split('"').find(|word| word.contains(".css")).unwrap();
    let plain = reqwest::Client::builder().no_gzip().no_brotli().build().unwrap();
    let answer = plain.get(server.url(&format!("/{file}"))).send().await.unwrap();
    assert!(answer.headers().get("content-encoding").is_none());
    let unpacked = server
        .client
        .get(server.url(&format!("/{file}")))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(answer.bytes().await.unwrap(), unpacked);
}

#[tokio::test]
async fn only_its_own_files_are_served_and_only_when_it_is_on() {
    let server = TestServer::start().await;
    for path in ["none.js", "..%2findex.html", "%2e%2e%2fqueries.graphql", "%00", ""] {
        let answer = server
            .client
            .get(server.url(&format!("/graphiql-assets/{path}")))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    let off = TestServer::with(|settings| settings.graphiql = false).await;
    let page = server
        .client
        .get(server.url("/graphql"))
        .header("Accept", BROWSER)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let file = page.split('"').find(|word| word.contains(".css")).unwrap();
    assert_eq!(
        off.client
            .get(off.url(&format!("/{file}")))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    let answer = off
        .client
        .get(off.url("/graphql"))
        .header("Accept", BROWSER)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
}
