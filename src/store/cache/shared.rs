use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Kept, Key};
use crate::shared::Redis;

/// Bytes that an answer may have to be handed on.
const LONGEST: usize = 1024 * 1024;

/// Answers that processes hand to each other through Redis. What comes from there is checked against the log of changes as
/// what lies in memory is, so that it does not matter what Redis has lost, or brings back.
#[derive(Clone, Debug)]
pub struct SharedAnswers {
    redis: Redis,
    /// How the names of the answers begin that this process can use.
    prefix: Arc<str>,
    /// Seconds after which Redis forgets one.
    seconds: u32,
    stored: Arc<Stored>,
}

impl SharedAnswers {
    /// Answers for `seconds` each, among those who name the same `namespace`: the same database, served by the same version
    /// in the same way. This process stores at most `bytes` in this time.
    pub fn new(redis: Redis, namespace: &str, seconds: u32, bytes: u64) -> Self {
        Self {
            redis,
            prefix: format!("quoin:answer:{namespace}:").into(),
            seconds,
            stored: Arc::new(Stored::new(Duration::from_secs(seconds.into()), bytes)),
        }
    }

    /// The same, for one thread.
    #[must_use]
    pub fn of_thread(&self) -> Self {
        Self {
            redis: self.redis.of_thread(),
            ..self.clone()
        }
    }

    pub(super) async fn get(&self, key: &Key) -> Option<Kept> {
        let bytes: Option<Bytes> = self.redis.ask(redis::cmd("GET").arg(self.name(key))).await?;
        Kept::read(bytes?)
    }

    /// Hands an answer on, which nobody waits for.
    pub(super) fn put(&self, key: &Key, kept: &Kept) {
        let bytes = kept.write();
        if bytes.len() > LONGEST || !self.stored.take(bytes.len() as u64) {
            return;
        }
        let mut command = redis::cmd("SET");
        command.arg(self.name(key)).arg(&*bytes).arg("EX").arg(self.seconds);
        let redis = self.redis.clone();
        tokio::spawn(async move { redis.ask::<()>(&command).await });
    }

    fn name(&self, key: &Key) -> Vec<u8> {
        [self.prefix.as_bytes(), key].concat()
    }
}

/// What this process has stored lately: within one lifetime of a response no more than a bound, so that Redis never holds more
/// than twice that bound from one process.
#[derive(Debug)]
struct Stored {
    lifetime: Duration,
    most: u64,
    window: Mutex<(Instant, u64)>,
}

impl Stored {
    fn new(lifetime: Duration, most: u64) -> Self {
        Self {
            lifetime,
            most,
            window: Mutex::new((Instant::now(), 0)),
        }
    }

    /// Whether so many bytes may be stored, which then counts as done.
    fn take(&self, bytes: u64) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let (begin, stored) = &mut *window;
        if begin.elapsed() >= self.lifetime {
            (*begin, *stored) = (Instant::now(), 0);
        }
        let is_within = *stored + bytes <= self.most;
        *stored += if is_within { bytes } else { 0 };
        is_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_stores_a_bounded_number_of_bytes_in_a_lifetime() {
        let stored = Stored::new(Duration::from_secs(3_600), 10);
        assert!(stored.take(6));
        assert!(!stored.take(5));
        assert!(stored.take(4));
        assert!(!stored.take(1));
        let over = Stored::new(Duration::ZERO, 10);
        assert!(over.take(10) && over.take(10), "a lifetime later there is room again");
    }
}
