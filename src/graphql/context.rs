//! What one request carries to its resolvers.

use std::sync::Arc;

use async_graphql::Context;
use tokio::sync::Mutex;

use super::error::{Fault, Result};
use super::limits::Limits;
use super::loader::{Reader, Source};
use super::plan::{Children, Plan, Selected, plan};
use crate::budget::Budget;
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::media::Library;
use crate::store::read::Database;

/// One request: who asks, and what has been loaded for them.
pub struct RequestContext {
    /// Reads relations.
    pub reader: Reader,
    /// The accounts, whose verbs mutations call.
    pub accounts: Accounts,
    /// The files, likewise.
    pub library: Library,
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
            base_url,
            limits,
            budget,
            comparing: Mutex::default(),
        }
    }

    /// The request at hand.
    pub fn of<'a>(context: &Context<'a>) -> Result<&'a Self> {
        context.data::<Self>().map_err(|_| Fault::Internal)
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

    /// Loads everything that the field at hand selects below what it is about to return.
    pub async fn plan<C: Children>(&self, context: &Context<'_>, found: &C) -> Result<()> {
        let items = found.items();
        let selected = Selected::field(context.field());
        let below = if C::CONNECTION { selected.nodes() } else { selected };
        plan(&self.reader, &items, below.children()).await
    }

    /// Plans for one object and returns it.
    pub async fn planned<T: Plan>(&self, context: &Context<'_>, found: Option<T>) -> Result<Option<T>> {
        self.plan(context, &found).await?;
        Ok(found)
    }
}
