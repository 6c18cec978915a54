use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{DbBackend, DbErr};

use super::topic::Topic;
use crate::store::read::{Reads, Rows};

/// What an answer shows, noted as it is read. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Shown(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    topics: HashSet<Topic, RandomState>,
    /// Something was read of which nobody said what it shows, or whose changes the log does not tell.
    is_vague: bool,
}

/// How many topics an answer may show to be kept.
const MOST: usize = 5_000;

impl Shown {
    /// Notes topics.
    pub fn note(&self, topics: impl IntoIterator<Item = Topic>) {
        self.noted().topics.extend(topics);
    }

    /// Notes that something was read of which nobody said what it shows, or whose changes the log does not tell.
    pub(in crate::store) fn note_vague(&self) {
        self.noted().is_vague = true;
    }

    /// All that was shown; none when that is not known, or is too much.
    pub fn topics(&self) -> Option<Box<[Topic]>> {
        let noted = self.noted();
        let is_known = !noted.is_vague && noted.topics.len() <= MOST;
        is_known.then(|| noted.topics.iter().copied().collect())
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads of which it was said what they show: see [`Reads::showing`].
pub struct Showing<'a, D>(&'a D);

impl<'a, D: Reads> Showing<'a, D> {
    /// Reads that show these topics, beside the things that their rows are.
    pub(in crate::store) fn new(database: &'a D, topics: impl IntoIterator<Item = Topic>) -> Self {
        if let Some(shown) = database.shown() {
            shown.note(topics);
        }
        Self(database)
    }
}

impl<D: Reads> Reads for Showing<'_, D> {
    fn backend(&self) -> DbBackend {
        self.0.backend()
    }

    fn shown(&self) -> Option<&Shown> {
        self.0.shown()
    }

    async fn rows(&self, statement: &SelectStatement) -> Result<Rows, DbErr> {
        self.0.rows_as_said(statement).await
    }

    async fn rows_as_said(&self, statement: &SelectStatement) -> Result<Rows, DbErr> {
        self.0.rows_as_said(statement).await
    }
}
