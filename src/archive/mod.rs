//! The whole site as one file, to be moved to another machine or another kind of database, or kept: a tar archive, packed by
//! gzip when its name says so, with `quoin.json` first, then a file of JSON lines per table in an order in which rows refer
//! only to what came before, then the files of the media store. The same site gives the same bytes, whatever the database.
//! `docs/moving.md` says what goes in.

mod cell;
mod export;
mod import;
mod later;
mod media;
mod pack;
mod rows;
mod table;
mod unpack;
mod writer;

pub use export::export;
pub use import::import;
pub use table::{DERIVED, LEFT_OUT, tables};

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use crate::store::driver_text;

/// What `format` in `quoin.json` says.
const FORMAT: &str = "quoin";
/// The form of archives that this version writes and reads: it changes whenever a table or column does.
const VERSION: u64 = 1;
/// The name of the first entry.
const MANIFEST: &str = "quoin.json";
/// The longest of these, in bytes.
const MOST_MANIFEST: u64 = 16 * 1024 * 1024;
/// What stands before the names of media.
const MEDIA: &str = "media/";

/// What an archive says of itself, in `quoin.json`. When it was made is not said, so that the same site gives the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    format: String,
    /// [`VERSION`].
    version: u64,
    /// The version of Quoin that made it.
    quoin: String,
    /// How many rows there are, by table.
    pub rows: BTreeMap<String, u64>,
    /// How many files there are.
    pub files: u64,
    /// The keys of files that the media store should have had and did not, or not whole.
    pub lost: BTreeSet<String>,
}

impl Manifest {
    /// How many rows and files there are together.
    fn total(&self) -> u64 {
        self.rows
            .values()
            .fold(self.files, |total, rows| total.saturating_add(*rows))
    }
}

/// Hears how it gets on: so many of so many rows and files are done.
pub type Progress<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

/// Why an archive was not made, or not brought in: one line for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The archive is not what it should be; nothing was kept of it.
    #[error("the archive cannot be used: {0}; nothing was brought in")]
    Archive(String),
    /// Not all of what was kept of it could be removed again.
    #[error("{why}; the file {key} stays in the media store, from which it could not be removed: {cause}")]
    Left {
        /// What was wrong before.
        why: Box<Self>,
        /// The first of the files.
        key: String,
        /// What the system says.
        cause: io::Error,
    },
    /// There is something already.
    #[error("the database is not empty: an archive can only be brought into one without publications and people")]
    Occupied,
    /// The site cannot be written down.
    #[error("{0}")]
    Site(String),
    /// A file could not be used.
    #[error("{act}: {cause}")]
    File {
        /// What was being done.
        act: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The database failed.
    #[error("the database failed: {}", driver_text(.0))]
    Database(#[from] DbErr),
}

impl ArchiveError {
    fn file(act: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let act = act.into();
        move |cause| Self::File { act, cause }
    }
}
