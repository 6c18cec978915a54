//! What is registered, as this process knows it: all of it, as of a position of the log of changes. It is asked for again
//! when the log says that it changed, so what docs/caching.md says of kept answers holds of it: a document whose removal was
//! acknowledged is known to nobody.

use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::DbErr;
use tokio::sync::Mutex;

use super::name::DocumentName;
use super::{DocumentRow, Index, TrustedDocument, documents, topic};
use crate::store::Store;
use crate::store::row::fetch;

/// What was registered at a position of the log.
#[derive(Debug)]
pub struct Registered {
    since: i64,
    index: Index,
}

impl Registered {
    /// The texts of all documents.
    pub fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
        self.index.texts()
    }

    /// The document with this name.
    pub fn get(&self, name: &DocumentName) -> Option<&TrustedDocument> {
        self.index.get(name)
    }

    /// Whether nothing was registered or removed since, as far as this process knows the log.
    pub fn is_newest(&self, store: &Store) -> bool {
        store.changes().is_unchanged(self.since, &[topic()])
    }
}

/// What is registered, shared by all requests.
#[derive(Debug, Default)]
pub struct RegisteredDocuments {
    known: RwLock<Option<Arc<Registered>>>,
    /// One asks at a time.
    turn: Mutex<()>,
}

impl RegisteredDocuments {
    /// What is registered: everything that was acknowledged before this was asked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest(&self, store: &Store) -> Result<Arc<Registered>, DbErr> {
        store.position().await?;
        if let Some(known) = self.known(store) {
            return Ok(known);
        }
        let _turn = self.turn.lock().await;
        // Before it is read: what is committed later stands after it in the log.
        let since = store.position().await?;
        if let Some(known) = self.known(store) {
            return Ok(known);
        }
        let mut index = Index::default();
        for row in fetch::<DocumentRow>(store.read(), &documents()).await? {
            let text = row.text.unwrap_or_default();
            let added = DocumentName::parse(&row.name).and_then(|name| index.add(name, &text, Some(row.id)));
            if let Err(problem) = added {
                tracing::warn!(name = row.name, problem, "a registered document is left out");
            }
        }
        let known = Arc::new(Registered { since, index });
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&known));
        Ok(known)
    }

    fn known(&self, store: &Store) -> Option<Arc<Registered>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| known.is_newest(store)).cloned()
    }
}
