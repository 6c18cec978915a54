use std::sync::Arc;

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
}

impl SharedAnswers {
    /// Answers for `seconds` each, among those who name the same `namespace`: the same database, served by the same version
    /// in the same way.
    pub fn new(redis: Redis, namespace: &str, seconds: u32) -> Self {
        Self {
            redis,
            prefix: format!("quoin:answer:{namespace}:").into(),
            seconds,
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
        if bytes.len() > LONGEST {
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
