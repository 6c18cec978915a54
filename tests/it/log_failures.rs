//! Failures of the database in the log: a passing one is a warning, and said once.

use quoin::store::log_failure;
use sea_orm::{ConnAcquireErr, DbErr};
use serde_json::Value;

use crate::support::log::{Log, of_process};

#[test]
fn a_shortage_of_connections_is_one_warning_and_a_broken_statement_an_error_each_time() {
    of_process();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone());
    tracing::subscriber::with_default(subscriber.finish(), || {
        for _ in 0..3 {
            log_failure(
                &DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
                "a test is short of connections",
            );
            log_failure(&DbErr::Custom("no such table".to_owned()), "a test breaks a statement");
        }
    });
    let lines = log.text();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let levels = |message: &str| -> Vec<&str> {
        let those = lines.iter().filter(|line| line["fields"]["message"] == message);
        those.map(|line| line["level"].as_str().unwrap()).collect()
    };
    assert_eq!(levels("a test is short of connections"), ["WARN"]);
    assert_eq!(levels("a test breaks a statement"), ["ERROR"; 3]);
}
