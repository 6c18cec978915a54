//! Reading an archive from its beginning to its end: what it should be, in the order in which it should come. Nothing of it
//! is believed, neither names nor sizes, and nothing is held but a batch of rows or a piece of a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use flate2::read::GzDecoder;
use sea_orm::sea_query::Value;
use serde_json::Value as Json;

use super::export::entry;
use super::table::{Table, tables};
use super::{FORMAT, MANIFEST, MEDIA, MOST_MANIFEST, Manifest, VERSION, rows};
use crate::domain::text::counted;

/// The longest line of a table, in bytes; a post with its texts is far below.
const MOST_LINE: u64 = 64 * 1024 * 1024;
/// Rows that are handed over together: so many, or as many as have so many bytes.
const MOST_ROWS: usize = 100;
/// See [`MOST_ROWS`].
const MOST_BYTES: usize = 1024 * 1024;
/// What is read of a file at once.
const PIECE: usize = 64 * 1024;
/// What may follow the end of the archive.
const MOST_REST: u64 = 1024 * 1024;

/// One piece of an archive.
pub enum Piece {
    /// What it says of itself.
    Manifest(Manifest),
    /// Rows of a table.
    Rows(Batch),
    /// There are no more rows of the table with this place in [`tables`].
    TableEnd(usize),
    /// A file of the media store begins: its key and its size.
    File(String, u64),
    /// The next bytes of it.
    Bytes(Bytes),
    /// It is whole.
    FileEnd,
    /// The archive is whole.
    End,
}

/// Rows that stand together in a table.
pub struct Batch {
    /// The table's place in [`tables`].
    pub table: usize,
    /// The line of the first of them.
    pub first: u64,
    /// Their values, one per column.
    pub rows: Vec<Vec<Value>>,
}

/// Why reading ended early.
pub enum Fault {
    /// This is wrong with the archive.
    Wrong(String),
    /// Nobody wants the rest.
    Stopped,
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Wrong(text)
    }
}

/// Takes pieces.
type Emit<'a> = &'a mut dyn FnMut(Piece) -> Result<(), Fault>;

/// Reads an archive, packed or not.
pub fn read(path: &Path, emit: Emit<'_>) -> Result<(), Fault> {
    let unreadable = |error: io::Error| format!("{} cannot be read: {error}", path.display());
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let is_packed = file.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    let source: Box<dyn Read> = if is_packed {
        Box::new(GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut archive = tar::Archive::new(source);
    entries(&mut archive, emit)?;
    // What packs it has a checksum at its end.
    let mut rest = archive.into_inner().take(MOST_REST + 1);
    match io::copy(&mut rest, &mut io::sink()) {
        Ok(length) if length <= MOST_REST => emit(Piece::End),
        Ok(_) => Err("there is more behind its end".to_owned().into()),
        Err(error) => Err(damaged(&error).into()),
    }
}

fn foreign() -> String {
    "it is no archive that quoin export wrote".to_owned()
}

fn damaged(error: &io::Error) -> String {
    format!("it is damaged or cut short ({})", error.to_string().replace('\n', " "))
}

fn entries(archive: &mut tar::Archive<Box<dyn Read>>, emit: Emit<'_>) -> Result<(), Fault> {
    let tables = tables();
    let mut files = 0;
    let mut manifest: Option<Manifest> = None;
    // Raw: the library would otherwise hold names of any length.
    let entries = archive.entries().map_err(|error| damaged(&error))?.raw(true);
    for (number, found) in entries.enumerate() {
        let mut found = match found {
            Err(_) if number == 0 => return Err(foreign().into()),
            found => found.map_err(|error| damaged(&error))?,
        };
        let name = String::from_utf8_lossy(&found.path_bytes()).into_owned();
        if found.header().entry_type() != tar::EntryType::Regular {
            return Err(format!("{name:?} in it is no plain file").into());
        }
        let size = found.size();
        let mut entry_of = Counted {
            inner: &mut found,
            read: 0,
        };
        let Some(manifest) = &manifest else {
            if name != MANIFEST || size > MOST_MANIFEST {
                return Err(foreign().into());
            }
            let read = self::manifest(&mut entry_of)?;
            manifest = Some(read.clone());
            emit(Piece::Manifest(read))?;
            continue;
        };
        if let Some(table) = tables.get(number - 1) {
            if name != entry(table) {
                return Err(format!("{:?} should come where {name:?} is", entry(table)).into());
            }
            let count = self::rows(table, number - 1, &mut entry_of, emit)?;
            whole(&name, &entry_of, size)?;
            if manifest.rows.get(table.name) != Some(&count) {
                let rows = counted(count, "row", "rows");
                return Err(format!("{name:?} has {rows}, which is not what {MANIFEST} says").into());
            }
            emit(Piece::TableEnd(number - 1))?;
        } else {
            let key = name
                .strip_prefix(MEDIA)
                .ok_or_else(|| format!("{name:?} in it is nothing that belongs there"))?;
            emit(Piece::File(key.to_owned(), size))?;
            let mut piece = vec![0; PIECE];
            loop {
                match entry_of.read(&mut piece).map_err(|error| damaged(&error))? {
                    0 => break,
                    length => emit(Piece::Bytes(Bytes::copy_from_slice(&piece[..length])))?,
                }
            }
            whole(&name, &entry_of, size)?;
            emit(Piece::FileEnd)?;
        }
        files = (number + 1).saturating_sub(tables.len() + 1);
    }
    match manifest {
        None => Err(foreign().into()),
        Some(manifest) if manifest.files != files as u64 => {
            let all = counted(manifest.files, "file", "files");
            Err(format!("it has {files} of {all}: it is cut short").into())
        }
        Some(_) => Ok(()),
    }
}

fn manifest(entry: &mut impl Read) -> Result<Manifest, String> {
    let mut text = Vec::new();
    entry.read_to_end(&mut text).map_err(|error| damaged(&error))?;
    let json: Json = serde_json::from_slice(&text).map_err(|_| foreign())?;
    let version = json["version"].as_u64().unwrap_or_default();
    if json["format"] != FORMAT || version == 0 {
        return Err(foreign());
    }
    if version != VERSION {
        return Err(format!(
            "it has form {version}, and this version of Quoin reads form {VERSION}: bring in with the version that wrote it, \
             or a newer one"
        ));
    }
    let manifest: Manifest = serde_json::from_value(json).map_err(|_| foreign())?;
    let tables = tables();
    match manifest
        .rows
        .keys()
        .find(|name| tables.iter().all(|table| table.name != **name))
    {
        Some(unknown) => Err(format!(
            "{MANIFEST} counts rows of {unknown:?}, and there is no such table"
        )),
        None => Ok(manifest),
    }
}

/// Hands over the rows of a table; how many there were.
fn rows(table: &Table, number: usize, entry: &mut impl Read, emit: Emit<'_>) -> Result<u64, Fault> {
    let mut reader = BufReader::new(entry);
    let mut count = 0;
    let (mut batch, mut bytes) = (Vec::with_capacity(MOST_ROWS), 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let limited = (&mut reader).take(MOST_LINE).read_until(b'\n', &mut line);
        let length = limited.map_err(|error| damaged(&error))?;
        if length > 0 {
            count += 1;
            let wrong = |text: String| format!("{}, line {count}: {text}", self::entry(table));
            // The end of a file that is cut short, or a line that nobody wrote so long.
            if !line.ends_with(b"\n") {
                let is_long = length as u64 == MOST_LINE;
                let what = if is_long { "it is too long" } else { "it is cut short" };
                return Err(wrong(what.to_owned()).into());
            }
            batch.push(rows::parse(table, &line).map_err(wrong)?);
            bytes += length;
        }
        let is_full = batch.len() == MOST_ROWS || bytes >= MOST_BYTES;
        if is_full || (length == 0 && !batch.is_empty()) {
            emit(Piece::Rows(Batch {
                table: number,
                first: count + 1 - batch.len() as u64,
                rows: std::mem::take(&mut batch),
            }))?;
            bytes = 0;
        }
        if length == 0 {
            return Ok(count);
        }
    }
}

/// Counts what is read: a tar file that is cut short just ends.
struct Counted<R> {
    inner: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.read += length as u64;
        Ok(length)
    }
}

fn whole<R>(name: &str, entry: &Counted<R>, size: u64) -> Result<(), String> {
    if entry.read == size {
        Ok(())
    } else {
        let size = counted(size, "byte", "bytes");
        Err(format!("{name:?} has {} of {size}: it is cut short", entry.read))
    }
}
