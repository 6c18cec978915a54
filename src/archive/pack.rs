//! Writing a tar archive from its beginning to its end, without ever holding a file of it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use tempfile::NamedTempFile;

/// What tar files are made of.
const BLOCK: usize = 512;

/// The folder that a file is in, or will be.
pub fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// An archive that is being written, beside the place where it will be. It goes away when it is not finished.
pub struct Pack {
    output: Output,
    file: NamedTempFile,
    path: PathBuf,
    /// Bytes of the present entry that are still to come, and those that fill its last block.
    left: u64,
    padding: usize,
}

enum Output {
    Plain(BufWriter<File>),
    Packed(Box<GzEncoder<BufWriter<File>>>),
}

impl Output {
    fn as_write(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(output) => output,
            Self::Packed(output) => output,
        }
    }
}

impl Pack {
    /// Begins an archive that will be at this path; packed by gzip when the path says so. Only this user may read it.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let file = NamedTempFile::new_in(folder_of(path))?;
        let output = BufWriter::new(file.reopen()?);
        let is_packed = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("gz") || extension.eq_ignore_ascii_case("tgz"));
        let output = if is_packed {
            // Neither a name nor a time: the same site gives the same bytes.
            Output::Packed(Box::new(GzBuilder::new().write(output, Compression::default())))
        } else {
            Output::Plain(output)
        };
        Ok(Self {
            output,
            file,
            path: path.to_owned(),
            left: 0,
            padding: 0,
        })
    }

    /// Begins an entry of so many bytes.
    pub fn entry(&mut self, name: &str, size: u64) -> io::Result<()> {
        self.close()?;
        let mut header = tar::Header::new_gnu();
        header.set_path(name)?;
        header.set_size(size);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o600);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        self.output.as_write().write_all(header.as_bytes())?;
        let over = usize::try_from(size % BLOCK as u64).unwrap_or_default();
        self.left = size;
        self.padding = (BLOCK - over) % BLOCK;
        Ok(())
    }

    /// Writes bytes of the present entry.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.left = self
            .left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| io::Error::other("it grew meanwhile"))?;
        self.output.as_write().write_all(bytes)
    }

    fn close(&mut self) -> io::Result<()> {
        if self.left > 0 {
            return Err(io::Error::other("it shrank meanwhile"));
        }
        self.output.as_write().write_all(&[0; BLOCK][..self.padding])?;
        self.padding = 0;
        Ok(())
    }

    /// Ends the archive and puts it in its place, where nothing may be.
    pub fn finish(mut self) -> io::Result<()> {
        self.close()?;
        self.output.as_write().write_all(&[0; 2 * BLOCK])?;
        let output = match self.output {
            Output::Plain(output) => output,
            Output::Packed(output) => output.finish()?,
        };
        output.into_inner()?.sync_all()?;
        self.file.persist_noclobber(&self.path)?;
        Ok(())
    }
}
