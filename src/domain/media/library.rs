use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::quota::UploadQuotas;
use super::sweep::sweep;
use crate::domain::refusal::Refusal;
use crate::limit::Limiter;
use crate::store::Store;
use crate::store::files::FileStore;
use crate::threads::{Busy, Threads};

/// What may be brought, and kept.
#[derive(Clone, Debug)]
pub struct MediaSettings {
    /// Bytes of one file.
    pub most_bytes: u64,
    /// Pixels of one picture.
    pub most_pixels: u64,
    /// Bytes that pictures in other sizes may take together.
    pub variants_bytes: u64,
    /// How long somebody has for sending what they announced.
    pub upload_lifetime: Duration,
    /// How much an account and a publication may upload.
    pub quotas: UploadQuotas,
    /// Counts the files of an hour.
    pub limiter: Limiter,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            most_bytes: 50_000_000,
            most_pixels: 50_000_000,
            variants_bytes: 2_000_000_000,
            upload_lifetime: Duration::from_secs(60 * 60),
            quotas: UploadQuotas::default(),
            limiter: Limiter::in_memory(),
        }
    }
}

/// What the verbs of media stand on: the database, the media store, and threads for pictures. Cheap to clone.
#[derive(Clone)]
pub struct Library(Arc<Parts>);

/// What [`Library`] is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The media store.
    pub files: FileStore,
    /// Where pictures are worked on.
    pub threads: Threads,
    /// What may be brought, and kept.
    pub settings: MediaSettings,
    /// The variants that are being made, by key.
    making: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    made: AtomicU64,
    watch: tokio::task::AbortHandle,
}

impl std::ops::Deref for Library {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// How often what nobody finished is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);

impl Library {
    /// The library over a migrated database. Removes uploads that nobody finished, in the background, as long as it is
    /// held; needs the runtime for that.
    pub fn open(store: Store, files: FileStore, settings: MediaSettings) -> Self {
        let watch = tokio::spawn(watch(store.clone(), files.clone())).abort_handle();
        Self(Arc::new(Parts {
            store,
            files,
            threads: Threads::default(),
            settings,
            making: Mutex::default(),
            made: AtomicU64::new(0),
            watch,
        }))
    }
}

impl Parts {
    /// How many variants this process has made.
    pub fn variants_made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Counts one more.
    pub(super) fn count_variant(&self) {
        self.made.fetch_add(1, Ordering::Relaxed);
    }

    /// The turn for making the variant with this key: whoever has it is the only one of this process.
    pub(super) fn turn(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        // Turns that nobody holds or waits for are over.
        making.retain(|_, turn| Arc::strong_count(turn) > 1);
        making.entry(key.to_owned()).or_default().clone()
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

async fn watch(store: Store, files: FileStore) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = sweep(&store, &files).await {
            tracing::warn!(?error, "uploads that nobody finished cannot be removed");
        }
    }
}

impl From<Busy> for Refusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// Of the media store: a disk that is full or a bucket that does not answer may be better later.
impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "the media store failed");
        Self::Busy
    }
}
