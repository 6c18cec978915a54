//! The promises that Quoin makes, a file per promise; one test binary, so that it links once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;
mod wordpress_read;
mod wordpress_refuse;
