//! Writes a site into an archive.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;

use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt};
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{ConnectionTrait, DbErr};

use super::media::Walk;
use super::pack::{Pack, folder_of};
use super::table::{Table, tables};
use super::{ArchiveError, FORMAT, MANIFEST, MEDIA, MOST_MANIFEST, Manifest, Progress, VERSION, rows};
use crate::domain::text::counted;
use crate::store::files::FileStore;
use crate::store::row::fetch_count;
use crate::store::sql::count_all;
use crate::store::{Store, Transaction};

/// What is copied at once.
const PIECE: usize = 64 * 1024;

/// Writes the whole site into a new file, as it is at this moment. Rows and files go by one after the other: memory does not
/// grow with the site. What the manifest calls lost is not in the archive.
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
    let unwritable = |error| ArchiveError::file(format!("cannot write {}", path.display()))(error);
    let snapshot = store.for_long_work().snapshot().await?;
    let manifest = manifest(&snapshot, files).await?;
    let total = manifest.total();
    let mut done = 0;
    let text = described(&manifest)?;
    let mut pack = Pack::begin(path).map_err(unwritable)?;
    pack.entry(MANIFEST, text.len() as u64).map_err(unwritable)?;
    pack.write(text.as_bytes()).map_err(unwritable)?;

    for table in tables() {
        // A tar file says how long a file is before it comes.
        let mut spool = tempfile::tempfile_in(folder_of(path)).map_err(unwritable)?;
        let mut writer = BufWriter::new(&mut spool);
        let mut last = None;
        loop {
            let mut page = Box::pin(rows::page(&snapshot, &table, last.as_deref()).await?);
            let before = done;
            while let Some(row) = page.try_next().await? {
                let line = rows::line(&table, &row);
                writer.write_all(line.as_bytes()).map_err(unwritable)?;
                last = Some(row);
                done += 1;
                progress(done, total);
            }
            if done - before < rows::PAGE as u64 {
                break;
            }
        }
        writer.flush().map_err(unwritable)?;
        drop(writer);
        enclose(&mut pack, &entry(&table), &mut spool).map_err(unwritable)?;
    }

    let mut walk = Walk::new();
    while let Some(file) = walk.next(&snapshot).await? {
        if !manifest.lost.contains(&file.key) {
            copy(files, &file.key, &mut pack).await?;
            done += 1;
            progress(done, total);
        }
    }
    pack.finish().map_err(unwritable)?;
    Ok(manifest)
}

/// The name of a table's entry.
pub fn entry(table: &Table) -> String {
    format!("{}.jsonl", table.name)
}

/// Counts everything, and looks whether the files are there.
async fn manifest(snapshot: &Transaction, files: &FileStore) -> Result<Manifest, ArchiveError> {
    let mut manifest = Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        quoin: env!("CARGO_PKG_VERSION").to_owned(),
        ..Manifest::default()
    };
    for table in tables() {
        manifest
            .rows
            .insert(table.name.to_owned(), count(snapshot, &table).await?);
    }
    let mut walk = Walk::new();
    loop {
        let few = walk.few(snapshot).await?;
        if few.is_empty() {
            return Ok(manifest);
        }
        let found = join_all(few.iter().map(|file| files.about(&file.key))).await;
        for (file, found) in few.into_iter().zip(found) {
            match found {
                Ok(about) if file.size == Some(about.size) => manifest.files += 1,
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(ArchiveError::file("the media store failed")(error));
                }
                _ => drop(manifest.lost.insert(file.key)),
            }
        }
    }
}

async fn count(snapshot: &impl ConnectionTrait, table: &Table) -> Result<u64, DbErr> {
    let count = Query::select().expr(count_all()).from(Alias::new(table.name)).take();
    Ok(u64::try_from(fetch_count(snapshot, &count).await?).unwrap_or_default())
}

/// The manifest as it is written, not longer than it may be read again.
fn described(manifest: &Manifest) -> Result<String, ArchiveError> {
    let text = serde_json::to_string(manifest).map_err(|error| ArchiveError::Site(error.to_string()))? + "\n";
    if text.len() as u64 > MOST_MANIFEST {
        let lost = counted(manifest.lost.len(), "recorded file", "recorded files");
        let what = format!("the media store lacks {lost}: is it the right one?");
        return Err(ArchiveError::Site(what));
    }
    Ok(text)
}

/// Makes an entry of what was written into a file.
fn enclose(pack: &mut Pack, name: &str, spool: &mut File) -> io::Result<()> {
    pack.entry(name, spool.stream_position()?)?;
    spool.rewind()?;
    let mut piece = vec![0; PIECE];
    loop {
        match spool.read(&mut piece)? {
            0 => return Ok(()),
            length => pack.write(&piece[..length])?,
        }
    }
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
