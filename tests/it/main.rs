//! The promises that Quoin makes, a file per promise; one test binary, so that it links once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod markdown_conventions;
mod markdown_refusals;
mod markdown_sample;
mod render_limits;
mod render_posts;
mod render_safety;
mod support;
