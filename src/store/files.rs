//! The media store: files in a folder below the data folder.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
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

    /// A new file in the store's folder, to be filled and then kept; it goes away when it is not.
    pub fn begin(&self) -> io::Result<NamedTempFile> {
        std::fs::create_dir_all(&self.root)?;
        NamedTempFile::new_in(&self.root)
    }

    /// Keeps a finished file under a key, whole or not at all, in place of what was there.
    pub fn keep(&self, key: &str, file: NamedTempFile) -> io::Result<()> {
        let target = self.path(key);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)?;
        }
        file.persist(target)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_that_is_not_kept_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = FileStore::new(folder.path().join("media"));
        let key = FileStore::key(Uuid::now_v7(), "../../a b.J/PG");
        let mut file = files.begin().unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path().join("media")).unwrap().count(), 0);

        let mut file = files.begin().unwrap();
        file.write_all(b"whole").unwrap();
        files.keep(&key, file).unwrap();
        assert_eq!(std::fs::read(files.path(&key)).unwrap(), b"whole");
        assert!(files.path(&key).starts_with(folder.path().join("media")));
    }

    #[test]
    fn keys_stay_in_the_store_whatever_the_name() {
        let id = Uuid::now_v7();
        for name in [
            "",
            ".",
            "..",
            "/etc/passwd",
            "a/../../b.tar.gz",
            "x.\u{202e}gpj",
            "x.a/b",
            "é.é",
        ] {
            let key = FileStore::key(id, name);
            assert!(
                key.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"/.".contains(&byte)),
                "{key}"
            );
            assert!(!key.contains("..") && key.matches('/').count() == 1, "{key}");
        }
    }
}
