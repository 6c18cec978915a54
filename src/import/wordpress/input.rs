//! The file as a stream that knows where it is, and that refuses to be swallowed at one gulp.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use quick_xml::encoding::{DecodingReader, DetectedEncoding, detect_encoding};
use quick_xml::events::BytesDecl;

use crate::import::place::Place;

/// The most text that one item (or one field of the channel) may hold, in bytes: it is held in memory at once.
pub(super) const ITEM_LIMIT: usize = 64 << 20;

/// How much of a file is looked at for its encoding declaration.
const DECLARATION: u64 = 512;

/// Says that an item passed [`ITEM_LIMIT`]; travels inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("an item may hold at most {} MB of text", ITEM_LIMIT >> 20)]
pub(super) struct TooLarge;

/// A file in an encoding that the XML reader can read, with the place that is read next.
pub(super) struct Input {
    inner: Box<dyn BufRead + Send>,
    /// The place that is read next.
    pub place: Place,
    allowance: usize,
}

impl Input {
    /// Opens a file. An encoding that is not known is an error of kind `InvalidData`.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut start = Vec::new();
        file.by_ref().take(DECLARATION).read_to_end(&mut start)?;
        file.rewind()?;
        let reader = BufReader::with_capacity(1 << 16, file);
        let inner: Box<dyn BufRead + Send> = match detect_encoding(&start) {
            Some(DetectedEncoding::Utf8Bom) => Box::new(reader),
            Some(DetectedEncoding::AsciiCompatible) | None => match declared_encoding(&start) {
                Some(label) => decoded(reader, &label)?,
                None => Box::new(reader),
            },
            Some(_) => Box::new(DecodingReader::new(reader)),
        };
        Ok(Self {
            inner,
            place: Place::default(),
            allowance: ITEM_LIMIT,
        })
    }

    /// Lets another [`ITEM_LIMIT`] bytes pass before [`TooLarge`].
    pub fn allow(&mut self) {
        self.allowance = ITEM_LIMIT;
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.allowance == 0 {
            return Err(io::Error::other(TooLarge));
        }
        let available = self.inner.fill_buf()?;
        Ok(&available[..available.len().min(self.allowance)])
    }

    fn consume(&mut self, amount: usize) {
        if amount == 0 {
            return;
        }
        if let Ok(available) = self.inner.fill_buf() {
            self.place = self.place.behind(&available[..amount.min(available.len())]);
        }
        self.inner.consume(amount);
        self.allowance = self.allowance.saturating_sub(amount);
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        buffer[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

fn decoded(reader: BufReader<File>, label: &str) -> io::Result<Box<dyn BufRead + Send>> {
    let declaration = BytesDecl::new("1.0", Some(label), None);
    let encoding = declaration.encoder().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("the encoding {label:?} is not known"),
        )
    })?;
    // The XML reader reads UTF-8 itself; and a declaration that can be read byte by byte is not UTF-16, whatever it
    // says.
    if encoding.name().starts_with("UTF-") {
        return Ok(Box::new(reader));
    }
    let mut reader = DecodingReader::new(reader);
    reader.set_encoding(encoding);
    Ok(Box::new(reader))
}

/// The encoding that an XML declaration names.
fn declared_encoding(start: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(start);
    let (declaration, _) = text.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Some(value[1..].split_once(quote)?.0.trim().to_owned())
}
