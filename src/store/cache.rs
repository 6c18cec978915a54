//! Answers that are kept, to be given again as long as nothing that they show has changed.

use std::sync::Arc;
use std::time::{Duration, Instant};

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
    /// Whether that is all.
    is_known: bool,
    /// The position of the log of changes before it was made.
    since: i64,
}

impl Kept {
    /// What it shows; none when that is not known.
    pub fn topics(&self) -> Option<&[Topic]> {
        self.is_known.then_some(&*self.topics)
    }
}

/// What is known of a key.
#[derive(Clone)]
enum Entry {
    Kept(Arc<Kept>),
    /// Its last answer was not kept, being an error, or nobody knowing what it shows: readers do not wait for each other.
    Passing(Instant),
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
/// For how long the answers of a key pass after one that could not be kept.
const PASSES_FOR: Duration = Duration::from_secs(1);
/// How many answers may be in the making at once before two readers make the same.
const MOST_TURNS: u64 = 10_000;

impl Answers {
    /// None yet, and never more than `bytes` of them.
    pub fn new(bytes: u64) -> Self {
        let weight = |_: &Key, entry: &Entry| {
            let size = match entry {
                Entry::Kept(kept) => kept.body.len() + size_of_val(&*kept.topics),
                Entry::Passing(_) => 0,
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
            return Self::pass(make().await, 0);
        };
        match self.entries.get(&key) {
            Some(Entry::Kept(kept)) if is_current(store, &kept) => return Ok(kept),
            Some(Entry::Passing(since)) if since.elapsed() < PASSES_FOR => return Self::pass(make().await, position),
            _ => {}
        }
        let turn = self.turns.get_with(key, Arc::default);
        let _turn = turn.lock().await;
        // Time has passed, and another may have made it meanwhile.
        let Ok(position) = store.position().await.inspect_err(unknown) else {
            return Self::pass(make().await, 0);
        };
        if let Some(Entry::Kept(kept)) = self.entries.get(&key)
            && is_current(store, &kept)
        {
            return Ok(kept);
        }
        let made = make().await;
        let is_known = matches!(made, Made::Whole(_, Some(_)));
        let given = Self::pass(made, position);
        let entry = match &given {
            Ok(kept) if is_known => Entry::Kept(Arc::clone(kept)),
            _ => Entry::Passing(Instant::now()),
        };
        self.entries.insert(key, entry);
        given
    }

    fn pass<T>(made: Made<T>, since: i64) -> Result<Arc<Kept>, T> {
        match made {
            Made::Whole(body, topics) => Ok(Arc::new(Kept {
                digest: digest(&body),
                body,
                is_known: topics.is_some(),
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
