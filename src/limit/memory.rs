//! Buckets within this process.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{NotUntil, RateLimiter};

use super::{Decision, Quota};

type Keyed = RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>;

/// After so many tokens, buckets that are full again are forgotten.
const SWEEP: usize = 8_192;
/// From so many buckets on, new keys share some: memory stays bounded whatever many addresses somebody has.
const MOST_KEYS: usize = 100_000;
/// How many buckets those share.
const COMMON_BUCKETS: u64 = 4_096;

/// The buckets of every quota, by a hash of the key: keys are not kept, and nobody can choose two that meet.
#[derive(Debug, Default)]
pub struct Memory {
    buckets: RwLock<Vec<(Quota, Arc<Buckets>)>>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Buckets {
    keyed: Keyed,
    clock: DefaultClock,
    taken: AtomicUsize,
    is_crowded: AtomicBool,
}

impl Memory {
    /// Takes a token, if there is one.
    pub fn take(&self, quota: &Quota, key: &str) -> Decision {
        self.of(quota).take(quota, self.hasher.hash_one(key))
    }

    fn of(&self, quota: &Quota) -> Arc<Buckets> {
        let find = |all: &[(Quota, Arc<Buckets>)]| {
            let found = all.iter().find(|(known, _)| known == quota);
            found.map(|(_, buckets)| buckets.clone())
        };
        if let Some(buckets) = find(&self.buckets.read().unwrap_or_else(PoisonError::into_inner)) {
            return buckets;
        }
        let mut all = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        find(&all).unwrap_or_else(|| {
            let buckets = Arc::new(Buckets::new(quota));
            all.push((*quota, buckets.clone()));
            buckets
        })
    }
}

impl Buckets {
    fn new(quota: &Quota) -> Self {
        let rule = governor::Quota::with_period(quota.interval())
            .unwrap_or_else(|| governor::Quota::per_second(quota.tokens))
            .allow_burst(quota.tokens);
        Self {
            keyed: RateLimiter::dashmap(rule).with_middleware(),
            clock: DefaultClock::default(),
            taken: AtomicUsize::new(0),
            is_crowded: AtomicBool::new(false),
        }
    }

    fn take(&self, quota: &Quota, key: u64) -> Decision {
        if self.taken.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.sweep();
        }
        let key = if self.is_crowded.load(Ordering::Relaxed) {
            key % COMMON_BUCKETS
        } else {
            key
        };
        let interval = quota.interval();
        match self.keyed.check_key(&key) {
            Ok(state) => {
                let taken = quota.tokens.get().saturating_sub(state.remaining_burst_capacity());
                Decision::of(quota, interval * taken, None)
            }
            Err(refused) => {
                let wait = self.wait(&refused);
                // All but one are used up, and that one is due after the wait.
                Decision::of(quota, interval * (quota.tokens.get() - 1) + wait, Some(wait))
            }
        }
    }

    fn wait(&self, refused: &NotUntil<<DefaultClock as Clock>::Instant>) -> std::time::Duration {
        refused.wait_time_from(self.clock.now())
    }

    fn sweep(&self) {
        self.keyed.retain_recent();
        let is_crowded = self.keyed.len() >= MOST_KEYS;
        if is_crowded && !self.is_crowded.swap(is_crowded, Ordering::Relaxed) {
            tracing::warn!(
                keys = MOST_KEYS,
                "so many clients are limited at once that some share a limit"
            );
        }
        self.is_crowded.store(is_crowded, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;

    #[test]
    fn full_buckets_are_forgotten() {
        let memory = Memory::default();
        let quota = Quota {
            name: "tests",
            tokens: NonZeroU32::MIN,
            per: Duration::from_micros(1),
        };
        for key in 0..10 * SWEEP {
            memory.take(&quota, &key.to_string());
        }
        assert!(memory.of(&quota).keyed.len() < 2 * SWEEP);
    }

    #[test]
    fn many_keys_take_bounded_memory_and_stay_limited() {
        let memory = Memory::default();
        let quota = Quota::per_hour("tests", 1);
        for key in 0..2 * MOST_KEYS {
            memory.take(&quota, &key.to_string());
        }
        let buckets = memory.of(&quota);
        let most = MOST_KEYS + SWEEP + usize::try_from(COMMON_BUCKETS).unwrap();
        assert!(buckets.keyed.len() <= most, "{}", buckets.keyed.len());
        memory.take(&quota, "new");
        assert!(!memory.take(&quota, "new").is_allowed());
    }
}
