//! Files that posts show: recorded first, and then brought into the media store as far as they are to be had. An
//! import that is interrupted between the two finds the record again, and brings the file then.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;

use entity::MediaId;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::ledger::{Entry, digest};
use super::{Failure, Writer, author};
use crate::domain::media::{self, MediaDraft, StoredFile};
use crate::import::fetch::{FetchError, Fetcher};
use crate::import::record::{Effect, MediaOrigin, MediaRecord, Notice, Position};
use crate::import::report::Outcome;
use crate::store::changes::Topic;
use crate::store::files::FileStore;

/// What the ledger and the report call files.
pub const KIND: &str = "media";

/// Downloads at once.
const DOWNLOADS: usize = 4;

/// What of a record decides whether it has changed: a file counts by its content, not by where it lay.
#[derive(Serialize)]
struct Fingerprint<'a> {
    file_name: &'a str,
    alt_text: &'a str,
    caption: &'a str,
    uploader: Option<&'a str>,
    content: &'a str,
}

/// What is to be done with one record.
struct Plan<'a> {
    record: &'a MediaRecord,
    id: MediaId,
    is_new: bool,
    /// Whether the record is not what it was.
    is_changed: bool,
    digest: String,
    /// Whether the media store has the bytes that the record means.
    is_stored: bool,
}

impl Writer {
    /// Writes files, and learns the paths of those that are stored here.
    pub(super) async fn media(&mut self, records: &[MediaRecord]) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let plans = self.plans(records).await?;
        self.record(&plans).await?;
        let brought = self.bring(&plans).await?;
        for plan in plans {
            let is_brought = brought.contains_key(&plan.id);
            if plan.is_stored || is_brought {
                let path = media::path(plan.id, &plan.record.file_name);
                self.stored.insert(plan.record.id.clone(), path);
            }
            let known = (!plan.is_new).then_some(!plan.is_changed && !is_brought);
            self.report.count(KIND, Outcome::of(known));
        }
        if brought.is_empty() {
            return Ok(());
        }
        let transaction = self.transaction().await?;
        for (id, stored) in brought {
            media::store(&transaction, id, Some(stored)).await?;
        }
        transaction.changed([Topic::EVERYTHING]);
        Ok(transaction.commit().await?)
    }

    async fn plans<'a>(&mut self, records: &'a [MediaRecord]) -> Result<Vec<Plan<'a>>, Failure> {
        let wanted: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let transaction = self.transaction().await?;
        let remembered = self.ledger.recall(&transaction, KIND, &wanted).await?;
        let targets: Vec<MediaId> = remembered.values().map(|entry| MediaId(entry.target)).collect();
        let rows = media::shown(&transaction, &targets).await?;
        transaction.commit().await?;
        let mut plans = Vec::new();
        for record in records {
            let content = match &record.origin {
                MediaOrigin::Url(url) => url.clone(),
                MediaOrigin::File(path) => match file_digest(path) {
                    Ok(digest) => digest,
                    Err(cause) => {
                        self.note(Effect::Skipped, record, format!("it cannot be read: {cause}"));
                        continue;
                    }
                },
            };
            let digest = digest(&Fingerprint {
                file_name: &record.file_name,
                alt_text: &record.alt_text,
                caption: &record.caption,
                uploader: record.uploader.as_deref(),
                content: &content,
            });
            let entry = remembered.get(record.id.as_str());
            let id = entry.map_or_else(MediaId::new, |entry| MediaId(entry.target));
            let is_changed = entry.is_none_or(|entry| entry.digest != digest);
            let row = rows.get(&id).filter(|row| row.storage_key.is_some());
            let is_stored = row.is_some_and(|row| match &record.origin {
                MediaOrigin::Url(url) => row.original_url.as_ref() == Some(url),
                MediaOrigin::File(_) => !is_changed,
            });
            plans.push(Plan {
                record,
                id,
                is_new: entry.is_none(),
                is_changed,
                digest,
                is_stored,
            });
        }
        Ok(plans)
    }

    /// Records what is new or has changed.
    async fn record(&mut self, plans: &[Plan<'_>]) -> Result<(), Failure> {
        for plan in plans {
            self.ids.put(KIND, plan.record.id.clone(), plan.id.0);
        }
        if !plans.iter().any(|plan| plan.is_changed) {
            return Ok(());
        }
        let transaction = self.transaction().await?;
        let mut entries = Vec::new();
        for plan in plans.iter().filter(|plan| plan.is_changed) {
            media::save(&transaction, self.publication, self.draft(plan)).await?;
            if !plan.is_new && !plan.is_stored {
                // What is stored is not what the record means now.
                media::store(&transaction, plan.id, None).await?;
            }
            let entry = Entry {
                target: plan.id.0,
                digest: plan.digest.clone(),
            };
            entries.push((plan.record.id.clone(), entry));
        }
        self.ledger.remember(&transaction, KIND, entries).await?;
        Ok(transaction.commit().await?)
    }

    fn draft(&self, plan: &Plan) -> MediaDraft {
        let record = plan.record;
        let uploader = record.uploader.as_deref();
        MediaDraft {
            id: plan.id,
            is_new: plan.is_new,
            file_name: record.file_name.clone(),
            alt_text: record.alt_text.clone(),
            caption: record.caption.clone(),
            uploader: uploader.and_then(|uploader| self.ids.get(author::KIND, uploader)),
            original_url: match &record.origin {
                MediaOrigin::Url(url) => Some(url.clone()),
                MediaOrigin::File(_) => None,
            },
            created_at: record.created_at.unwrap_or_else(entity::now),
        }
    }

    /// Brings the files that the store does not have, as far as they are to be had.
    async fn bring(&mut self, plans: &[Plan<'_>]) -> Result<HashMap<MediaId, StoredFile>, Failure> {
        if self.trial.is_some() {
            return Ok(HashMap::new());
        }
        let (files, fetcher) = (&self.files, self.fetcher.as_ref());
        let downloads = plans.iter().filter(|plan| !plan.is_stored).filter_map(|plan| {
            let key = FileStore::key(plan.id.0, &plan.record.file_name);
            let origin = match (&plan.record.origin, fetcher) {
                (MediaOrigin::File(path), _) => Bytes::File(path),
                (MediaOrigin::Url(url), Some(fetcher)) => Bytes::Url(url, fetcher),
                (MediaOrigin::Url(_), None) => return None,
            };
            Some(async move { (plan, bring_one(files, key, origin).await) })
        });
        let done: Vec<_> = stream::iter(downloads).buffer_unordered(DOWNLOADS).collect().await;
        let mut brought = HashMap::new();
        for (plan, result) in done {
            match result {
                Ok(stored) => {
                    brought.insert(plan.id, stored);
                }
                Err(FetchError::Disk(cause)) => {
                    return Err(Failure::files(self.files.root())(cause));
                }
                Err(error) => self.note(
                    Effect::Changed,
                    plan.record,
                    format!("it is recorded, but was not fetched: {error}"),
                ),
            }
        }
        Ok(brought)
    }

    fn note(&mut self, effect: Effect, record: &MediaRecord, reason: String) {
        let (name, file) = match &record.origin {
            MediaOrigin::Url(url) => (url.as_str(), String::new()),
            MediaOrigin::File(path) => (record.file_name.as_str(), path.display().to_string()),
        };
        self.report.note(Notice {
            effect,
            item: format!("media {name}"),
            reason,
            position: Position {
                file,
                ..Position::default()
            },
        });
    }
}

/// Where bytes are to be had.
enum Bytes<'a> {
    File(&'a Path),
    Url(&'a str, &'a Fetcher),
}

/// Brings one file into the store, and measures it.
async fn bring_one(files: &FileStore, key: String, bytes: Bytes<'_>) -> Result<StoredFile, FetchError> {
    let mut target = files.begin().map_err(FetchError::Disk)?;
    let byte_size = match bytes {
        Bytes::Url(url, fetcher) => fetcher.fetch(url, target.as_file_mut()).await?,
        Bytes::File(path) => {
            let mut source = File::open(path).map_err(|cause| FetchError::Refused(cause.to_string()))?;
            io::copy(&mut source, target.as_file_mut()).map_err(FetchError::Disk)?
        }
    };
    let dimensions = imagesize::size(target.path())
        .ok()
        .and_then(|size| Some((i32::try_from(size.width).ok()?, i32::try_from(size.height).ok()?)));
    let digest = imported_digest(dimensions.is_some(), target.path());
    files.keep(&key, target).await.map_err(FetchError::Disk)?;
    Ok(StoredFile {
        key,
        byte_size: i64::try_from(byte_size).unwrap_or(i64::MAX),
        dimensions,
        digest,
    })
}

/// What changes when the bytes of a picture do: pictures that are made of it go by it.
fn imported_digest(is_picture: bool, path: &Path) -> Option<String> {
    let digest = file_digest(path).ok().filter(|_| is_picture)?;
    digest.get(..16).map(str::to_owned)
}

fn file_digest(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(format!("{:x}", hash.finalize()))
}
