//! Quoin, a headless publishing back end. `docs/architecture.md` is the map of this crate.

pub mod app;
pub mod archive;
pub mod budget;
pub mod cdn;
pub mod cli;
pub mod config;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod http;
pub mod import;
pub mod jobs;
pub mod limit;
pub mod log;
pub mod mail;
pub mod outbound;
pub mod password;
pub mod picture;
pub mod provider;
pub mod shared;
pub mod store;
pub mod threads;
pub mod token;
