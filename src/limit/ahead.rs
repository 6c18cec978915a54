//! Tokens that this process has taken ahead, so that not every request of a busy client costs a journey to Redis.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::sync::Cache;

use super::{Decision, Quota};

/// At most this part of a bucket is taken ahead: small buckets are exact.
const PART: u32 = 100;
/// Tokens that were not used after this long are lost.
const LASTS: Duration = Duration::from_secs(1);
/// Of how many clients tokens are held.
const MOST_CLIENTS: u64 = 10_000;

/// The tokens, by a hash of quota and key: keys are not kept, and nobody can choose two that meet.
#[derive(Debug)]
pub struct TakenAhead {
    clients: Cache<u64, Arc<Mutex<Ahead>>>,
    hasher: RandomState,
}

/// What one client may still do.
#[derive(Debug)]
struct Ahead {
    /// Tokens that are left.
    left: u32,
    /// How many were taken last.
    taken: u32,
    at: Instant,
    /// What was said of the bucket then.
    decision: Decision,
}

impl Default for TakenAhead {
    fn default() -> Self {
        Self {
            clients: Cache::builder().max_capacity(MOST_CLIENTS).time_to_idle(LASTS).build(),
            hasher: RandomState::new(),
        }
    }
}

/// What to do for one token.
pub enum Next {
    /// There is one.
    Taken(Decision),
    /// So many should be asked for.
    Ask(u32),
}

impl TakenAhead {
    /// One of the tokens that are left, or how many to ask for: twice as many as the last time, as long as they are used up
    /// within a second. So what is lost at the end is never more than what was used.
    pub fn take(&self, quota: &Quota, key: &str) -> Next {
        let Some(ahead) = self.clients.get(&self.hash(quota, key)) else {
            return Next::Ask(1);
        };
        let mut ahead = ahead.lock().unwrap_or_else(PoisonError::into_inner);
        if ahead.at.elapsed() > LASTS {
            return Next::Ask(1);
        }
        if ahead.left == 0 {
            return Next::Ask(ahead.taken.saturating_mul(2).min(most(quota)));
        }
        ahead.left -= 1;
        let mut decision = ahead.decision;
        decision.remaining = (decision.remaining + ahead.left).min(decision.limit);
        Next::Taken(decision)
    }

    /// Notes that `taken` tokens were given, of which one is used now.
    pub fn put(&self, quota: &Quota, key: &str, taken: u32, decision: Decision) {
        if most(quota) <= 1 {
            return;
        }
        let ahead = Ahead {
            left: taken.saturating_sub(1),
            taken,
            at: Instant::now(),
            decision,
        };
        self.clients.insert(self.hash(quota, key), Arc::new(Mutex::new(ahead)));
    }

    fn hash(&self, quota: &Quota, key: &str) -> u64 {
        self.hasher.hash_one((quota.name, key))
    }
}

/// How many tokens are taken ahead at the most.
fn most(quota: &Quota) -> u32 {
    quota.tokens.get() / PART
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(quota: &Quota) -> Decision {
        Decision::of(quota, Duration::ZERO, None)
    }

    #[test]
    fn who_is_busy_takes_more_ahead_up_to_a_part_of_the_bucket() {
        let (ahead, quota) = (TakenAhead::default(), Quota::per_minute("tests", 1_000));
        let mut asked = Vec::new();
        for _ in 0..100 {
            if let Next::Ask(count) = ahead.take(&quota, "a") {
                asked.push(count);
                ahead.put(&quota, "a", count, decision(&quota));
            }
        }
        assert_eq!(asked[..5], [1, 2, 4, 8, 10]);
        assert_eq!(asked.len(), 13);
        assert!(matches!(ahead.take(&quota, "b"), Next::Ask(1)), "another client");
    }

    #[test]
    fn small_buckets_are_exact() {
        let (ahead, quota) = (TakenAhead::default(), Quota::per_minute("tests", 199));
        for _ in 0..5 {
            assert!(matches!(ahead.take(&quota, "a"), Next::Ask(1)));
            ahead.put(&quota, "a", 1, decision(&quota));
        }
    }
}
