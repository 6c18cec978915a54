//! Sets up the log, which goes to standard error: standard output belongs to what a command was asked for.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Libraries that would log every statement; `log.level` may raise them again.
const LOWERED: &str = "sqlx=warn,sea_orm=warn,sea_orm_migration=warn";

/// Starts logging, once per process; a second call changes nothing.
pub fn start(settings: &Log) {
    let is_terminal = std::io::stderr().is_terminal();
    let filter = EnvFilter::new(format!("{LOWERED},{}", settings.level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let is_text = match settings.format {
        LogFormat::Auto => is_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let started = if is_text {
        builder.with_ansi(is_terminal).try_init()
    } else {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    };
    // Refused only when a log is there already: in tests.
    drop(started);
}
