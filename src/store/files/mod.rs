//! The media store: files in a folder, or in a bucket that speaks S3. Whatever goes in or out goes by in pieces, so that
//! memory does not grow with a file.

mod bucket;
mod incoming;

pub use bucket::{BucketSettings, Secrets};
pub use incoming::{Incoming, Received, Refused};

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt};
use tempfile::NamedTempFile;
use url::Url;
use uuid::Uuid;

/// Below this much free space a warning is due: a database needs room to work.
pub const LOW_SPACE_BYTES: u64 = 1 << 30;

/// Bytes that may still be written to the disk of a folder.
///
/// # Errors
/// When the system does not say, for one since there is no such folder.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let space = rustix::fs::statvfs(folder)?;
    Ok(space.f_bavail.saturating_mul(space.f_frsize))
}

/// Where files are put together before they are kept, below the root.
const SPOOL: &str = "spool";

/// A store of files under keys. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FileStore {
    /// Where files lie, or, before a bucket, are put together.
    root: PathBuf,
    objects: Arc<dyn ObjectStore>,
    bucket: Option<Bucket>,
}

/// A bucket, and what stands before every key in it.
#[derive(Clone, Debug)]
struct Bucket {
    client: Arc<AmazonS3>,
    prefix: String,
}

/// What is known of a kept file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Bytes.
    pub size: u64,
    /// What changes whenever the file does, without quotes.
    pub tag: String,
    /// When it was kept.
    pub modified: DateTime<Utc>,
}

/// A kept file, or a part of it, as it comes out of the store.
pub struct Stored {
    /// What is known of the whole file.
    pub about: About,
    /// Its bytes.
    pub bytes: BoxStream<'static, io::Result<Bytes>>,
}

impl FileStore {
    /// Free bytes on the disk of the media folder, or of the folder in which uploads to a bucket are assembled.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn free_bytes(&self) -> io::Result<u64> {
        // The folder is made with the first file.
        let existing = self.root.ancestors().find(|folder| folder.exists());
        free_bytes(existing.unwrap_or(Path::new("/")))
    }

    /// The store in this folder, which need not exist yet.
    pub fn new(root: PathBuf) -> Self {
        Self {
            root: std::path::absolute(&root).unwrap_or(root),
            objects: Arc::new(LocalFileSystem::new()),
            bucket: None,
        }
    }

    /// The store in a bucket; files are put together in the folder `root` before they go there.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn in_bucket(root: PathBuf, settings: &BucketSettings) -> io::Result<Self> {
        let client = Arc::new(bucket::client(settings)?);
        Ok(Self {
            objects: client.clone(),
            bucket: Some(Bucket {
                client,
                prefix: settings.prefix.trim_matches('/').to_owned(),
            }),
            ..Self::new(root)
        })
    }

    /// The key under which the file with this id and name is kept.
    pub fn key(id: Uuid, file_name: &str) -> String {
        let name = id.simple().to_string();
        let extension: String = Path::new(file_name)
            .extension()
            .and_then(|extension| extension.to_str())
            .map(|extension| extension.chars().filter(char::is_ascii_alphanumeric).take(8).collect())
            .unwrap_or_default();
        // The end of a UUID v7 is random, so folders fill evenly.
        let folder = &name[name.len() - 2..];
        if extension.is_empty() {
            format!("{folder}/{name}")
        } else {
            format!("{folder}/{name}.{extension}")
        }
    }

    /// Whether files lie in a bucket, to which clients may send them past this server.
    pub fn is_bucket(&self) -> bool {
        self.bucket.is_some()
    }

    /// The folder of this machine that the store works in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A new file in the store's folder, to be filled and then kept; it goes away when it is not.
    pub fn begin(&self) -> io::Result<NamedTempFile> {
        let spool = self.root.join(SPOOL);
        std::fs::create_dir_all(&spool)?;
        NamedTempFile::new_in(spool)
    }

    /// As [`FileStore::begin`], for bytes that come over the network: at most so many.
    pub async fn receive(&self, most: u64) -> io::Result<Incoming> {
        let store = self.clone();
        Incoming::new(aside(move || store.begin()).await?, most)
    }

    /// Keeps a finished file under a key, whole or not at all, in place of what was there.
    pub async fn keep(&self, key: &str, file: NamedTempFile) -> io::Result<()> {
        if self.bucket.is_some() {
            return bucket::send(&*self.objects, &self.location(key)?, file).await;
        }
        let target = self.root.join(key);
        aside(move || {
            if let Some(folder) = target.parent() {
                std::fs::create_dir_all(folder)?;
            }
            file.persist(target)?;
            Ok(())
        })
        .await
    }

    /// Keeps bytes under a key, whole or not at all, in place of what was there.
    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> io::Result<()> {
        self.objects.put(&self.location(key)?, bytes.into()).await?;
        Ok(())
    }

    /// A kept file, or the given part of it. A file that is not there is [`io::ErrorKind::NotFound`].
    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> io::Result<Stored> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let got = self.objects.get_opts(&self.location(key)?, options).await?;
        Ok(Stored {
            about: About::of(&got.meta),
            bytes: match got.payload {
                GetResultPayload::File(file, _) => pieces(file, got.range).boxed(),
                GetResultPayload::Stream(stream) => stream.map_err(io::Error::from).boxed(),
            },
        })
    }

    /// What is known of a kept file.
    pub async fn about(&self, key: &str) -> io::Result<About> {
        Ok(About::of(&self.objects.head(&self.location(key)?).await?))
    }

    /// The whole of a kept file, in memory: for those whose size is known to be bounded.
    pub async fn read(&self, key: &str) -> io::Result<Vec<u8>> {
        Ok(self.objects.get(&self.location(key)?).await?.bytes().await?.into())
    }

    /// The first bytes of a kept file.
    pub async fn head(&self, key: &str, most: u64) -> io::Result<Vec<u8>> {
        let size = self.about(key).await?.size;
        if size == 0 {
            return Ok(Vec::new());
        }
        let range = 0..most.min(size);
        Ok(self.objects.get_range(&self.location(key)?, range).await?.into())
    }

    /// Keeps a file under another key.
    pub async fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.objects.rename(&self.location(from)?, &self.location(to)?).await?;
        Ok(())
    }

    /// Removes a file, should it be there.
    pub async fn remove(&self, key: &str) -> io::Result<()> {
        match self.objects.delete(&self.location(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// An address to which anybody may PUT the file with this key for so long, past this server; none when the store is a
    /// folder.
    pub async fn put_address(&self, key: &str, lifetime: Duration) -> io::Result<Option<Url>> {
        match &self.bucket {
            None => Ok(None),
            Some(bucket) => bucket::put_address(&bucket.client, &self.location(key)?, lifetime)
                .await
                .map(Some),
        }
    }

    /// Whether the store answers; the error says what is wrong, for the operator.
    pub async fn probe(&self) -> Result<(), String> {
        match &self.bucket {
            None => Ok(()),
            Some(_) => {
                bucket::probe(
                    &*self.objects,
                    &self.location("probe").map_err(|error| error.to_string())?,
                )
                .await
            }
        }
    }

    /// Removes what was begun so long ago that nobody fills it any more: what a process leaves that is killed.
    pub async fn clear_spool(&self, age: Duration) -> io::Result<()> {
        let spool = self.root.join(SPOOL);
        aside(move || {
            let entries = match std::fs::read_dir(&spool) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                entries => entries?,
            };
            let oldest = SystemTime::now() - age;
            for entry in entries {
                let entry = entry?;
                if entry.metadata()?.modified()? < oldest {
                    std::fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Where a key is. Keys come from [`FileStore::key`] and from other parts of ours alone.
    fn location(&self, key: &str) -> io::Result<Location> {
        let location = match &self.bucket {
            None => Location::from_absolute_path(self.root.join(key)),
            Some(bucket) if bucket.prefix.is_empty() => Location::parse(key),
            Some(bucket) => Location::parse(format!("{}/{key}", bucket.prefix)),
        };
        location.map_err(io::Error::other)
    }
}

impl About {
    fn of(meta: &ObjectMeta) -> Self {
        let tag = meta.e_tag.as_deref().unwrap_or_default();
        Self {
            size: meta.size,
            tag: tag.trim_start_matches("W/").trim_matches('"').to_owned(),
            modified: meta.last_modified,
        }
    }
}

/// Bytes of a file that are read at once.
const PIECE: u64 = 128 * 1024;

/// A part of a file, piece by piece. The library reads pieces of 8 KB, each on another thread.
fn pieces(file: File, range: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold((Arc::new(file), range), |(file, range)| async move {
        let length = PIECE.min(range.end.saturating_sub(range.start));
        if length == 0 {
            return Ok(None);
        }
        let source = Arc::clone(&file);
        let piece = aside(move || {
            let mut piece = vec![0; usize::try_from(length).unwrap_or_default()];
            source.read_exact_at(&mut piece, range.start)?;
            Ok(Bytes::from(piece))
        });
        Ok(Some((piece.await?, (file, range.start + length..range.end))))
    })
}

/// Has a thread do it that may wait for the disk.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests;
