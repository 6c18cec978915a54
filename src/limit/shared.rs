//! Buckets in Redis, for all replicas.

use std::time::Duration;

use super::{Decision, Quota};
use crate::shared::Redis;

/// GCRA in one atomic step, on the clock of Redis, which all replicas share. KEYS: the bucket, which holds the time at
/// which it is full again, and goes away then. ARGV: the microseconds in which one token grows, those in which all do, and how
/// many tokens are wanted. Answers how many there were, and the microseconds until the bucket is full.
const TAKE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, all = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local count = math.min(tonumber(ARGV[3]), math.floor((all - (full - now)) / interval))
if count < 1 then
    return {0, full - now}
end
full = full + count * interval
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return {count, full - now}
";

/// Takes up to `count` tokens, if there is one, and says how many; none: Redis does not answer.
pub async fn take(redis: &Redis, quota: &Quota, key: &str, count: u32) -> Option<(u32, Decision)> {
    let interval = micros(quota.interval());
    let all = interval.saturating_mul(quota.tokens.get().into());
    let mut command = redis::cmd("EVAL");
    command
        .arg(TAKE)
        .arg(1)
        .arg(format!("quoin:limit:{}:{key}", quota.name))
        .arg(interval)
        .arg(all)
        .arg(count);
    let (taken, used): (u32, u64) = redis.ask(&command).await?;
    let retry_after = (taken == 0).then(|| Duration::from_micros((used + interval).saturating_sub(all)));
    Some((taken, Decision::of(quota, Duration::from_micros(used), retry_after)))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
