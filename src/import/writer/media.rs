//! Files that posts show: recorded, and stored where their bytes are at hand.

use std::collections::HashMap;
use std::path::Path;

use entity::MediaId;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::ledger::{Entry, digest};
use super::{Failure, Writer};
use crate::domain::media::{self, MediaDraft, StoredFile};
use crate::import::record::{Effect, MediaOrigin, MediaRecord, Notice, Position};
use crate::import::report::Outcome;
use crate::store::files::FileStore;

const KIND: &str = "media";

/// Downloads at once.
const DOWNLOADS: usize = 4;

/// What of a record decides whether it has changed: a file counts by its content, not by where it lay.
#[derive(Serialize)]
struct Fingerprint<'a> {
    file_name: &'a str,
    alt_text: &'a str,
    caption: &'a str,
    uploader: Option<&'a str>,
    content: String,
}

impl Writer {
    /// Writes files, and learns the paths of those that are stored here.
    pub(super) async fn media(&mut self, records: &[MediaRecord]) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let wanted: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let reader = self.transaction().await?;
        let remembered = self.ledger.recall(&reader, KIND, &wanted).await?;
        let targets: Vec<MediaId> = remembered.values().map(|entry| MediaId(entry.target)).collect();
        let mut rows = HashMap::new();
        for targets in targets.chunks(500) {
            rows.extend(media::shown(&reader, targets).await?);
        }
        reader.commit().await?;

        let mut plans = Vec::new();
        for record in records {
            let content = match &record.origin {
                MediaOrigin::File(path) => file_digest(path)?,
                MediaOrigin::Url(url) => url.clone(),
            };
            let digest = digest(&Fingerprint {
                file_name: &record.file_name,
                alt_text: &record.alt_text,
                caption: &record.caption,
                uploader: record.uploader.as_deref(),
                content,
            });
            let entry = remembered.get(&record.id);
            let id = entry.map_or_else(MediaId::new, |entry| MediaId(entry.target));
            let changed = entry.is_none_or(|entry| entry.digest != digest);
            let stored_key = rows.get(&id).and_then(|row| row.storage_key.clone());
            plans.push(Plan {
                record,
                id,
                is_new: entry.is_none(),
                changed,
                digest,
                stored_key,
                stored: None,
            });
        }
        self.bring(&mut plans).await?;

        let transaction = self.transaction().await?;
        let mut entries = Vec::new();
        for plan in plans {
            let outcome = plan.outcome();
            if let Some(key) = plan
                .stored
                .as_ref()
                .map(|stored| &stored.key)
                .or(plan.stored_key.as_ref())
                && !key.is_empty()
            {
                self.stored
                    .insert(plan.record.id.clone(), media::path(plan.id, &plan.record.file_name));
            }
            self.ids.put(KIND, plan.record.id.clone(), plan.id.0);
            self.report.count(KIND, outcome);
            if outcome != Outcome::Unchanged {
                entries.push((
                    plan.record.id.clone(),
                    Entry {
                        target: plan.id.0,
                        digest: plan.digest.clone(),
                    },
                ));
                media::save(&transaction, self.publication, plan.draft(self)).await?;
            }
        }
        self.ledger.remember(&transaction, KIND, entries).await?;
        Ok(transaction.commit().await?)
    }

    /// Brings the files of new and changed records into the store, as far as they are to be had.
    async fn bring(&mut self, plans: &mut [Plan<'_>]) -> Result<(), Failure> {
        if self.dry_run() {
            return Ok(());
        }
        let (files, fetcher) = (self.files.clone(), self.fetcher.clone());
        let wanted = plans.iter_mut().filter(|plan| match plan.record.origin {
            MediaOrigin::File(_) => plan.changed || plan.stored_key.is_none(),
            MediaOrigin::Url(_) => fetcher.is_some() && (plan.changed || plan.stored_key.is_none()),
        });
        let notices: Vec<Result<Option<Notice>, Failure>> = stream::iter(wanted)
            .map(|plan| {
                let (files, fetcher) = (&files, &fetcher);
                async move {
                    let key = FileStore::key(plan.id.0, &plan.record.file_name);
                    match &plan.record.origin {
                        MediaOrigin::File(path) => plan.stored = Some(store(files, key, path)?),
                        MediaOrigin::Url(url) => {
                            let Some(fetcher) = fetcher else { return Ok(None) };
                            let file = tempfile::NamedTempFile::new().map_err(Failure::files(Path::new("/tmp")))?;
                            match fetcher.fetch(url, file.path()).await {
                                Ok(_) => plan.stored = Some(store(files, key, file.path())?),
                                Err(error) => {
                                    return Ok(Some(Notice {
                                        effect: Effect::Changed,
                                        item: format!("media {url}"),
                                        reason: format!("recorded, but not fetched: {error}"),
                                        position: Position::default(),
                                    }));
                                }
                            }
                        }
                    }
                    Ok(None)
                }
            })
            .buffer_unordered(DOWNLOADS)
            .collect()
            .await;
        for notice in notices {
            if let Some(notice) = notice? {
                self.report.note(notice);
            }
        }
        Ok(())
    }
}

/// What is to be done with one record.
struct Plan<'a> {
    record: &'a MediaRecord,
    id: MediaId,
    is_new: bool,
    changed: bool,
    digest: String,
    stored_key: Option<String>,
    stored: Option<StoredFile>,
}

impl Plan<'_> {
    fn outcome(&self) -> Outcome {
        match (self.is_new, self.changed || self.stored.is_some()) {
            (true, _) => Outcome::Created,
            (false, true) => Outcome::Updated,
            (false, false) => Outcome::Unchanged,
        }
    }

    fn draft(self, writer: &Writer) -> MediaDraft {
        let record = self.record;
        MediaDraft {
            id: self.id,
            is_new: self.is_new,
            file_name: record.file_name.clone(),
            alt_text: record.alt_text.clone(),
            caption: record.caption.clone(),
            uploader: record
                .uploader
                .as_deref()
                .and_then(|author| writer.ids.get("author", author)),
            original_url: match &record.origin {
                MediaOrigin::Url(url) => Some(url.clone()),
                MediaOrigin::File(_) => None,
            },
            stored: self.stored,
            created_at: record.created_at.unwrap_or_else(entity::now),
        }
    }
}

/// Puts a file into the store and measures it.
fn store(files: &FileStore, key: String, path: &Path) -> Result<StoredFile, Failure> {
    let byte_size = std::fs::metadata(path).map_err(Failure::files(path))?.len();
    files.put(&key, path).map_err(Failure::files(&files.path(&key)))?;
    let dimensions = imagesize::size(path)
        .ok()
        .and_then(|size| Some((i32::try_from(size.width).ok()?, i32::try_from(size.height).ok()?)));
    Ok(StoredFile {
        key,
        byte_size: i64::try_from(byte_size).unwrap_or(i64::MAX),
        dimensions,
    })
}

fn file_digest(path: &Path) -> Result<String, Failure> {
    let mut file = std::fs::File::open(path).map_err(Failure::files(path))?;
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash).map_err(Failure::files(path))?;
    Ok(format!("{:x}", hash.finalize()))
}
