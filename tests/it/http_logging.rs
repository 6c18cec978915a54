//! One line in the log for each request, and nothing in it that is the client's own.

use serde_json::{Value, json};

use crate::support::log::of_process;
use crate::support::server::TestServer;

/// Lines of the whole process, since the server's threads are not the test's.
fn lines_of(id: &str) -> Vec<Value> {
    let lines = of_process().text();
    lines
        .lines()
        .filter(|line| line.contains(id))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn a_request_is_one_line_with_its_id_and_operation() {
    of_process();
    let server = TestServer::start().await;
    let body = json!({ "query": "query Named($secret: Boolean = true) { publications @include(if: $secret) { totalCount } }", "variables": { "unused": "hunter2" } });
    let request = server
        .request(&body)
        .header("X-Request-Id", "log-test-1")
        .header("Cookie", "session=hunter2");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let lines = lines_of("log-test-1");
    assert_eq!(lines.len(), 1);
    let fields = &lines[0]["fields"];
    assert_eq!(
        (
            &fields["method"],
            &fields["path"],
            &fields["status"],
            &fields["operation"]
        ),
        (&json!("POST"), &json!("/graphql"), &json!(200), &json!("Named"))
    );
    assert!(fields["duration_ms"].as_f64().is_some());
    assert_eq!(lines[0]["span"]["request_id"], "log-test-1");
    assert!(!lines[0].to_string().contains("hunter2") && !lines[0].to_string().contains("secret"));
}

#[tokio::test]
async fn the_query_of_an_address_is_not_logged() {
    of_process();
    let server = TestServer::start().await;
    let request = server
        .client
        .get(server.url("/graphql?query={__typename}&variables={\"a\":\"hunter2\"}"));
    request.header("X-Request-Id", "log-test-2").send().await.unwrap();
    let lines = lines_of("log-test-2");
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].to_string().contains("hunter2"));
}
