//! The promises that Quoin makes, a file per promise; one test binary, so that it links once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod cli_doctor;
mod cli_failures;
mod cli_migrate;
mod cli_usage;
mod databases;
mod http_body;
mod http_graphiql;
mod http_graphql;
mod http_guard;
mod http_logging;
mod import_again;
mod import_dry_run;
mod import_failures;
mod import_first;
mod import_into;
mod import_limits;
mod import_visibility;
mod limits_measure;
mod media_fetch;
mod media_serve;
mod render_limits;
mod render_posts;
mod render_safety;
mod support;
mod wordpress_read;
mod wordpress_refuse;
