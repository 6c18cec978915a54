//! Sets up the log, which goes to standard error: standard output is for the output of commands.

mod json;
mod writer;

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use serde_json::json;
use tracing_subscriber::EnvFilter;

use self::json::JsonLines;
use self::writer::LogWriter;
use crate::config::{Log, LogFormat};

/// Libraries that would log every statement, or malformed requests of strangers as errors of the server; `log.level` may raise
/// them again, such as with `info,actix_http=error`.
const LOWERED: &str = "sqlx=warn,sea_orm=warn,sea_orm_migration=warn,actix_http=off";

/// How long the end of the process waits for lines that are still queued.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// What writes the log of this process.
static WRITER: OnceLock<LogWriter> = OnceLock::new();

/// Starts logging, once per process; a second call changes nothing.
pub fn start(settings: &Log) {
    let is_terminal = std::io::stderr().is_terminal();
    let is_text = match settings.format {
        LogFormat::Auto => is_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let report = if is_text { dropped_text } else { dropped_json };
    let Ok(writer) = LogWriter::start(std::io::stderr(), report) else {
        return;
    };
    let writer = WRITER.get_or_init(|| writer);
    let filter = EnvFilter::new(format!("{LOWERED},{}", settings.level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // What cannot be formatted would be printed, and printing panics when standard error cannot be written.
        .log_internal_errors(false)
        .with_writer(move || writer);
    let started = if is_text {
        builder.with_ansi(is_terminal).try_init()
    } else {
        builder.json().event_format(JsonLines).try_init()
    };
    // Refused only when a log is there already: in tests.
    drop(started);
}

/// Waits until everything that was logged so far is written, for at most two seconds: a log that is not read does not
/// keep the process from ending.
pub fn flush() {
    if let Some(writer) = WRITER.get() {
        writer.flush(FLUSH_TIMEOUT);
    }
}

/// What the log says about lines that are missing.
const DROPPED: &str = "log lines were dropped because the log could not be written";

fn dropped_json(lines: u64) -> String {
    let line = json!({
        "timestamp": timestamp(),
        "level": "WARN",
        "message": DROPPED,
        "dropped": lines,
        "target": module_path!(),
    });
    format!("{line}\n")
}

fn dropped_text(lines: u64) -> String {
    format!("{}  WARN {}: {DROPPED} dropped={lines}\n", timestamp(), module_path!())
}

fn timestamp() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true)
}
