//! Token buckets: how often somebody may do something. Within this process, or shared by all replicas through Redis; the
//! algorithm is GCRA in either place. Knows nothing of what is limited.

mod ahead;
mod memory;
mod shared;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use ahead::{Next, TakenAhead};
use memory::Memory;

use crate::shared::Redis;

/// How often: this many at once, and as many again within the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What is limited. Buckets of different names are different ones.
    pub name: &'static str,
    /// How many a full bucket holds.
    pub tokens: NonZeroU32,
    /// How long an empty bucket takes to be full again.
    pub per: Duration,
}

impl Quota {
    /// So many a minute; at least one.
    pub fn per_minute(name: &'static str, tokens: u32) -> Self {
        Self::new(name, tokens, Duration::from_secs(60))
    }

    /// So many an hour; at least one.
    pub fn per_hour(name: &'static str, tokens: u32) -> Self {
        Self::new(name, tokens, Duration::from_secs(3_600))
    }

    fn new(name: &'static str, tokens: u32, per: Duration) -> Self {
        let tokens = NonZeroU32::new(tokens).unwrap_or(NonZeroU32::MIN);
        Self { name, tokens, per }
    }

    /// How long until there is one more.
    fn interval(&self) -> Duration {
        (self.per / self.tokens.get()).max(Duration::from_micros(1))
    }
}

/// Whether there was a token, and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How many a full bucket holds.
    pub limit: u32,
    /// How many it holds now.
    pub remaining: u32,
    /// How long until it is full.
    pub reset_after: Duration,
    /// When there was none: how long until there is one.
    pub retry_after: Option<Duration>,
}

impl Decision {
    /// Whether there was a token.
    pub fn is_allowed(&self) -> bool {
        self.retry_after.is_none()
    }

    /// From what GCRA keeps: how much of the bucket is used up, as time that it takes to fill again; and how long to
    /// wait when there was no token.
    fn of(quota: &Quota, used: Duration, retry_after: Option<Duration>) -> Self {
        let limit = quota.tokens.get();
        let taken = used.as_micros().div_ceil(quota.interval().as_micros());
        Self {
            limit,
            remaining: limit.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX)),
            reset_after: used,
            retry_after,
        }
    }
}

/// The buckets, one for each quota and key. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Limiter {
    memory: Arc<Memory>,
    redis: Option<Redis>,
    ahead: Arc<TakenAhead>,
}

impl Limiter {
    /// Buckets of this process alone.
    pub fn in_memory() -> Self {
        Self {
            memory: Arc::default(),
            redis: None,
            ahead: Arc::default(),
        }
    }

    /// Buckets that all who use the same Redis share; from large ones busy clients' tokens are taken ahead, at most a hundredth at
    /// a time. While it does not answer, each process counts for itself.
    pub fn shared(redis: Redis) -> Self {
        Self {
            memory: Arc::default(),
            redis: Some(redis),
            ahead: Arc::default(),
        }
    }

    /// Whether the shared buckets can be reached; none where each process counts for itself anyway.
    pub async fn is_reachable(&self) -> Option<bool> {
        let redis = self.redis.as_ref()?;
        Some(redis.ask::<String>(&redis::cmd("PING")).await.is_some())
    }

    /// Takes a token from the bucket of this key, if there is one.
    pub async fn take(&self, quota: &Quota, key: &str) -> Decision {
        let Some(redis) = &self.redis else {
            return self.memory.take(quota, key);
        };
        let count = match self.ahead.take(quota, key) {
            Next::Taken(decision) => return decision,
            Next::Ask(count) => count,
        };
        if let Some((taken, decision)) = shared::take(redis, quota, key, count).await {
            self.ahead.put(quota, key, taken, decision);
            return decision;
        }
        self.memory.take(quota, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota {
        name: "tests",
        tokens: NonZeroU32::new(3).unwrap(),
        per: Duration::from_secs(3_600),
    };

    #[tokio::test]
    async fn a_bucket_is_empty_after_its_tokens_and_says_when_there_is_more() {
        let limiter = Limiter::in_memory();
        for remaining in [2, 1, 0] {
            let decision = limiter.take(&QUOTA, "a").await;
            assert!(decision.is_allowed());
            assert_eq!((decision.limit, decision.remaining), (3, remaining));
            assert!(decision.reset_after <= QUOTA.per, "{decision:?}");
        }
        let decision = limiter.take(&QUOTA, "a").await;
        assert_eq!(decision.remaining, 0);
        let retry_after = decision.retry_after.unwrap();
        assert!(
            retry_after > Duration::from_secs(1_190) && retry_after <= Duration::from_secs(1_200),
            "{decision:?}"
        );
        assert!(
            decision.reset_after > Duration::from_secs(3_590) && decision.reset_after <= QUOTA.per,
            "{decision:?}"
        );
    }

    #[tokio::test]
    async fn keys_names_and_numbers_have_buckets_of_their_own() {
        let limiter = Limiter::in_memory();
        let one = Quota {
            tokens: NonZeroU32::MIN,
            ..QUOTA
        };
        let other = Quota { name: "others", ..one };
        assert!(limiter.take(&one, "a").await.is_allowed());
        assert!(!limiter.take(&one, "a").await.is_allowed());
        assert!(limiter.take(&one, "b").await.is_allowed());
        assert!(limiter.take(&other, "a").await.is_allowed());
        assert!(limiter.take(&QUOTA, "a").await.is_allowed());
    }
}
