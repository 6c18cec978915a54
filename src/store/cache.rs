//! Answers that are kept, to be given again as long as nothing that they show has changed.

use std::sync::Arc;

use bytes::Bytes;
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::Store;
use super::changes::Topic;

/// What an answer is kept by: a digest of all that it depends on, so that two that differ never meet.
pub type Key = [u8; 32];

/// An answer that is kept.
#[derive(Debug)]
pub struct Kept {
    /// Its bytes.
    pub body: Bytes,
    /// Tells it from every other answer: a digest of its bytes, in hexadecimal.
    pub digest: String,
    /// What it shows.
    topics: Box<[Topic]>,
    /// The position of the log of changes before it was made.
    since: i64,
}

/// What is known of a key.
#[derive(Clone)]
enum Entry {
    Kept(Arc<Kept>),
    /// Its answers are not kept: it is not known what they show, or it is too much.
    Passing,
}

/// What making an answer gave.
pub enum Made<T> {
    /// An answer that may be kept, and what it shows; none when that is not known.
    Whole(Bytes, Option<Box<[Topic]>>),
    /// One that is for this reader alone.
    Own(T),
}

/// The answers that this process keeps. Cheap to clone.
#[derive(Clone)]
pub struct Answers {
    entries: Cache<Key, Entry>,
    /// Whoever makes an answer holds its key's turn; others who want the same wait.
    turns: Cache<Key, Arc<Mutex<()>>>,
}

/// Bytes that an entry takes beside its answer and topics, about.
const OVERHEAD: usize = 200;
/// How many answers may be in the making at once before two readers make the same.
const MOST_TURNS: u64 = 10_000;

impl Answers {
    /// None yet, and never more than `bytes` of them.
    pub fn new(bytes: u64) -> Self {
        let weight = |_: &Key, entry: &Entry| {
            let size = match entry {
                Entry::Kept(kept) => kept.body.len() + size_of_val(&*kept.topics),
                Entry::Passing => 0,
            };
            u32::try_from(size + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self {
            entries: Cache::builder().weigher(weight).max_capacity(bytes).build(),
            turns: Cache::new(MOST_TURNS),
        }
    }

    /// The answer that is kept by `key`, or the one that `make` makes, which is kept. Of those who want the same at once,
    /// one makes it.
    ///
    /// Nobody is given what was made before a change that was committed, and waited for, before they asked.
    pub async fn get_or_make<T, E>(
        &self,
        store: &Store,
        key: Key,
        make: impl AsyncFnOnce() -> Result<Made<T>, E>,
    ) -> Result<Result<Arc<Kept>, T>, E> {
        let Ok(position) = store.position().await.inspect_err(unknown) else {
            return make().await.map(|made| Self::pass(made, 0));
        };
        match self.entries.get(&key) {
            Some(Entry::Kept(kept)) if is_current(store, &kept) => return Ok(Ok(kept)),
            Some(Entry::Passing) => return make().await.map(|made| Self::pass(made, position)),
            _ => {}
        }
        let turn = self.turns.get_with(key, Arc::default);
        let _turn = turn.lock().await;
        // Time has passed, and another may have made it meanwhile.
        let Ok(position) = store.position().await.inspect_err(unknown) else {
            return make().await.map(|made| Self::pass(made, 0));
        };
        if let Some(Entry::Kept(kept)) = self.entries.get(&key)
            && is_current(store, &kept)
        {
            return Ok(Ok(kept));
        }
        let made = make().await?;
        if let Made::Whole(_, None) = made {
            self.entries.insert(key, Entry::Passing);
        }
        let is_known = matches!(made, Made::Whole(_, Some(_)));
        let given = Self::pass(made, position);
        if let Ok(kept) = &given
            && is_known
        {
            self.entries.insert(key, Entry::Kept(Arc::clone(kept)));
        }
        Ok(given)
    }

    fn pass<T>(made: Made<T>, since: i64) -> Result<Arc<Kept>, T> {
        match made {
            Made::Whole(body, topics) => Ok(Arc::new(Kept {
                digest: digest(&body),
                body,
                topics: topics.unwrap_or_default(),
                since,
            })),
            Made::Own(own) => Err(own),
        }
    }
}

/// The first half of a SHA-256 is enough to tell answers apart.
fn digest(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_current(store: &Store, kept: &Kept) -> bool {
    store.changes().is_unchanged(kept.since, &kept.topics)
}

/// Without the log nothing that is kept may be given; what is made anew is right.
fn unknown(error: &sea_orm::DbErr) {
    tracing::warn!(%error, "no kept answers are given: it cannot be told what has changed");
}
