//! Writes a site into an archive.

use std::io::{Read, Seek, Write};
use std::path::Path;

use entity::media::{Column, Entity};
use entity::{MediaId, media};
use futures_util::StreamExt;
use futures_util::future::join_all;
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::pack::Pack;
use super::table::{Table, tables};
use super::{ArchiveError, FORMAT, MANIFEST, MEDIA, Manifest, Progress, VERSION, rows};
use crate::store::Store;
use crate::store::files::FileStore;
use crate::store::row::fetch_count;
use crate::store::sql::count_all;

/// Files that are looked for at once.
const FILES: u64 = 16;
/// What is copied at once.
const PIECE: usize = 64 * 1024;

/// Writes the whole site into a new file, as it is at this moment. Rows and files go by in pieces: memory does not grow with
/// the site. What is said to be lost is not in the archive.
///
/// # Errors
/// When there is something at `path`, or it cannot be written; when the database or the media store fails.
pub async fn export(
    store: &Store,
    files: &FileStore,
    path: &Path,
    progress: Progress<'_>,
) -> Result<Manifest, ArchiveError> {
    if path.symlink_metadata().is_ok() {
        let what = format!("there is something at {} already: choose another name", path.display());
        return Err(ArchiveError::Site(what));
    }
    let written = |error| ArchiveError::file(format!("cannot write {}", path.display()))(error);
    let snapshot = store.snapshot().await?;
    let manifest = manifest(&snapshot, files).await?;
    let total = manifest.total();
    let mut done = 0;
    let mut pack = Pack::begin(path).map_err(written)?;
    let text = serde_json::to_string(&manifest).map_err(|error| written(error.into()))? + "\n";
    pack.entry(MANIFEST, text.len() as u64).map_err(written)?;
    pack.write(text.as_bytes()).map_err(written)?;

    for table in tables() {
        // A tar file says how long a file is before it comes.
        let mut spool = tempfile::tempfile().map_err(written)?;
        let mut last = None;
        loop {
            let batch = rows::after(&snapshot, &table, last.as_deref()).await?;
            done += batch.len() as u64;
            progress(done, total);
            for row in &batch {
                let line = rows::line(&table, row);
                spool.write_all(line.as_bytes()).map_err(written)?;
            }
            match batch.into_iter().next_back() {
                Some(row) => last = Some(row),
                None => break,
            }
        }
        let size = spool.stream_position().map_err(written)?;
        pack.entry(&entry(&table), size).map_err(written)?;
        spool.rewind().map_err(written)?;
        let mut piece = vec![0; PIECE];
        loop {
            match spool.read(&mut piece).map_err(written)? {
                0 => break,
                length => pack.write(&piece[..length]).map_err(written)?,
            }
        }
    }

    let mut last = None;
    loop {
        let batch = kept(&snapshot, last).await?;
        for (_, key, _) in batch.iter().filter(|(_, key, _)| !manifest.lost.contains(key)) {
            copy(files, key, &mut pack).await?;
            done += 1;
            progress(done, total);
        }
        match batch.last() {
            Some((id, ..)) => last = Some(*id),
            None => break,
        }
    }
    pack.finish().map_err(written)?;
    Ok(manifest)
}

/// The name of a table's entry.
pub fn entry(table: &Table) -> String {
    format!("{}.jsonl", table.name)
}

/// Counts everything, and looks whether the files are there.
async fn manifest(snapshot: &impl ConnectionTrait, files: &FileStore) -> Result<Manifest, ArchiveError> {
    let mut manifest = Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        quoin: env!("CARGO_PKG_VERSION").to_owned(),
        ..Manifest::default()
    };
    for table in tables() {
        let count = Query::select().expr(count_all()).from(Alias::new(table.name)).take();
        let count = fetch_count(snapshot, &count).await?;
        manifest
            .rows
            .insert(table.name.to_owned(), u64::try_from(count).unwrap_or_default());
    }
    let mut last = None;
    loop {
        let batch = kept(snapshot, last).await?;
        let found = join_all(batch.iter().map(|(_, key, _)| files.about(key))).await;
        for ((_, key, size), found) in batch.iter().zip(found) {
            match found {
                Ok(about) if i64::try_from(about.size).ok() == *size => manifest.files += 1,
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(ArchiveError::file("the media store failed")(error));
                }
                _ => manifest.lost.push(key.clone()),
            }
        }
        match batch.last() {
            Some((id, ..)) => last = Some(*id),
            None => break,
        }
    }
    Ok(manifest)
}

/// The next files that the media store has: id, key, size.
async fn kept(
    snapshot: &impl ConnectionTrait,
    last: Option<MediaId>,
) -> Result<Vec<(MediaId, String, Option<i64>)>, DbErr> {
    let mut found = Entity::find().filter(Column::StorageKey.is_not_null());
    if let Some(last) = last {
        found = found.filter(Column::Id.gt(last));
    }
    let found = found.order_by_asc(Column::Id).limit(FILES).all(snapshot).await?;
    let kept = found.into_iter().map(|row: media::Model| {
        let key = row.storage_key.unwrap_or_default();
        (row.id, key, row.byte_size)
    });
    Ok(kept.collect())
}

async fn copy(files: &FileStore, key: &str, pack: &mut Pack) -> Result<(), ArchiveError> {
    let failed = |error| ArchiveError::file(format!("cannot copy the file {key} of the media store"))(error);
    let mut stored = files.get(key, None).await.map_err(failed)?;
    pack.entry(&format!("{MEDIA}{key}"), stored.about.size)
        .map_err(failed)?;
    while let Some(bytes) = stored.bytes.next().await {
        pack.write(&bytes.map_err(failed)?).map_err(failed)?;
    }
    Ok(())
}
