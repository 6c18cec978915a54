//! Brings an archive in: wholly, in one transaction, or not at all.

use std::path::Path;

use entity::{publication, user};
use sea_orm::EntityTrait;
use tokio::sync::mpsc;

use super::unpack::{self, Fault, Piece};
use super::writer::Writer;
use super::{ArchiveError, Manifest, Progress};
use crate::domain::{listing, post};
use crate::store::Transaction;
use crate::store::changes::Topic;
use crate::store::files::FileStore;
use crate::store::{Store, dialect};

/// Pieces on their way from the reading thread.
const ON_THE_WAY: usize = 4;

/// Brings an archive into a migrated database without publications and people, and its files into the media store.
///
/// # Errors
/// When the archive is not what it should be, or the database has something; then nothing was kept.
pub async fn import(
    store: &Store,
    files: &FileStore,
    path: &Path,
    progress: Progress<'_>,
) -> Result<Manifest, ArchiveError> {
    let transaction = store.for_long_work().write().await?;
    dialect::take_turns(&transaction).await?;
    let (publications, people) = (publication::Entity::find(), user::Entity::find());
    if publications.one(&transaction).await?.is_some() || people.one(&transaction).await?.is_some() {
        return Err(ArchiveError::Occupied);
    }
    let mut writer = Writer::new(&transaction, files, progress);
    let written = write_all(path, &mut writer).await;
    let (manifest, brought) = writer.into_parts();
    match finish(transaction, written).await {
        Ok(()) => Ok(manifest),
        Err(why) => Err(remove(files, brought, why).await),
    }
}

async fn write_all(path: &Path, writer: &mut Writer<'_>) -> Result<(), ArchiveError> {
    let (sender, mut receiver) = mpsc::channel(ON_THE_WAY);
    let path = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        unpack::read(&path, &mut |piece| {
            sender.blocking_send(piece).map_err(|_| Fault::Stopped)
        })
    });
    let mut is_whole = false;
    while let Some(piece) = receiver.recv().await {
        is_whole = matches!(piece, Piece::End);
        writer.take(piece).await?;
    }
    match reading.await {
        Ok(Ok(())) if is_whole => Ok(()),
        Ok(Err(Fault::Wrong(text))) => Err(ArchiveError::Archive(text)),
        _ => Err(ArchiveError::Archive(
            "it could not be read, which is a fault of Quoin".to_owned(),
        )),
    }
}

async fn finish(transaction: Transaction, written: Result<(), ArchiveError>) -> Result<(), ArchiveError> {
    if let Err(why) = written {
        // The server may be the one who failed, and what is not committed is gone then, too.
        let _ = transaction.rollback().await;
        return Err(why);
    }
    post::note_drafts(&transaction).await?;
    listing::fill(&transaction).await?;
    post::schedule_all(&transaction).await?;
    transaction.changed([Topic::EVERYTHING]);
    Ok(transaction.commit().await?)
}

/// Removes from the media store what a failed import brought there.
async fn remove(files: &FileStore, brought: Vec<String>, why: ArchiveError) -> ArchiveError {
    let mut left = None;
    for key in brought {
        if let Err(cause) = files.remove(&key).await {
            left.get_or_insert((key, cause));
        }
    }
    match left {
        None => why,
        Some((key, cause)) => ArchiveError::Left {
            why: Box::new(why),
            key,
            cause,
        },
    }
}
