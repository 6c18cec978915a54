//! The file of an export, which tells where the reading is and bounds what one row may hold.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use crate::import::place::Place;

/// The most text that one row may hold, in bytes: it is held in memory at once.
pub(super) const ROW_LIMIT: usize = 64 << 20;

/// What some programs put in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Says that a row passed [`ROW_LIMIT`]; travels inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("a row may hold at most {} MB", ROW_LIMIT >> 20)]
pub(super) struct TooLarge;

/// Where the reading is, shared by the reader and those who make sense of it.
pub(super) struct Cursor {
    /// The place of the byte that was read last.
    pub(super) place: Cell<Place>,
    /// The place behind it.
    pub(super) next: Cell<Place>,
    /// How many bytes may be read before [`TooLarge`].
    pub(super) allowance: Cell<usize>,
}

impl Default for Cursor {
    fn default() -> Self {
        Self {
            place: Cell::default(),
            next: Cell::default(),
            allowance: Cell::new(ROW_LIMIT),
        }
    }
}

/// A file that tells its cursor where it is. The JSON reader takes it byte by byte.
pub(super) struct Input {
    inner: BufReader<File>,
    cursor: Rc<Cursor>,
}

impl Input {
    /// Opens a file, and passes over its byte order mark.
    pub(super) fn open(path: &Path, cursor: Rc<Cursor>) -> io::Result<Self> {
        let mut inner = BufReader::with_capacity(1 << 16, File::open(path)?);
        if inner.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            inner.consume(BYTE_ORDER_MARK.len());
        }
        Ok(Self { inner, cursor })
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let cursor = &self.cursor;
        if cursor.allowance.get() == 0 {
            return Err(io::Error::other(TooLarge));
        }
        let most = buffer.len().min(cursor.allowance.get());
        let length = self.inner.read(&mut buffer[..most])?;
        if length > 0 {
            cursor.allowance.set(cursor.allowance.get() - length);
            let last = cursor.next.get().behind(&buffer[..length - 1]);
            cursor.place.set(last);
            cursor.next.set(last.behind(&buffer[length - 1..length]));
        }
        Ok(length)
    }
}
