//! `deploy/nginx.conf`: processes behind the real nginx that restart one after another fail no request.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Client;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::TestDb;
use crate::support::nginx::Nginx;
use crate::support::serving::Serving;

const QUERY: &str = "{ publications { totalCount } }";

/// Reads and writes by turns until it is told to stop. How many requests it sent, and what failed.
async fn client(nginx: String, is_over: Arc<AtomicBool>) -> (usize, Vec<String>) {
    let client = Client::new();
    let (mut sent, mut failures) = (0, Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let request = if sent % 2 == 0 {
            client.get(&nginx).query(&[("query", QUERY)])
        } else {
            client.post(&nginx).json(&json!({ "query": QUERY }))
        };
        match request.send().await {
            Ok(answer) if answer.status() == 200 => {}
            Ok(answer) => failures.push(answer.status().to_string()),
            Err(error) => failures.push(error.to_string()),
        }
        sent += 1;
    }
    (sent, failures)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_fails_no_request() {
    let database = TestDb::empty().await;
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("DATABASE_URL", database.url()),
        ("QUOIN_LIMITS__REQUESTS_PER_MINUTE", "60000000"),
        ("QUOIN_SERVER__DRAIN_SECONDS", "1"),
    ];
    let mut processes: Vec<(SocketAddr, Serving)> = Vec::new();
    for _ in 0..3 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = port.local_addr().unwrap();
        drop(port);
        let mut serving = Serving::start_at(address, folder.path(), &variables);
        serving.address();
        processes.push((address, serving));
    }
    let addresses: Vec<SocketAddr> = processes.iter().map(|(address, _)| *address).collect();
    let Some(nginx) = Nginx::start(&addresses).await else {
        return;
    };
    let is_over = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..4 {
        clients.spawn(client(nginx.url("/graphql"), Arc::clone(&is_over)));
    }
    for (address, serving) in &mut processes {
        assert_eq!(serving.stop("-TERM").code(), Some(0));
        *serving = Serving::start_at(*address, folder.path(), &variables);
        serving.address();
    }
    is_over.store(true, Ordering::Relaxed);
    let (mut sent, mut failures) = (0, Vec::new());
    for (count, failed) in clients.join_all().await {
        sent += count;
        failures.extend(failed);
    }
    assert!(sent > 20, "{sent}");
    assert!(
        failures.is_empty(),
        "{} of {sent} failed: {failures:?}\n{}",
        failures.len(),
        nginx.complaints()
    );
}
