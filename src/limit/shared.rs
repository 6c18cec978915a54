//! Buckets in Redis, for all replicas.

use std::fmt::{self, Debug, Formatter};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::aio::ConnectionManager;

use super::{Decision, Quota};

/// How long Redis may take: a limit must not cost more than what it limits.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long it is left alone after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// GCRA in one atomic step, on the clock of Redis, which all replicas share. KEYS: the bucket, which holds the time at
/// which it is full again, and goes away then. ARGV: the microseconds in which one token grows, and those in which all
/// do. Answers whether there was a token, and the microseconds until the bucket is full.
const TAKE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, all = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
if full + interval - now > all then
    return {0, full - now}
end
full = full + interval
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return {1, full - now}
";

/// The way to the buckets, and whether it is open.
pub struct Shared {
    redis: ConnectionManager,
    since: Instant,
    /// Milliseconds after `since` from which on Redis is asked again; 0 while it answers.
    closed_until: AtomicU64,
}

impl Debug for Shared {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub fn new(redis: ConnectionManager) -> Self {
        Self {
            redis,
            since: Instant::now(),
            closed_until: AtomicU64::new(0),
        }
    }

    /// Takes a token, if there is one; none: Redis does not answer.
    pub async fn take(&self, quota: &Quota, key: &str) -> Option<Decision> {
        if !self.may_ask() {
            return None;
        }
        match tokio::time::timeout(PATIENCE, self.ask(quota, key)).await {
            Ok(Ok(decision)) => {
                if self.closed_until.swap(0, Ordering::Relaxed) > 0 {
                    tracing::info!("Redis answers again: limits are shared");
                }
                Some(decision)
            }
            Ok(Err(error)) => self.failed(&error.to_string()),
            Err(_) => self.failed("no answer in time"),
        }
    }

    /// While Redis does not answer, one caller a second may try.
    fn may_ask(&self) -> bool {
        let closed_until = self.closed_until.load(Ordering::Relaxed);
        let again = self.after_pause();
        closed_until == 0
            || (self.now() >= closed_until
                && self
                    .closed_until
                    .compare_exchange(closed_until, again, Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok())
    }

    async fn ask(&self, quota: &Quota, key: &str) -> redis::RedisResult<Decision> {
        let interval = micros(quota.interval());
        let all = interval.saturating_mul(quota.tokens.get().into());
        let mut redis = self.redis.clone();
        let (is_allowed, used): (u8, u64) = redis::cmd("EVAL")
            .arg(TAKE)
            .arg(1)
            .arg(format!("quoin:limit:{}:{key}", quota.name))
            .arg(interval)
            .arg(all)
            .query_async(&mut redis)
            .await?;
        let retry_after = (is_allowed == 0).then(|| Duration::from_micros((used + interval).saturating_sub(all)));
        Ok(Decision::of(quota, Duration::from_micros(used), retry_after))
    }

    /// Says so once, and leaves Redis alone for a while.
    fn failed(&self, problem: &str) -> Option<Decision> {
        if self.closed_until.swap(self.after_pause(), Ordering::Relaxed) == 0 {
            tracing::warn!(problem, "Redis does not answer: each process limits for itself");
        }
        None
    }

    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn after_pause(&self) -> u64 {
        self.now() + u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
