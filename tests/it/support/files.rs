//! Libraries to test with.

use std::path::Path;

use quoin::domain::media::{Library, MediaSettings};
use quoin::store::Store;
use quoin::store::files::FileStore;

/// The library over a database, with its files in a folder.
pub fn library(store: &Store, folder: &Path) -> Library {
    library_with(store, FileStore::new(folder.to_owned()), |_| ())
}

/// The same, with some settings changed.
pub fn library_with(store: &Store, files: FileStore, change: impl FnOnce(&mut MediaSettings)) -> Library {
    let mut settings = MediaSettings::default();
    change(&mut settings);
    Library::open(store.clone(), files, settings)
}
