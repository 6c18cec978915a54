//! The bytes of a response have a bound, and so have those of all responses in flight.

use std::time::Duration;

use quoin::http::HttpSettings;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;

use crate::support::Gazette;
use crate::support::jobs::until;
use crate::support::server::{TestServer, refusal};

const MAX_RESPONSE: u64 = 200_000;
const BODY: usize = 60_000;

/// So many posts, each with a long body, served with a bound of [`MAX_RESPONSE`].
async fn long_posts(count: usize, change: impl FnOnce(&mut HttpSettings)) -> TestServer {
    let gazette = Gazette::new().await;
    for number in 0..count {
        let long = |draft: &mut quoin::domain::post::PostDraft| {
            draft.rendered.html = format!("<p>{}</p>", "x".repeat(BODY));
            draft.rendered.text = "\u{1}\"".repeat(BODY / 2);
        };
        gazette.post(&format!("long-{number}"), number as i64, long).await;
    }
    TestServer::on(gazette.database, |settings| {
        settings.limits.response_bytes = MAX_RESPONSE;
        change(settings);
    })
    .await
}

/// The number of bytes of a response, or the code of its one error where it has no data.
async fn answered(server: &TestServer, query: &str) -> Result<usize, String> {
    let response = server.query(query).await;
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    match body["errors"].as_array() {
        None => Ok(text.len()),
        Some(errors) => {
            assert_eq!((errors.len(), &body["data"]), (1, &Value::Null), "{query}");
            Err(errors[0]["extensions"]["code"].as_str().unwrap().to_owned())
        }
    }
}

fn too_large() -> Result<usize, String> {
    Err("RESPONSE_TOO_LARGE".to_owned())
}

#[tokio::test]
async fn a_response_has_as_many_bytes_as_allowed_and_no_more() {
    let server = long_posts(4, |_| ()).await;
    let posts = |count: usize| format!("{{ posts(first: {count}) {{ nodes {{ bodyHtml }} }} }}");
    let three = answered(&server, &posts(3)).await.expect("fits");
    assert!((3 * BODY..=200_000).contains(&three), "{three}");
    assert_eq!(answered(&server, &posts(4)).await, too_large());
}

#[tokio::test]
async fn a_text_counts_each_time_that_it_is_selected() {
    let server = long_posts(1, |_| ()).await;
    let aliases: String = (0..4).map(|number| format!("a{number}: bodyHtml ")).collect();
    let query = format!("{{ posts {{ nodes {{ {aliases} }} }} }}");
    assert_eq!(answered(&server, &query).await, too_large());
    let fields: String = (0..4)
        .map(|number| format!("a{number}: posts {{ nodes {{ bodyHtml }} }} "))
        .collect();
    assert_eq!(answered(&server, &format!("{{ {fields} }}")).await, too_large());
}

#[tokio::test]
async fn what_resolvers_return_is_bounded_as_what_is_written_at_once() {
    let server = long_posts(4, |_| ()).await;
    let id = server.query("{ posts(first: 1) { nodes { id } } }").await;
    let id = id.json::<Value>().await.unwrap()["data"]["posts"]["nodes"][0]["id"].clone();
    let aliases: String = (0..4).map(|number| format!("a{number}: bodyHtml ")).collect();
    for query in [
        // What is selected twice is merged, which is left to resolvers.
        "{ posts { nodes { bodyHtml } } posts { nodes { bodyHtml } } }".to_owned(),
        format!("{{ node(id: {id}) {{ ... on Post {{ {aliases} }} }} }}"),
        format!("{{ nodes(ids: [{id}]) {{ ... on Post {{ {aliases} }} }} }}"),
    ] {
        assert_eq!(answered(&server, &query).await, too_large(), "{query}");
    }
}

#[tokio::test]
async fn what_escaping_adds_counts() {
    let server = long_posts(1, |_| ()).await;
    let query = "{ posts { nodes { bodyText } } posts { nodes { bodyText } } }";
    // Six bytes for a control character, two for a quote.
    assert_eq!(answered(&server, query).await, too_large());
}

#[tokio::test]
async fn no_more_is_loaded_than_twice_what_a_response_may_have() {
    let server = long_posts(8, |_| ()).await;
    let posts = |count: usize| format!("{{ posts(first: {count}) {{ nodes {{ tableOfContents {{ text }} }} }} }}");
    assert!(answered(&server, &posts(6)).await.is_ok());
    assert_eq!(answered(&server, &posts(8)).await, too_large());
}

#[tokio::test]
async fn objects_count_as_loaded_before_they_are_written() {
    let gazette = Gazette::new().await;
    let headings = |draft: &mut quoin::domain::post::PostDraft| {
        let heading = |number| quoin::domain::render::Heading {
            level: 2,
            id: format!("h{number}"),
            text: "Heading".to_owned(),
        };
        draft.rendered.headings = (0..1_000).map(heading).collect();
    };
    gazette.post("long", 1, headings).await;
    let server = TestServer::on(gazette.database, |settings| {
        settings.limits.response_bytes = MAX_RESPONSE;
    })
    .await;
    let fields = |count: usize| -> String {
        let fields = (0..count).map(|number| format!("a{number}: tableOfContents {{ level }} "));
        fields.collect()
    };
    let query = |count: usize| format!("{{ posts {{ nodes {{ {} }} }} }}", fields(count));
    // Each takes about 12 bytes of the response, and more as an object.
    assert!(answered(&server, &query(3)).await.is_ok());
    assert_eq!(answered(&server, &query(12)).await, too_large());
}

#[tokio::test]
async fn a_response_too_large_is_no_fault_of_the_form_of_the_request() {
    let server = long_posts(4, |_| ()).await;
    let body = json!({ "query": "{ posts { nodes { bodyHtml } } }" });
    for accept in ["application/json", "application/graphql-response+json"] {
        let request = server.client.post(server.url("/graphql")).header("Accept", accept);
        let response = request.json(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{accept}");
        assert_eq!(response.headers()["Cache-Control"], "private, no-store");
        let body: Value = response.json().await.unwrap();
        let message = body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("200000 bytes"), "{message}");
    }
}

#[tokio::test]
async fn more_than_all_responses_may_take_is_refused_for_now() {
    let server = long_posts(4, |settings| settings.limits.in_flight_bytes = 150_000).await;
    let small = "{ posts(first: 1) { nodes { bodyHtml } } }";
    for _ in 0..3 {
        let large = server.query("{ posts(first: 3) { nodes { bodyHtml } } }").await;
        assert_eq!(large.headers()["Retry-After"], "5");
        let (status, code, _) = refusal(large).await;
        assert_eq!((status, code.as_str()), (503, "UNAVAILABLE"));
        assert!(answered(&server, small).await.is_ok(), "the memory was given back");
    }
}

#[tokio::test]
async fn a_cached_response_is_served_whatever_others_take() {
    let server = long_posts(3, |settings| {
        settings.cache.memory_bytes = 10_000_000;
        settings.limits.response_bytes = 1_000_000;
    })
    .await;
    let query = "{ posts { nodes { bodyHtml } } }";
    let first = answered(&server, query).await;
    for _ in 0..3 {
        assert_eq!(answered(&server, query).await, first, "from the cache, in pieces");
    }
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_disconnected_and_small_responses_are_served_meanwhile() {
    let server = long_posts(4, |settings| {
        settings.limits.response_bytes = 16_000_000;
        settings.limits.in_flight_bytes = 16_000_000;
        settings.limits.write_timeout = Duration::from_secs(3);
    })
    .await;
    let aliases: String = (0..50).map(|number| format!("a{number}: bodyHtml ")).collect();
    let large = format!("{{ posts(first: 4) {{ nodes {{ {aliases} }} }} }}");
    let body = json!({ "query": large }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let socket = TcpSocket::new_v4().unwrap();
    // Less than the response, so that most of it stays with the server.
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut silent = socket.connect(server.address).await.unwrap();
    silent.write_all(request.as_bytes()).await.unwrap();
    silent.readable().await.unwrap();
    let (status, code, _) = refusal(server.query(&large).await).await;
    assert_eq!((status, code.as_str()), (503, "UNAVAILABLE"));
    assert!(
        answered(&server, "{ posts(first: 1) { nodes { bodyHtml } } }")
            .await
            .is_ok()
    );
    until(async || server.query(&large).await.status() == 200).await;
}
