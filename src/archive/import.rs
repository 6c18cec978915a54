//! Brings an archive in: wholly, in one transaction, or not at all.

use std::collections::HashSet;
use std::path::Path;

use entity::{MediaId, media, publication, user};
use sea_orm::sea_query::Value;
use sea_orm::{DatabaseTransaction, EntityTrait, PaginatorTrait, SqlErr};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::export::entry;
use super::table::{Table, tables};
use super::unpack::{self, Fault, Piece};
use super::{ArchiveError, Manifest, Progress, rows};
use crate::domain::post;
use crate::store::files::{FileStore, Incoming};
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
    let transaction = store.write().await?;
    dialect::take_turns(&transaction).await?;
    if publication::Entity::find().count(&transaction).await? > 0 || user::Entity::find().count(&transaction).await? > 0
    {
        return Err(ArchiveError::Occupied);
    }
    let mut writer = Writer {
        transaction,
        files,
        tables: tables(),
        last: None,
        later: Vec::new(),
        receiving: None,
        brought: HashSet::new(),
        seen: HashSet::new(),
        manifest: Manifest::default(),
        done: 0,
        progress,
    };
    let read = take_all(path, &mut writer).await;
    let Writer {
        transaction,
        brought,
        manifest,
        ..
    } = writer;
    let finished = async {
        read?;
        post::schedule_all(&transaction).await?;
        transaction.commit().await?;
        Ok(manifest)
    };
    let finished = finished.await;
    if finished.is_err() {
        for key in brought {
            let removed = files.remove(&key).await;
            removed.map_err(ArchiveError::file(format!("cannot remove {key} from the media store")))?;
        }
    }
    finished
}

async fn take_all(path: &Path, writer: &mut Writer<'_>) -> Result<(), ArchiveError> {
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

/// A reference to a row of the same table that comes later: the row's id, the column, and the reference.
type Later = (Value, usize, Value);

struct Writer<'a> {
    transaction: DatabaseTransaction,
    files: &'a FileStore,
    tables: Vec<Table>,
    /// The last id of the present table, for what refers to its own.
    last: Option<Uuid>,
    later: Vec<Later>,
    /// The file that is coming; without anything to put it into when the media store has it.
    receiving: Option<(String, Option<Incoming>)>,
    /// Keys of files that the media store did not have before.
    brought: HashSet<String>,
    seen: HashSet<String>,
    manifest: Manifest,
    done: u64,
    progress: Progress<'a>,
}

impl Writer<'_> {
    async fn take(&mut self, piece: Piece) -> Result<(), ArchiveError> {
        match piece {
            Piece::Manifest(manifest) => self.manifest = manifest,
            Piece::Rows(number, first, rows) => self.rows(number, first, rows).await?,
            Piece::TableEnd(number) => self.table_end(number).await?,
            Piece::File(key, size) => self.file(key, size).await?,
            Piece::Bytes(bytes) => {
                if let Some((key, Some(incoming))) = &mut self.receiving {
                    let written = incoming.write(&bytes).await;
                    written
                        .map_err(|error| ArchiveError::Archive(format!("the file {key:?} cannot be kept: {error}")))?;
                }
            }
            Piece::FileEnd => self.file_end().await?,
            Piece::End => {}
        }
        Ok(())
    }

    fn advance(&mut self, by: u64) {
        self.done += by;
        (self.progress)(self.done, self.manifest.total());
    }

    async fn rows(&mut self, number: usize, first: u64, mut rows: Vec<Vec<Value>>) -> Result<(), ArchiveError> {
        let table = &self.tables[number];
        let count = rows.len() as u64;
        for (row, line) in rows.iter_mut().zip(first..) {
            if table.name == "media" && !has_key_of_its_own(table, row) {
                let text = format!(
                    "{}, line {line}: its \"storage_key\" is not one of this file",
                    entry(table)
                );
                return Err(ArchiveError::Archive(text));
            }
            if !table.own.is_empty() {
                put_off(table, row, &mut self.last, &mut self.later)
                    .map_err(|text| ArchiveError::Archive(format!("{}, line {line}: {text}", entry(table))))?;
            }
        }
        let lines = format!("{}, lines {first} to {}", entry(table), first + count - 1);
        rows::insert(&self.transaction, table, rows)
            .await
            .map_err(|error| refused(&lines, error))?;
        self.advance(count);
        Ok(())
    }

    /// Sets the references that had to wait.
    async fn table_end(&mut self, number: usize) -> Result<(), ArchiveError> {
        let table = &self.tables[number];
        for (id, place, value) in self.later.drain(..) {
            let set = rows::set(&self.transaction, table, id, place, value).await;
            set.map_err(|error| refused(&entry(table), error))?;
        }
        self.last = None;
        Ok(())
    }

    async fn file(&mut self, key: String, size: u64) -> Result<(), ArchiveError> {
        let wrong = |what: &str| ArchiveError::Archive(format!("the file {key:?} in it {what}"));
        let row = match id_of(&key) {
            Some(id) => media::Entity::find_by_id(id).one(&self.transaction).await?,
            None => None,
        };
        let row = row.filter(|row| row.storage_key.as_ref() == Some(&key));
        let row = row.ok_or_else(|| wrong("is none that its rows name"))?;
        if row.byte_size != i64::try_from(size).ok() {
            return Err(wrong("is not as long as its row says"));
        }
        if !self.seen.insert(key.clone()) {
            return Err(wrong("comes twice"));
        }
        // A database of another kind on the same machine has the same media store.
        let incoming = match self.files.about(&key).await {
            Ok(about) if about.size == size => None,
            Ok(_) => return Err(wrong("is another one in the media store")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Some(self.files.receive(size).await.map_err(media_failed)?)
            }
            Err(error) => return Err(media_failed(error)),
        };
        self.receiving = Some((key, incoming));
        Ok(())
    }

    async fn file_end(&mut self) -> Result<(), ArchiveError> {
        if let Some((key, Some(incoming))) = self.receiving.take() {
            let received = incoming.finish().await.map_err(media_failed)?;
            self.brought.insert(key.clone());
            self.files.keep(&key, received.file).await.map_err(media_failed)?;
        }
        self.advance(1);
        Ok(())
    }
}

fn media_failed(error: std::io::Error) -> ArchiveError {
    ArchiveError::file("the media store failed")(error)
}

/// Whether the key of a file is the one that its id gives: nothing else may be named where files are read and removed.
fn has_key_of_its_own(table: &Table, row: &[Value]) -> bool {
    let place = table.columns.iter().position(|column| column.name == "storage_key");
    match (row.first(), place.and_then(|place| row.get(place))) {
        (Some(Value::Uuid(Some(id))), Some(Value::String(Some(key)))) => *key == FileStore::key(*id, key),
        (_, Some(Value::String(None))) => true,
        _ => false,
    }
}

/// The id that a key was made of.
fn id_of(key: &str) -> Option<MediaId> {
    let id = Uuid::try_parse(Path::new(key).file_stem()?.to_str()?).ok()?;
    (key == FileStore::key(id, key)).then_some(MediaId(id))
}

/// Takes out of a row what refers to a later row of its table. Rows come in the order of their ids.
fn put_off(table: &Table, row: &mut [Value], last: &mut Option<Uuid>, later: &mut Vec<Later>) -> Result<(), String> {
    let key = table.keys[0];
    let Value::Uuid(Some(id)) = row[key] else {
        return Err("it has no id".to_owned());
    };
    if last.replace(id).is_some_and(|last| last >= id) {
        return Err("its id comes before that of the line above".to_owned());
    }
    for place in &table.own {
        if matches!(&row[*place], Value::Uuid(Some(other)) if *other > id) {
            let value = std::mem::replace(&mut row[*place], Value::Uuid(None));
            later.push((row[key].clone(), *place, value));
        }
    }
    Ok(())
}

/// What the database does not take of the archive is the archive's fault.
fn refused(place: &str, error: sea_orm::DbErr) -> ArchiveError {
    match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            ArchiveError::Archive(format!("{place}: a row refers to one that is not there"))
        }
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            ArchiveError::Archive(format!("{place}: a row is there twice, or has the name of another"))
        }
        _ => error.into(),
    }
}
