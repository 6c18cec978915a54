//! What was revoked lately: access tokens carry no state, so every process keeps the short list of what ended before
//! its tokens expire, and looks at it instead of the database.
//!
//! A process that could not look for a second asks the database before it takes a token, so that a token never works
//! for longer than that after its session ended, on whichever replica.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entity::revocation::{ActiveModel, Column, Entity};
use entity::{RevocationId, Timestamp};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::store::Store;
use crate::store::read::Reads;
use crate::store::sql::insert;

/// How old the last look may be.
const FRESH: Duration = Duration::from_millis(800);
/// How long a revocation matters: the longest lifetime of an access token, and some more.
const MATTERS: TimeDelta = TimeDelta::minutes(20);
/// How far back each look goes behind the newest row it knows, for rows that were written earlier and committed later,
/// and for clocks that differ.
const OVERLAP: TimeDelta = TimeDelta::minutes(2);
/// How many seconds younger than a revocation a token may be and still be meant by it: it was given out while the
/// revocation was being written, or by a replica whose clock is ahead.
const MARGIN: i64 = 5;

/// Notes that access tokens of these sessions, users, API keys or applications work no longer. Takes effect everywhere
/// within a second of the commit.
pub async fn revoke(transaction: &impl ConnectionTrait, subjects: Vec<Uuid>) -> Result<(), DbErr> {
    let now = entity::now();
    let rows = subjects.into_iter().map(|subject| ActiveModel {
        id: ActiveValue::Set(RevocationId::new()),
        subject_id: ActiveValue::Set(subject),
        created_at: ActiveValue::Set(now),
    });
    insert::<Entity, _>(transaction, rows.collect()).await
}

/// What the revocations mean for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// Nothing that it stands for was revoked.
    None,
    /// A revocation is so close that the token may be older or newer.
    Possible,
    /// It was issued before a revocation.
    Certain,
}

/// What is known to be revoked, shared by all requests. Cheap to clone.
#[derive(Clone)]
pub struct Revocations(Arc<Shared>);

struct Shared {
    known: RwLock<Known>,
    /// One look at a time.
    turn: Mutex<()>,
}

struct Known {
    subjects: HashMap<Uuid, Timestamp>,
    newest: Timestamp,
    looked_at: Instant,
}

impl Revocations {
    pub(in crate::domain) async fn open(store: &Store) -> Result<Self, DbErr> {
        let shared = Shared {
            known: RwLock::new(Known {
                subjects: HashMap::new(),
                newest: entity::now() - MATTERS,
                looked_at: Instant::now(),
            }),
            turn: Mutex::default(),
        };
        let revocations = Self(Arc::new(shared));
        revocations.refresh(store).await?;
        Ok(revocations)
    }

    /// Looks what was revoked since the last look, by this process or another.
    ///
    /// # Errors
    /// When the database fails; what is known stays.
    pub async fn refresh(&self, store: &Store) -> Result<(), DbErr> {
        let _turn = self.0.turn.lock().await;
        self.look(store).await
    }

    async fn look(&self, store: &Store) -> Result<(), DbErr> {
        let begun = Instant::now();
        let since = self.0.known.read().unwrap_or_else(PoisonError::into_inner).newest - OVERLAP;
        let statement = Query::select()
            .column(Column::SubjectId)
            .column(Column::CreatedAt)
            .from(Entity)
            .and_where(Column::CreatedAt.gt(since))
            .take();
        let rows = store.reserved().rows(&statement).await?;
        let rows = rows.each().map(|cells| Ok((cells.get(0)?, cells.get(1)?)));
        let rows = rows.collect::<Result<Vec<(Uuid, Timestamp)>, DbErr>>()?;
        let now = entity::now();
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        for (subject, at) in rows {
            let latest = known.subjects.entry(subject).or_insert(at);
            *latest = at.max(*latest);
            // A clock that is ahead must not hide what others write.
            known.newest = known.newest.max(at.min(now));
        }
        let oldest = now - MATTERS;
        known.subjects.retain(|_, at| *at > oldest);
        known.newest = known.newest.max(oldest);
        known.looked_at = begun;
        Ok(())
    }

    /// Whether any of these was revoked after a token was issued, or at about the same time. Asks nobody as long as the
    /// last look is fresh.
    ///
    /// # Errors
    /// When a look is due and the database fails.
    pub async fn cover(&self, store: &Store, subjects: &[Uuid], issued_at: i64) -> Result<Coverage, DbErr> {
        if let Some(covered) = self.known(subjects, issued_at) {
            return Ok(covered);
        }
        let _turn = self.0.turn.lock().await;
        // Of all who wait here, the first looks for the others.
        if let Some(covered) = self.known(subjects, issued_at) {
            return Ok(covered);
        }
        self.look(store).await?;
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        Ok(known.covers(subjects, issued_at))
    }

    /// How many are kept in memory.
    pub fn count(&self) -> usize {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        known.subjects.len()
    }

    /// None when the last look is too old to tell.
    fn known(&self, subjects: &[Uuid], issued_at: i64) -> Option<Coverage> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        (known.looked_at.elapsed() < FRESH).then(|| known.covers(subjects, issued_at))
    }
}

impl Known {
    fn covers(&self, subjects: &[Uuid], issued_at: i64) -> Coverage {
        let coverage = |subject: &Uuid| match self.subjects.get(subject).map(Timestamp::timestamp) {
            Some(at) if at > issued_at => Coverage::Certain,
            Some(at) if at + MARGIN >= issued_at => Coverage::Possible,
            _ => Coverage::None,
        };
        subjects.iter().map(coverage).max().unwrap_or(Coverage::None)
    }
}
