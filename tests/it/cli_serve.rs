//! `quoin serve` makes what it needs, says where it is, and stops when it is told to.

use std::io::BufRead;
use std::net::TcpListener;

use serde_json::Value;

use crate::support::TestDb;
use crate::support::command::{Outcome, quoin};
use crate::support::jobs::until;
use crate::support::serving::Serving;

#[tokio::test]
async fn an_empty_folder_is_enough_to_serve() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[]);
    let mut line = String::new();
    serving.stdout.read_line(&mut line).unwrap();
    let address = serving.address();
    assert_eq!(line, format!("GraphiQL: http://{address}/graphql\n"));
    let mut link = String::new();
    serving.stdout.read_line(&mut link).unwrap();
    let (before, secret) = link
        .trim_end()
        .split_once("/auth/setup?token=")
        .expect("a link to begin with");
    assert!(before.starts_with("Nobody has an account yet. "), "{link}");
    assert_eq!(secret.len(), 43);
    let ready = reqwest::get(format!("http://{address}/health/ready")).await.unwrap();
    assert_eq!(ready.status(), 200);
    assert!(folder.path().join("data/quoin.db").exists());
    let doctor = Outcome::of(quoin(folder.path(), &["doctor"]).env("QUOIN_LISTEN", &address)).succeeded();
    assert!(
        doctor.contains(&format!("port: Quoin is serving on {address}")),
        "{doctor}"
    );
}

#[tokio::test]
async fn every_signal_stops_it_well() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let database = TestDb::empty().await;
        let folder = tempfile::tempdir().unwrap();
        let mut serving = Serving::start(folder.path(), &[("DATABASE_URL", database.url())]);
        serving.address();
        assert_eq!(serving.stop(signal).code(), Some(0), "{signal}");
    }
}

#[tokio::test]
async fn a_draining_process_answers_but_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[("QUOIN_SERVER__DRAIN_SECONDS", "600")]);
    let address = serving.address();
    let get = async |path: &str| reqwest::get(format!("http://{address}{path}")).await.unwrap();
    assert_eq!(get("/health/ready").await.status(), 200);
    serving.signal("-TERM");
    until(async || get("/health/ready").await.status() == 503).await;
    let draining = get("/health/ready").await.json::<Value>().await.unwrap();
    assert_eq!(draining["error"]["code"], "UNAVAILABLE");
    for path in ["/health/live", "/graphql?query={__typename}"] {
        assert_eq!(get(path).await.status(), 200, "{path}");
    }
    // Somebody who presses Ctrl-C does not wait for it.
    assert_eq!(serving.stop("-INT").code(), Some(1));
}

#[tokio::test]
async fn production_has_no_graphiql_and_names_none() {
    let folder = tempfile::tempdir().unwrap();
    let production = [
        ("QUOIN_ENV", "production"),
        ("QUOIN_BASE_URL", "https://magazine.example"),
    ];
    let mut serving = Serving::start(folder.path(), &production);
    let address = serving.address();
    let client = reqwest::Client::new();
    let page = client
        .get(format!("http://{address}/graphql"))
        .header("accept", "text/html")
        .send()
        .await
        .unwrap();
    assert!(!page.status().is_success(), "{page:?}");
    serving.stop("-TERM");
    let printed = std::io::read_to_string(&mut serving.stdout).unwrap();
    let (first, second) = printed.split_once('\n').unwrap();
    assert_eq!(first, format!("GraphQL: http://{address}/graphql"));
    assert!(
        second.contains("https://magazine.example/auth/setup?token="),
        "{second}"
    );
}

#[tokio::test]
async fn with_an_administrator_no_link_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["user", "create", "ann@example.com", "--name", "Ann", "--administrator"];
    Outcome::of(&mut quoin(folder.path(), &arguments)).succeeded();
    let mut serving = Serving::start(folder.path(), &[]);
    serving.address();
    serving.stop("-TERM");
    let printed = std::io::read_to_string(&mut serving.stdout).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
}

#[test]
fn an_occupied_port_is_named_and_nothing_is_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = occupied.local_addr().unwrap().to_string();
    let line = Outcome::of(&mut quoin(folder.path(), &["serve", "--listen", &address])).failed();
    assert!(line.starts_with(&format!("cannot listen on {address}: ")), "{line}");
    assert!(line.ends_with("choose another address with --listen"), "{line}");
    let status = Outcome::of(&mut quoin(folder.path(), &["migrate", "status"])).succeeded();
    assert!(status.starts_with("pending"), "{status}");
}
