//! One line of JSON for each event: the members that `tracing-subscriber`'s own format has, which parses the fields of spans anew
//! for each event and takes a sixth of the time of a cached response.

use std::fmt::{self, Debug};

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::timestamp;

/// Formats events: `timestamp`, `level`, the fields, `target`, and the current span with its fields and name.
pub struct JsonLines;

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let mut line = Line(Vec::with_capacity(512));
        line.raw("{\"timestamp\":");
        line.value(&timestamp());
        line.member("level", metadata.level().as_str());
        event.record(&mut line);
        line.member("target", metadata.target());
        if let Some(span) = context.lookup_current() {
            line.raw(",\"span\":{");
            // An object, or nothing for a span without fields.
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<JsonFields>>();
            let fields = fields.and_then(|fields| fields.strip_prefix('{')?.strip_suffix('}'));
            let fields = fields.unwrap_or_default();
            line.raw(fields);
            line.raw(if fields.is_empty() { "\"name\":" } else { ",\"name\":" });
            line.value(span.name());
            line.raw("}");
        }
        line.raw("}\n");
        writer.write_str(&String::from_utf8_lossy(&line.0))
    }
}

/// A line that is being written.
struct Line(Vec<u8>);

impl Line {
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) {
        // Writing to memory does not fail, and neither texts nor numbers refuse to be written.
        let _ = serde_json::to_writer(&mut self.0, value);
    }

    fn member(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.raw(",");
        self.value(name);
        self.raw(":");
        self.value(value);
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name(), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name(), &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field.name(), &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        /// The lines, without the time.
        fn values(&self) -> Vec<Value> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            let value = |line: &str| {
                let mut value: Value = serde_json::from_str(line).unwrap();
                let time = value.as_object_mut().unwrap().remove("timestamp").unwrap();
                assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
                value
            };
            text.lines().map(value).collect()
        }
    }

    fn log_everything() {
        tracing::info!(
            method = "GET",
            status = 200_u16,
            duration_ms = 1.5,
            none = Option::<&str>::None,
            "answered"
        );
        let span = tracing::info_span!("request", request_id = "a \"quoted\" {id}", number = -5);
        let _entered = span.enter();
        let error = io::Error::other("line one\nline \u{7} two");
        tracing::error!(%error, cause = ?Some("x"), is_new = true, "it failed: {}", "\u{1f600}");
        let inner = tracing::info_span!("inner");
        let _inner = inner.enter();
        tracing::warn!("no fields");
    }

    #[test]
    fn lines_have_the_members_of_the_librarys_format() {
        let (own, librarys) = (Lines::default(), Lines::default());
        let writer = own.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .event_format(JsonLines)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log_everything);
        let writer = librarys.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log_everything);
        assert_eq!(own.values().len(), 3);
        assert_eq!(own.values(), librarys.values());
    }
}
