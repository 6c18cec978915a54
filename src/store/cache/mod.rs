//! Answers that are kept, to be given again as long as nothing that they show has changed: in memory, and in Redis, where
//! there is one. docs/caching.md has the argument why none is stale.

mod kept;
mod shared;

pub use kept::{Body, Coding, Kept};
pub use shared::SharedAnswers;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::sync::Cache;
use sea_orm::DbErr;
use tokio::sync::Mutex;

use super::changes::Topic;
use super::{Store, log_failure};

/// What an answer is kept by: a digest of all that it depends on, so that two that differ never meet.
pub type Key = [u8; 32];

/// What making an answer gave.
pub enum Made<T> {
    /// An answer that may be kept, and what it shows; none when that is not known.
    Whole(Body, Option<Box<[Topic]>>),
    /// One that is for this reader alone.
    Own(T),
}

/// The answers that this process keeps. Cheap to clone.
#[derive(Clone)]
pub struct Answers {
    kept: Cache<Key, Arc<Kept>>,
    /// Keys whose last answer was not kept, being an error, or nobody knowing what it shows: readers do not wait for each
    /// other.
    passing: Cache<Key, ()>,
    /// Whoever makes an answer holds its key's turn; others who want the same wait.
    turns: Cache<Key, Arc<Mutex<()>>>,
    /// Keys that were requested before. A response that is requested once is not shared: a client with ever new requests does
    /// not fill Redis.
    asked: Cache<Key, ()>,
    shared: Option<SharedAnswers>,
}

/// For how long the answers of a key pass after one that could not be kept.
const PASSES_FOR: Duration = Duration::from_secs(1);
/// How many answers may be in the making at once before two readers make the same; and how many keys pass.
const MOST: u64 = 10_000;
/// Bytes from which on the cache makes room for a response at once.
const LARGE: usize = 64 * 1024;

impl Answers {
    /// None yet, and never more than `bytes` of them in memory; beyond that, those that processes share.
    pub fn new(bytes: u64, shared: Option<SharedAnswers>) -> Self {
        let weight = |_: &Key, kept: &Arc<Kept>| u32::try_from(kept.size()).unwrap_or(u32::MAX);
        Self {
            kept: Cache::builder().weigher(weight).max_capacity(bytes).build(),
            passing: Cache::builder().max_capacity(MOST).time_to_live(PASSES_FOR).build(),
            turns: Cache::new(MOST),
            asked: Cache::new(MOST),
            shared,
        }
    }

    /// The same, as one thread uses them.
    #[must_use]
    pub fn of_thread(&self) -> Self {
        Self {
            shared: self.shared.as_ref().map(SharedAnswers::of_thread),
            ..self.clone()
        }
    }

    /// The answer that is kept by `key`, if there is one, or will be as soon as it is made.
    ///
    /// Nobody is given what was made before a change that was committed, and waited for, before they asked.
    pub async fn get(&self, store: &Store, key: &Key) -> Option<Arc<Kept>> {
        let mut position = store.position().await.inspect_err(unknown).ok()?;
        let mut kept = self.in_memory(store, key, position);
        if kept.is_none() && self.is_made(key).await {
            position = store.position().await.inspect_err(unknown).ok()?;
            kept = self.in_memory(store, key, position);
        }
        if let Some(kept) = kept {
            self.share(key, &kept);
            return Some(kept);
        }
        self.handed_on(store, key).await
    }

    /// The answer that is kept by `key`, or the one that `make` makes, which is kept. Of those who want the same at once,
    /// one makes it.
    ///
    /// Nobody is given what was made before a change that was committed, and waited for, before they asked.
    ///
    /// # Errors
    /// What `make` made for this reader alone.
    pub async fn get_or_make<T>(
        &self,
        store: &Store,
        key: Key,
        make: impl AsyncFnOnce() -> Made<T>,
    ) -> Result<Arc<Kept>, T> {
        let Ok(position) = store.position().await.inspect_err(unknown) else {
            return pass(make().await, 0);
        };
        if let Some(kept) = self.in_memory(store, &key, position) {
            self.share(&key, &kept);
            return Ok(kept);
        }
        if self.passing.contains_key(&key) {
            return pass(make().await, position);
        }
        let turn = self.turns.get_with(key, Arc::default);
        let turn_held = turn.lock().await;
        // Time has passed, and another may have made it meanwhile.
        let Ok(position) = store.position().await.inspect_err(unknown) else {
            return pass(make().await, 0);
        };
        if let Some(kept) = self.in_memory(store, &key, position) {
            self.share(&key, &kept);
            return Ok(kept);
        }
        if let Some(kept) = self.handed_on(store, &key).await {
            return Ok(kept);
        }
        if self.passing.contains_key(&key) {
            drop(turn_held);
            return pass(make().await, position);
        }
        let made = make().await;
        let given = pass(made, position);
        match &given {
            Ok(kept) if kept.topics().is_some() => {
                self.keep(key, kept);
                if self.asked.contains_key(&key) {
                    self.share(&key, kept);
                } else {
                    self.asked.insert(key, ());
                }
            }
            _ => self.passing.insert(key, ()),
        }
        given
    }

    /// Keeps the bytes of an answer compressed, too. The cache counts them from now on.
    pub fn pack(&self, key: Key, kept: &Arc<Kept>, coding: Coding, bytes: Bytes) {
        kept.pack(coding, bytes);
        // An answer that another has taken the place of meanwhile comes back, and is seen to have changed when it is asked for.
        self.keep(key, kept);
    }

    /// Waits until an answer is made, if one is being made that others may be given.
    async fn is_made(&self, key: &Key) -> bool {
        let Some(turn) = self.turns.get(key).filter(|_| !self.passing.contains_key(key)) else {
            return false;
        };
        let is_being_made = turn.try_lock().is_err();
        if is_being_made {
            drop(turn.lock().await);
        }
        is_being_made
    }

    fn keep(&self, key: Key, kept: &Arc<Kept>) {
        self.kept.insert(key, Arc::clone(kept));
        if kept.size() >= LARGE {
            // Otherwise the cache makes room some dozens of insertions later.
            self.kept.run_pending_tasks();
        }
    }

    /// Shares a response that was requested again with other processes.
    fn share(&self, key: &Key, kept: &Kept) {
        if let Some(shared) = &self.shared
            && kept.becomes_shared()
        {
            shared.put(key, kept);
        }
    }

    fn in_memory(&self, store: &Store, key: &Key, position: i64) -> Option<Arc<Kept>> {
        self.kept.get(key).filter(|kept| kept.is_current(store, position))
    }

    /// What another process has handed on.
    async fn handed_on(&self, store: &Store, key: &Key) -> Option<Arc<Kept>> {
        let kept = self.shared.as_ref()?.get(key).await?;
        // Time has passed: what counts is what is known of the changes now.
        let position = store.position().await.inspect_err(unknown).ok()?;
        if !kept.is_current(store, position) {
            return None;
        }
        let kept = Arc::new(kept);
        self.keep(*key, &kept);
        Some(kept)
    }
}

fn pass<T>(made: Made<T>, since: i64) -> Result<Arc<Kept>, T> {
    match made {
        Made::Whole(body, topics) => Ok(Arc::new(Kept::new(body, topics, since))),
        Made::Own(own) => Err(own),
    }
}

/// Without the log nothing that is kept may be given; what is made anew is right.
fn unknown(error: &DbErr) {
    log_failure(
        error,
        "cached responses are not served: the log of changes cannot be read",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_responses_count_with_what_the_cache_keeps_of_them() {
        let answers = Answers::new(100_000, None);
        for number in 0..1_000_u32 {
            let mut key = Key::default();
            key[..4].copy_from_slice(&number.to_be_bytes());
            answers.keep(key, &Arc::new(Kept::new(Body::new("{}"), Some(Box::default()), 0)));
        }
        answers.kept.run_pending_tasks();
        let count = answers.kept.entry_count();
        assert!((10..=100_000 / 700).contains(&count), "{count}");
    }
}
