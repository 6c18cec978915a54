//! What becomes of a file's bytes before they are kept: found out what they are, and, of a picture, made harmless.

use std::io::{self, Read};

use entity::MediaId;

use super::Library;
use super::file_name::{extension, fitting};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::picture::{self, Class, Fault, HEAD_BYTES, Kind, MAX_PROFILE_BYTES, NotTaken};
use crate::store::files::{FileStore, Received};

/// The most bytes of a picture: it is read whole, other files never are.
pub const MOST_PICTURE_BYTES: u64 = 100_000_000;

/// Where the bytes of a file are.
pub enum Bytes {
    /// On this machine.
    Here(Received),
    /// In the media store, under this key.
    Stored {
        /// The key.
        key: String,
        /// How many.
        size: u64,
    },
}

/// A file that is kept, and what is known of it.
#[derive(Debug)]
pub struct Taken {
    /// Where the media store keeps it.
    pub key: String,
    /// Its name, with an ending that fits.
    pub file_name: String,
    /// Its media type.
    pub mime_type: &'static str,
    /// Bytes.
    pub byte_size: u64,
    /// What is known of a picture.
    pub picture: Option<Picture>,
}

/// What is known of a picture that is kept.
#[derive(Debug)]
pub struct Picture {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// For whoever waits for it.
    pub placeholder: Option<String>,
    /// The beginning of the digest of its bytes.
    pub digest: String,
}

/// Keeps a file, as far as it may be.
///
/// # Errors
/// A problem of `field` for what is not taken; [`Refusal::Busy`] when too many pictures wait.
pub async fn take_in(
    library: &Library,
    id: MediaId,
    field: &'static str,
    name: &str,
    bytes: Bytes,
) -> Result<Taken, Refusal> {
    let (head, bytes) = bytes.head(&library.files).await?;
    let kind = picture::sniff(&head, &extension(name)).map_err(|reason| not_taken(field, reason))?;
    let file_name = fitting(name, kind);
    let key = FileStore::key(id.0, &file_name);
    let size = bytes.size();
    if kind.class != Class::Image {
        bytes.keep(&library.files, &key).await?;
        return Ok(Taken {
            key,
            file_name,
            mime_type: kind.mime,
            byte_size: size,
            picture: None,
        });
    }
    if size > MOST_PICTURE_BYTES {
        let message = format!("The picture has {size} bytes; allowed are {MOST_PICTURE_BYTES}.");
        return Err(Problem::new(ProblemCode::TooLong, field, message).into());
    }
    let cleaned = clean(library, field, kind, bytes).await?;
    let byte_size = cleaned.bytes.len() as u64;
    library.files.put(&key, cleaned.bytes).await?;
    Ok(Taken {
        key,
        file_name,
        mime_type: kind.mime,
        byte_size,
        picture: Some(Picture {
            width: cleaned.width,
            height: cleaned.height,
            placeholder: cleaned.placeholder,
            digest: cleaned.digest,
        }),
    })
}

async fn clean(
    library: &Library,
    field: &'static str,
    kind: &'static Kind,
    bytes: Bytes,
) -> Result<picture::Cleaned, Refusal> {
    // Read when it is their turn: those who wait hold no memory.
    let turn = library.threads.turn().await?;
    let bytes = bytes.read(&library.files).await?;
    let most = library.settings.most_pixels;
    let cleaned = turn.run(move || picture::clean(&bytes, kind, most)).await?;
    cleaned.map_err(|fault| {
        let (code, message) = match fault {
            Fault::Broken => (
                ProblemCode::Invalid,
                format!("The file begins as {}, but it is damaged or not whole.", kind.mime),
            ),
            Fault::TooManyPixels(pixels) => (
                ProblemCode::TooLong,
                format!("The picture has {pixels} pixels; allowed are {most}."),
            ),
            Fault::LargeProfile => (
                ProblemCode::TooLong,
                format!("The colour profile is too large; at most {MAX_PROFILE_BYTES} bytes are allowed."),
            ),
        };
        Problem::new(code, field, message).into()
    })
}

fn not_taken(field: &'static str, reason: NotTaken) -> Problem {
    let (code, message) = match reason {
        NotTaken::Empty => (ProblemCode::Required, "The file is empty."),
        NotTaken::Markup => (
            ProblemCode::Invalid,
            "SVG, HTML and XML are not taken, since they can run scripts. Turn a drawing into PNG or WebP.",
        ),
        NotTaken::Unknown => (
            ProblemCode::Invalid,
            "By its content, this is none of the files that are taken: pictures (JPEG, PNG, WebP, GIF, AVIF), recordings \
             (MP3, M4A, OGG, FLAC, WAV, MP4, WebM, MOV), documents (PDF, Office, OpenDocument, EPUB, ZIP) and plain text.",
        ),
    };
    Problem::new(code, field, message)
}

impl Bytes {
    fn size(&self) -> u64 {
        match self {
            Self::Here(received) => received.size,
            Self::Stored { size, .. } => *size,
        }
    }

    /// The first of them, and all again.
    async fn head(self, files: &FileStore) -> io::Result<(Vec<u8>, Self)> {
        match self {
            Self::Stored { ref key, .. } => Ok((files.head(key, HEAD_BYTES).await?, self)),
            Self::Here(received) => {
                let read = tokio::task::spawn_blocking(move || {
                    let mut head = Vec::new();
                    received.file.reopen()?.take(HEAD_BYTES).read_to_end(&mut head)?;
                    Ok((head, Self::Here(received)))
                });
                read.await.map_err(io::Error::other)?
            }
        }
    }

    async fn read(self, files: &FileStore) -> io::Result<Vec<u8>> {
        match self {
            Self::Stored { key, .. } => files.read(&key).await,
            Self::Here(received) => tokio::fs::read(received.file.path()).await,
        }
    }

    async fn keep(self, files: &FileStore, key: &str) -> io::Result<()> {
        match self {
            Self::Stored { key: from, .. } => files.rename(&from, key).await,
            Self::Here(received) => files.keep(key, received.file).await,
        }
    }
}
