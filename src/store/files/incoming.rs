use std::io;

use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

/// A file that is being received. It goes away when it is not finished and kept.
#[derive(Debug)]
pub struct Incoming {
    file: NamedTempFile,
    writer: tokio::fs::File,
    size: u64,
    most: u64,
}

/// A file that was received whole, and lies on this machine.
#[derive(Debug)]
pub struct Received {
    /// The file; it goes away when it is not kept.
    pub file: NamedTempFile,
    /// Bytes.
    pub size: u64,
}

/// Why bytes were not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There are more than allowed.
    #[error("there are more bytes than allowed")]
    TooLarge,
    /// They cannot be written.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

impl Incoming {
    pub(super) fn new(file: NamedTempFile, most: u64) -> io::Result<Self> {
        Ok(Self {
            writer: tokio::fs::File::from_std(file.reopen()?),
            file,
            size: 0,
            most,
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When they are more than allowed, or the disk fails.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.size += bytes.len() as u64;
        if self.size > self.most {
            return Err(Refused::TooLarge);
        }
        Ok(self.writer.write_all(bytes).await?)
    }

    /// The whole file.
    pub async fn finish(mut self) -> io::Result<Received> {
        self.writer.flush().await?;
        Ok(Received {
            file: self.file,
            size: self.size,
        })
    }
}
