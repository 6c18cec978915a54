//! The promises that Quoin makes, a file per promise; one test binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::implicit_clone,
    clippy::too_many_lines,
    clippy::unnecessary_wraps,
    missing_docs
)]

mod account_end;
mod account_limits;
mod account_sign_in;
mod account_sign_up;
mod api_account;
mod api_account_keys;
mod api_audit;
mod api_categories;
mod api_clients;
mod api_jobs;
mod api_keys;
mod api_lists;
mod api_members;
mod api_navigation;
mod api_objects;
mod api_plan;
mod api_publications;
mod api_schema;
mod api_series;
mod api_tags;
mod api_visibility;
mod api_written;
mod archive_files;
mod archive_refuse;
mod archive_same;
mod bylines;
mod cache_answers;
mod cache_random;
mod cache_shared;
mod cache_verbs;
mod cdn_marks;
mod cdn_purge;
mod cli_accounts;
mod cli_doctor;
mod cli_failures;
mod cli_jobs;
mod cli_migrate;
mod cli_serve;
mod cli_usage;
mod database_clock;
mod database_lost;
mod database_pooler;
mod databases;
mod default_publication;
mod desk_graphiql;
mod desk_posts;
mod desk_previews;
mod desk_revisions;
mod desk_schedule;
mod desk_states;
mod ghost_import;
mod ghost_read;
mod ghost_refuse;
mod http_auth;
mod http_bearer;
mod http_body;
mod http_graphiql;
mod http_graphql;
mod http_guard;
mod http_health;
mod http_logging;
mod http_oauth;
mod http_overload;
mod http_provider;
mod http_slow;
mod http_throttle;
mod identities;
mod import_again;
mod import_dry_run;
mod import_failures;
mod import_first;
mod import_hidden;
mod import_into;
mod import_limits;
mod import_visibility;
mod job_letters;
mod job_processes;
mod jobs;
mod layers;
mod limit_shared;
mod limits_measure;
mod log_unwritable;
mod mail;
mod markdown_conventions;
mod markdown_refusals;
mod markdown_sample;
mod media_bucket;
mod media_fetch;
mod media_library;
mod media_serve;
mod media_two_steps;
mod media_upload;
mod media_variants;
mod member_visibility;
mod members;
mod migrations;
mod oauth_codes;
mod outside_tokens;
mod persisted;
mod pictures;
mod provider_faults;
mod provider_github;
mod provider_openid;
mod provider_trusted;
mod proxy_nginx;
mod render_limits;
mod render_posts;
mod render_safety;
mod safety_browser;
mod safety_texts;
mod secrets_hidden;
mod session_refresh;
mod set_up;
mod signing_keys;
mod sqlite_disk;
mod store_transactions;
mod support;
mod tag_merge;
mod trusted_manifest;
mod trusted_named;
mod trusted_only;
mod trusted_registered;
mod upload_quotas;
mod wordpress_read;
mod wordpress_refuse;
