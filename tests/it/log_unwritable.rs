//! A log that cannot be written costs lines, never a request; the lines that are lost are counted.

use std::io::{BufRead, Read};

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::serving::Serving;

/// Requests of every kind are answered, more than once.
async fn assert_serves(address: &str) {
    let client = Client::new();
    for _ in 0..3 {
        for path in ["/health/live", "/health/ready", "/auth/sign-in"] {
            let answer = client.get(format!("http://{address}{path}")).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
        }
        let query = client.post(format!("http://{address}/graphql"));
        let query = query.json(&json!({ "query": "{ publications { totalCount } }" }));
        assert_eq!(query.send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_log_that_nobody_reads_any_more_costs_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[]);
    let address = serving.address();
    drop(serving.take_log());
    assert_serves(&address).await;
    assert_eq!(serving.stop("-TERM").code(), Some(0));
}

#[tokio::test]
async fn a_full_log_disk_costs_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::on_a_full_log_disk(folder.path());
    let mut line = String::new();
    serving.stdout.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("GraphiQL: http://").unwrap();
    assert_serves(address.strip_suffix("/graphql").unwrap()).await;
    assert_eq!(serving.stop("-TERM").code(), Some(0));
}

#[tokio::test]
async fn lines_that_do_not_fit_are_dropped_counted_and_reported() {
    const REQUESTS: usize = 100;
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[]);
    let address = serving.address();
    let client = Client::new();
    // Far more than the pipe and the queue hold.
    let path = "x".repeat(30_000);
    for number in 0..REQUESTS {
        let answer = client.get(format!("http://{address}/{number}/{path}")).send().await;
        assert_eq!(answer.unwrap().status(), 404);
    }
    serving.signal("-TERM");
    let mut log = String::new();
    serving.take_log().read_to_string(&mut log).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<usize> = lines
        .iter()
        .filter_map(|line| line["path"].as_str()?.split('/').nth(1)?.parse().ok())
        .collect();
    assert!(numbers.is_sorted() && !numbers.is_empty(), "{numbers:?}");
    let dropped: u64 = lines.iter().filter_map(|line| line["dropped"].as_u64()).sum();
    assert!(dropped > 0);
    assert_eq!(numbers.len() + dropped as usize, REQUESTS);
    assert!(lines.iter().any(|line| line["message"] == "stopped"));
}
