//! Puts what comes out of an archive where it belongs: rows into one transaction, files into the media store.

use std::io;

use sea_orm::{DbErr, SqlErr};

use super::export::entry;
use super::later::Later;
use super::media::{Kept, Walk, has_key_of_its_own};
use super::table::{Table, tables};
use super::unpack::{Batch, Piece};
use super::{ArchiveError, MANIFEST, Manifest, Progress, rows};
use crate::store::Transaction;
use crate::store::files::{FileStore, Incoming};

/// A site that is being brought in.
pub struct Writer<'a> {
    transaction: &'a Transaction,
    files: &'a FileStore,
    tables: Vec<Table>,
    later: Later,
    /// The files that should come.
    walk: Walk,
    /// How many of them the manifest calls lost, so far.
    lost: usize,
    /// The file that is coming; without anything to put it into when the media store has it.
    receiving: Option<(String, Option<Incoming>)>,
    /// Keys of files that the media store did not have before.
    brought: Vec<String>,
    manifest: Manifest,
    done: u64,
    progress: Progress<'a>,
}

impl<'a> Writer<'a> {
    /// Writes into this transaction and this media store.
    pub fn new(transaction: &'a Transaction, files: &'a FileStore, progress: Progress<'a>) -> Self {
        Self {
            transaction,
            files,
            tables: tables(),
            later: Later::default(),
            walk: Walk::new(),
            lost: 0,
            receiving: None,
            brought: Vec::new(),
            manifest: Manifest::default(),
            done: 0,
            progress,
        }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// When it is none that belongs there; when the database or the media store fails.
    pub async fn take(&mut self, piece: Piece) -> Result<(), ArchiveError> {
        match piece {
            Piece::Manifest(manifest) => self.manifest = manifest,
            Piece::Rows(batch) => self.rows(batch).await?,
            Piece::TableEnd(number) => {
                let table = &self.tables[number];
                let settled = self.later.settle(self.transaction, table).await;
                settled.map_err(|error| refused(&entry(table), error))?;
            }
            Piece::File(key, size) => self.file(key, size).await?,
            Piece::Bytes(bytes) => {
                if let Some((_, Some(incoming))) = &mut self.receiving {
                    let written = incoming.write(&bytes).await;
                    written.map_err(|error| media_failed(io::Error::other(error)))?;
                }
            }
            Piece::FileEnd => self.file_end().await?,
            Piece::End => self.end().await?,
        }
        Ok(())
    }

    /// What the archive said of itself, and the keys of the files that the media store did not have before.
    pub fn into_parts(self) -> (Manifest, Vec<String>) {
        (self.manifest, self.brought)
    }

    fn advance(&mut self, by: u64) {
        self.done += by;
        (self.progress)(self.done, self.manifest.total());
    }

    async fn rows(&mut self, batch: Batch) -> Result<(), ArchiveError> {
        let Batch { table, first, mut rows } = batch;
        let table = &self.tables[table];
        let count = rows.len() as u64;
        for (row, line) in rows.iter_mut().zip(first..) {
            let checked = if table.name == "media" && !has_key_of_its_own(table, row) {
                Err("its \"storage_key\" is not one of this file".to_owned())
            } else {
                self.later.put_off(table, row)
            };
            checked.map_err(|text| ArchiveError::Archive(format!("{}, line {line}: {text}", entry(table))))?;
        }
        let lines = format!("{}, lines {first} to {}", entry(table), first + count - 1);
        let inserted = rows::insert(self.transaction, table, rows).await;
        inserted.map_err(|error| refused(&lines, error))?;
        self.advance(count);
        Ok(())
    }
    /// The file that should come now: files come in the order of their rows.
    async fn due(&mut self) -> Result<Option<Kept>, DbErr> {
        while let Some(file) = self.walk.next(self.transaction).await? {
            if !self.manifest.lost.contains(&file.key) {
                return Ok(Some(file));
            }
            self.lost += 1;
        }
        Ok(None)
    }

    async fn file(&mut self, key: String, size: u64) -> Result<(), ArchiveError> {
        let wrong = |what: &str| ArchiveError::Archive(format!("the file {key:?} in it {what}"));
        let due = self.due().await?;
        let due = due.ok_or_else(|| wrong("is none that its rows name, or comes twice"))?;
        if due.key != key {
            return Err(wrong(&format!("is where {:?} should be", due.key)));
        }
        if due.size != Some(size) {
            return Err(wrong("is not as long as its row says"));
        }
        // A database of another kind on the same machine has the same media store.
        let incoming = match self.files.about(&key).await {
            Ok(about) if about.size == size => None,
            Ok(_) => return Err(wrong("is another one in the media store")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
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
            self.brought.push(key.clone());
            self.files.keep(&key, received.file).await.map_err(media_failed)?;
        }
        self.advance(1);
        Ok(())
    }

    async fn end(&mut self) -> Result<(), ArchiveError> {
        if let Some(missing) = self.due().await? {
            let what = format!("the file {:?}, which its rows name, is not in it", missing.key);
            return Err(ArchiveError::Archive(what));
        }
        if self.lost != self.manifest.lost.len() {
            let what = format!("{MANIFEST} calls files lost that its rows do not name");
            return Err(ArchiveError::Archive(what));
        }
        Ok(())
    }
}

fn media_failed(error: io::Error) -> ArchiveError {
    ArchiveError::file("the media store failed")(error)
}

/// What the database does not take of the archive is the archive's fault.
fn refused(place: &str, error: DbErr) -> ArchiveError {
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
