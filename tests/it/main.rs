//! The promises that Quoin makes, a file per promise; one test binary, so that it links once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod cli_doctor;
mod cli_failures;
mod cli_migrate;
mod cli_usage;
mod databases;
mod layers;
mod support;
