//! What is configured is what the parts are built with.

use std::path::Path;

use super::media::media_settings;
use super::*;
use crate::config::{DefaultValue, KEYS, Sources};

/// Numbers that are handed on where they are read.
const HANDED_ON: [&str; 2] = ["database.max_connections", "server.drain_seconds"];

/// The configuration of an installation in this folder, with one more line.
fn config(folder: &Path, line: &str) -> Config {
    let file = folder.join("quoin.toml");
    let text = format!("data_dir = {folder:?}\nredis.url = 'redis://127.0.0.1:1'\n{line}\n");
    std::fs::write(&file, text).unwrap();
    let sources = Sources {
        file: Some(file),
        ..Sources::default()
    };
    Config::load(sources).unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// What a server is built with.
fn built(config: &Config) -> String {
    let settings = (
        timeouts(config),
        http_settings(config).unwrap(),
        account_settings(config).unwrap(),
        media_settings(config, Limiter::in_memory()),
        job_settings(config),
    );
    format!("{settings:?}")
}

#[tokio::test]
async fn every_number_of_the_configuration_changes_what_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let default = built(&config(folder.path(), ""));
    assert_eq!(built(&config(folder.path(), "")), default);
    for key in KEYS {
        let DefaultValue::Value(value) = &key.default else {
            continue;
        };
        let Ok(number) = value.parse::<u64>() else { continue };
        if !HANDED_ON.contains(&key.name) {
            let changed = config(folder.path(), &format!("{} = {}", key.name, number + 1));
            assert!(built(&changed) != default, "{}", key.name);
        }
    }
}

#[tokio::test]
async fn publications_are_created_and_meant_as_configured() {
    let folder = tempfile::tempdir().unwrap();
    let publications = |line: &str| account_settings(&config(folder.path(), line)).unwrap().publications;
    let default = publications("");
    assert!(default.create == Creators::Administrators && default.default.is_none());
    assert!(publications("publications.create = 'anyone'").create == Creators::Anyone);
    let named = publications("publications.default = 'gazette'");
    assert_eq!(named.default.as_deref(), Some("gazette"));
}
