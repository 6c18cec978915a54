//! `quoin serve` makes what it needs, says where it is, and stops when it is told to.

use std::io::{BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::support::TestDb;
use crate::support::command::{Outcome, quoin};
use crate::support::jobs::until;
use crate::support::serving::Serving;

#[tokio::test]
async fn an_empty_folder_is_enough_to_serve() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[]);
    let address = serving.address();
    let mut line = String::new();
    serving.stdout.read_line(&mut line).unwrap();
    assert_eq!(line, format!("GraphiQL: http://{address}/graphql\n"));
    let setup = serving.setup().expect("how to begin");
    let link = setup["link"].as_str().unwrap();
    let (_, secret) = link.split_once("/auth/setup?token=").unwrap();
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
    for signal in ["-TERM", "-HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let mut serving = Serving::start(folder.path(), &[("QUOIN_SERVER__DRAIN_SECONDS", "600")]);
        let address = serving.address();
        let get = async |path: &str| reqwest::get(format!("http://{address}{path}")).await.unwrap();
        assert_eq!(get("/health/ready").await.status(), 200);
        serving.signal(signal);
        until(async || get("/health/ready").await.status() == 503).await;
        let draining = get("/health/ready").await.json::<Value>().await.unwrap();
        assert_eq!(draining["error"]["code"], "UNAVAILABLE");
        for path in ["/health/live", "/graphql?query={__typename}"] {
            assert_eq!(get(path).await.status(), 200, "{path}");
        }
        // After Ctrl-C there is no such wait.
        assert_eq!(serving.stop("-INT").code(), Some(1), "{signal}");
    }
}

#[tokio::test]
async fn production_has_no_graphiql_and_no_setup_link_in_its_log() {
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
    assert_eq!(printed, format!("GraphQL: http://{address}/graphql\n"));
    let setup = serving.setup().expect("how to begin");
    assert_eq!(setup["command"], "quoin user setup-link");
    assert!(!format!("{:?}", serving.log).contains("token="), "{:#?}", serving.log);
    let run = |arguments: &[&str]| Outcome::of(quoin(folder.path(), arguments).envs(production));
    let link = run(&["user", "setup-link"]).succeeded();
    let (before, secret) = link.trim_end().split_once("?token=").unwrap();
    assert_eq!((before, secret.len()), ("https://magazine.example/auth/setup", 43));
    run(&["user", "create", "ann@example.com", "--name", "Ann", "--administrator"]).succeeded();
    let refused = run(&["user", "setup-link"]).failed();
    assert!(refused.contains("quoin user administrator"), "{refused}");
}

#[tokio::test]
async fn malformed_requests_of_strangers_are_no_errors_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[]);
    let address = serving.address();
    for bytes in [
        b"\x16\x03\x01 no HTTP\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        vec![b'x'; 200_000],
    ] {
        let mut stranger = TcpStream::connect(&address).unwrap();
        // The server may have closed the connection before it took everything.
        drop(stranger.write_all(&bytes));
        drop(stranger.read_to_end(&mut Vec::new()));
    }
    let log = serving.rest_of_log();
    let loud: Vec<_> = log.iter().filter(|entry| entry["level"] == "ERROR").collect();
    assert!(loud.is_empty(), "{loud:#?}");
}

#[tokio::test]
async fn with_an_administrator_no_link_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["user", "create", "ann@example.com", "--name", "Ann", "--administrator"];
    Outcome::of(&mut quoin(folder.path(), &arguments)).succeeded();
    let mut serving = Serving::start(folder.path(), &[]);
    serving.address();
    assert_eq!(serving.setup(), None);
    serving.stop("-TERM");
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
