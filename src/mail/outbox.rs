//! Letters as files, for those who have no mail server.

use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono::Utc;
use lettre::message::Mailbox;
use tempfile::NamedTempFile;
use uuid::Uuid;

use super::{Letter, Undelivered};

/// A folder that nobody but Quoin may look into: letters hold one-time links.
pub struct Outbox {
    folder: PathBuf,
    from: Mailbox,
    logs: bool,
}

impl Outbox {
    pub fn new(folder: PathBuf, from: Mailbox, logs: bool) -> Self {
        Self { folder, from, logs }
    }

    /// Puts a letter into the folder, whole or not at all.
    pub async fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        let message = letter.message(&self.from).map_err(|error| Undelivered {
            problem: error.to_string(),
            is_final: true,
        })?;
        let name = format!("{}-{}.eml", Utc::now().format("%Y%m%dT%H%M%S%.3fZ"), Uuid::now_v7());
        let path = self.folder.join(name);
        let written = tokio::task::spawn_blocking(move || keep(&path, &message.formatted())).await;
        let written = written.map_err(io::Error::other).and_then(|written| written);
        written.map_err(|error| Undelivered {
            problem: format!("{}: {error}", self.folder.display()),
            is_final: false,
        })?;
        if self.logs {
            tracing::info!(
                to = letter.to(),
                subject = letter.subject(),
                text = letter.text(),
                "a letter"
            );
        }
        Ok(())
    }
}

fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}
