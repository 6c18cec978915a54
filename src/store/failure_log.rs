//! Log lines about failures of the database.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::DbErr;

use super::error::{driver_text, is_transient};

/// How often a failure that passes by itself is logged, for each thing that could not be done.
const REPEAT_AFTER: Duration = Duration::from_secs(10);

static LOGGED: Mutex<Log> = Mutex::new(Log(Vec::new()));

/// Logs what could not be done because the database failed: as an error, or, if the failure [passes by itself](is_transient),
/// as a warning. Such a failure concerns everything that is done at the time, so that only the first is logged every ten
/// seconds, with the number of those since the last line.
pub fn log_failure(error: &DbErr, what: &'static str) {
    let cause = driver_text(error);
    if !is_transient(error) {
        tracing::error!(error = cause, "{what}");
        return;
    }
    let due = LOGGED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .due(what, Instant::now());
    if let Some(unlogged) = due {
        tracing::warn!(error = cause, unlogged, "{what}");
    }
}

/// When each line was last logged.
struct Log(Vec<Line>);

struct Line {
    what: &'static str,
    at: Instant,
    unlogged: u64,
}

impl Log {
    /// How many failures were not logged since the last line, if a line is due.
    fn due(&mut self, what: &'static str, now: Instant) -> Option<u64> {
        let Some(line) = self.0.iter_mut().find(|line| line.what == what) else {
            self.0.push(Line {
                what,
                at: now,
                unlogged: 0,
            });
            return Some(0);
        };
        if now.duration_since(line.at) < REPEAT_AFTER {
            line.unlogged += 1;
            return None;
        }
        line.at = now;
        Some(std::mem::take(&mut line.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_passes_is_logged_once_in_ten_seconds_with_the_number_of_the_others() {
        let mut log = Log(Vec::new());
        let begin = Instant::now();
        assert_eq!(log.due("one", begin), Some(0));
        assert_eq!(log.due("one", begin + Duration::from_secs(1)), None);
        assert_eq!(log.due("one", begin + Duration::from_secs(9)), None);
        assert_eq!(log.due("other", begin + Duration::from_secs(9)), Some(0));
        assert_eq!(log.due("one", begin + Duration::from_secs(10)), Some(2));
        assert_eq!(log.due("one", begin + Duration::from_secs(30)), Some(0));
    }
}
