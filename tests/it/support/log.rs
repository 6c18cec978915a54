//! A log in memory.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

/// What was logged. Clones write into the same.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// The log of the whole process, in JSON. A log of a part of it needs this one as well: with a single subscriber, `tracing` asks
/// the thread that comes first to a line whether anybody reads it, and remembers that for all threads.
pub fn of_process() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .json()
            .with_writer(move || writer.clone())
            .init();
        log
    })
}

impl Log {
    /// All so far.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
