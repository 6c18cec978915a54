//! The media store: files in a folder below the data folder.

use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// A folder of stored files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FileStore {
    root: PathBuf,
}

impl FileStore {
    /// The store in this folder, which need not exist yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The key under which the file with this id and name is kept.
    pub fn key(id: Uuid, file_name: &str) -> String {
        let name = id.simple().to_string();
        let extension: String = Path::new(file_name)
            .extension()
            .and_then(|extension| extension.to_str())
            .map(|extension| extension.chars().filter(char::is_ascii_alphanumeric).take(8).collect())
            .unwrap_or_default();
        // The end of a UUID v7 is random, so folders fill evenly.
        let folder = &name[name.len() - 2..];
        if extension.is_empty() {
            format!("{folder}/{name}")
        } else {
            format!("{folder}/{name}.{extension}")
        }
    }

    /// Where a file lies. Keys come from [`FileStore::key`] alone.
    pub fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// Moves or copies a finished file into the store, whole or not at all.
    pub fn put(&self, key: &str, file: &Path) -> io::Result<()> {
        let target = self.path(key);
        let folder = target.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)?;
        let half = target.with_extension("part");
        std::fs::copy(file, &half)?;
        std::fs::rename(&half, &target)
    }
}
