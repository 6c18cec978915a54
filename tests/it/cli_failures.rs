//! What an operator gets wrong is said in one line: what and where.

use std::fs::File;
use std::net::TcpListener;

use tempfile::TempDir;

use crate::support::command::{Outcome, quoin};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// An address that nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn an_unreachable_database_is_named_without_its_password() {
    let port = free_port();
    let folder = folder();
    let url = format!("postgres://quoin:hunter2@127.0.0.1:{port}/quoin");
    let line = Outcome::of(quoin(folder.path(), &["migrate", "up"]).env("DATABASE_URL", &url)).failed();
    assert!(
        line.starts_with(&format!(
            "cannot reach the database postgres://quoin:***@127.0.0.1:{port}/quoin: "
        )),
        "{line}"
    );
    assert!(line.contains("refused"), "{line}");
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let folder = folder();
    let file = folder.path().join("notes.db");
    std::fs::write(
        &file,
        "just some notes, long enough to be read as a header of one hundred bytes. ".repeat(9),
    )
    .unwrap();
    let before = std::fs::read(&file).unwrap();
    let line = Outcome::of(quoin(folder.path(), &["migrate", "up"]).env("DATABASE_URL", "sqlite://notes.db")).failed();
    assert_eq!(
        line,
        "cannot use the database sqlite://notes.db: file is not a database"
    );
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let folder = folder();
    std::fs::write(folder.path().join("data"), "a file").unwrap();
    let line = Outcome::of(&mut quoin(folder.path(), &["migrate", "up"])).failed();
    assert!(line.starts_with("cannot make the folder ./data: "), "{line}");
}

#[test]
fn a_configuration_file_that_was_named_must_exist() {
    let folder = folder();
    let named = Outcome::of(&mut quoin(folder.path(), &["doctor", "--config", "missing.toml"]));
    assert!(named.stdout.contains("missing.toml: cannot be read"), "{named:#?}");
    assert_eq!(named.code, Some(1));
    let line = Outcome::of(quoin(folder.path(), &["migrate", "up"]).env("QUOIN_CONFIG", "missing.toml")).failed();
    assert!(
        line.starts_with("configuration: missing.toml: cannot be read"),
        "{line}"
    );
}

#[test]
fn a_broken_configuration_names_every_problem_and_starts_nothing() {
    let folder = folder();
    std::fs::write(
        folder.path().join("quoin.toml"),
        "listen = 'here'\n[limits]\ndepht = 3\n",
    )
    .unwrap();
    let outcome = Outcome::of(quoin(folder.path(), &["serve"]).env("QUOIN_ENV", "staging"));
    assert_eq!(outcome.code, Some(1));
    let lines: Vec<_> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 4, "{outcome:#?}");
    assert_eq!(lines[0], "quoin: configuration: 3 problems");
    assert!(
        outcome
            .stderr
            .contains("limits.depht (from quoin.toml): there is no such key; did you mean limits.depth?")
    );
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_wrong_flag_is_named_as_it_was_typed() {
    let line = Outcome::of(&mut quoin(folder().path(), &["serve", "--listen", "localhost"])).failed();
    assert!(
        line.starts_with("configuration: listen (from --listen): \"localhost\" is not allowed"),
        "{line}"
    );
}

#[test]
fn an_import_of_nothing_makes_nothing() {
    let folder = folder();
    for format in ["wordpress", "markdown"] {
        let line = Outcome::of(&mut quoin(folder.path(), &["import", format, "missing"])).failed();
        assert!(line.contains("missing"), "{line}");
    }
    assert!(!folder.path().join("data").exists());
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let outcome = quoin(folder().path(), &["schema"]).stdout(full).output().unwrap();
    let line = String::from_utf8(outcome.stderr).unwrap();
    assert_eq!(outcome.status.code(), Some(1));
    assert!(
        line.starts_with("quoin: cannot write to standard output: No space left"),
        "{line}"
    );
}
