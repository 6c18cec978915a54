//! Each level of the commands explains itself, and wrong use is told from failure.

use std::path::Path;

use crate::support::command::{Outcome, quoin};

fn run(arguments: &[&str]) -> Outcome {
    Outcome::of(&mut quoin(Path::new("."), arguments))
}

#[test]
fn every_level_has_help() {
    for command in [
        vec![],
        vec!["serve"],
        vec!["import"],
        vec!["export"],
        vec!["migrate"],
        vec!["migrate", "up"],
        vec!["migrate", "down"],
        vec!["migrate", "status"],
        vec!["user"],
        vec!["user", "list"],
        vec!["user", "create"],
        vec!["user", "link"],
        vec!["user", "administrator"],
        vec!["user", "disable"],
        vec!["user", "enable"],
        vec!["key"],
        vec!["key", "list"],
        vec!["key", "rotate"],
        vec!["client"],
        vec!["client", "list"],
        vec!["client", "create"],
        vec!["client", "rotate-secret"],
        vec!["client", "delete"],
        vec!["schema"],
        vec!["doctor"],
    ] {
        let outcome = run(&[command.clone(), vec!["--help"]].concat());
        let usage = [vec!["Usage: quoin"], command].concat().join(" ");
        assert!(outcome.succeeded().contains(&usage), "{usage}");
    }
}

#[test]
fn wrong_use_exits_with_2_and_says_what_is_allowed() {
    for (arguments, hint) in [
        (vec![], "Usage: quoin"),
        (vec!["publish"], "unrecognized subcommand 'publish'"),
        (vec!["serve", "--port", "80"], "unexpected argument '--port'"),
        (vec!["import"], "<FORMAT>"),
        (vec!["import", "wordpress"], "<PATH>"),
        (
            vec!["import", "blogger", "x.xml"],
            "possible values: wordpress, ghost, quoin, markdown",
        ),
        (vec!["export"], "<PATH>"),
        (vec!["import", "quoin"], "<PATH>"),
        (vec!["migrate"], "Usage: quoin migrate"),
        (vec!["user"], "Usage: quoin user"),
        (vec!["user", "create"], "<EMAIL>"),
        (vec!["user", "create", "ann@example.com"], "--name"),
        (vec!["key"], "Usage: quoin key"),
        (vec!["client", "create", "App"], "--scope"),
        (
            vec!["client", "create", "App", "--scope", "read root"],
            "there is no scope \"root\"; use some of: read read:drafts write",
        ),
        (
            vec!["client", "create", "App", "--scope", "read", "--grant", "password"],
            "possible values: authorization_code, refresh_token, client_credentials",
        ),
        (vec!["migrate", "down", "--steps", "0"], "--steps"),
        (vec!["migrate", "down", "--steps", "-1"], "-1"),
    ] {
        let outcome = run(&arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:#?}");
        assert!(outcome.stderr.contains(hint), "{arguments:?}: {outcome:#?}");
        assert!(outcome.stdout.is_empty());
    }
}

#[test]
fn the_schema_is_printed_without_a_database() {
    let schema = run(&["schema"]).succeeded();
    assert!(schema.contains("type Query {"), "{schema}");
    assert!(schema.ends_with("}\n") && !schema.ends_with("\n\n"));
}
