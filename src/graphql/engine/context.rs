//! What the fields of a request have at hand.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::limits::Limits;
use super::loader::{Reader, Source};
use super::upload::Uploads;
use crate::budget::Budget;
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::media::Library;
use crate::store::read::Database;

/// One request: who asks, and what has been loaded for them.
pub struct RequestContext {
    /// Reads relations.
    pub reader: Reader,
    /// Accounts, which mutations change.
    pub accounts: Accounts,
    /// Media files, which mutations change.
    pub library: Library,
    /// Files that came with the request.
    pub uploads: Uploads,
    /// Where this installation is reached, without a trailing slash; media addresses begin with it.
    pub base_url: Arc<str>,
    /// What a document may ask for.
    pub limits: Arc<Limits>,
    /// What it may load and write.
    pub budget: Budget,
    /// Held while it compares revisions.
    pub comparing: Mutex<()>,
}

impl RequestContext {
    /// A request by `viewer`.
    pub fn new(
        database: Database,
        viewer: Viewer,
        accounts: Accounts,
        library: Library,
        base_url: Arc<str>,
        limits: Arc<Limits>,
        budget: Budget,
    ) -> Self {
        let database = database.within(budget.clone());
        Self {
            reader: Reader::new(Source { database, viewer }),
            accounts,
            library,
            uploads: Uploads::default(),
            base_url,
            limits,
            budget,
            comparing: Mutex::default(),
        }
    }

    /// Who asks.
    pub fn viewer(&self) -> Viewer {
        self.reader.source().viewer
    }

    /// Where it is read.
    pub fn database(&self) -> &Database {
        &self.reader.source().database
    }

    /// The slug of the publication that a root field means: the given one, else the configured default; none for the oldest.
    pub fn publication<'a>(&'a self, given: Option<&'a str>) -> Option<&'a str> {
        given.or(self.accounts.settings.publications.default.as_deref())
    }
}
