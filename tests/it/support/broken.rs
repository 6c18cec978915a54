//! Archives that are not what they should be.

use std::path::PathBuf;

use entity::user;
use sea_orm::{EntityTrait, PaginatorTrait};
use tempfile::TempDir;

use super::TestDb;
use super::archive::{FullSite, bring, entries, files_in, packed};

/// The entries of a good archive, and an empty place to bring others into.
pub struct Broken {
    pub good: Vec<(String, Vec<u8>)>,
    pub empty: TestDb,
    folder: TempDir,
}

impl Broken {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("good.tar");
        Box::pin(async { FullSite::new().await.export(&path).await }).await;
        Self {
            good: entries(&path),
            empty: TestDb::new().await,
            folder,
        }
    }

    /// These bytes as a file.
    pub fn written(&self, archive: &[u8]) -> PathBuf {
        let path = self.folder.path().join("other.tar");
        std::fs::write(&path, archive).unwrap();
        path
    }

    /// Where an entry is in the good archive.
    pub fn place(&self, entry: &str) -> usize {
        self.good.iter().position(|(name, _)| name == entry).unwrap()
    }

    /// Why these bytes are refused, without anything kept.
    pub async fn refused(&self, archive: &[u8]) -> String {
        let line = bring(&self.empty, &self.written(archive))
            .await
            .unwrap_err()
            .to_string();
        assert!(!line.contains('\n'), "{line}");
        let people = user::Entity::find().count(self.empty.store().read()).await.unwrap();
        assert_eq!(people, 0, "{line}");
        assert_eq!(files_in(self.empty.media()), Vec::<PathBuf>::new(), "{line}");
        line
    }

    /// Why the good archive is refused when a text in one entry is another.
    pub async fn changed(&self, entry: &str, from: &str, to: &str) -> String {
        let mut entries = self.good.clone();
        let bytes = &mut entries[self.place(entry)].1;
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{entry} has no {from}");
        *bytes = text.replacen(from, to, 1).into_bytes();
        self.refused(&packed(&entries)).await
    }
}

/// Asserts that a line says something.
#[track_caller]
pub fn says(line: &str, part: &str) {
    assert!(line.contains(part), "{line:?} does not say {part:?}");
}
