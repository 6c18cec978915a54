//! What readers are shown differently since: a log in the database, against which every process checks the answers that it
//! keeps. docs/caching.md has the argument why none of them is stale.
//!
//! A transaction that changes what readers see names the topics ([`Transaction::changed`](super::Transaction::changed)),
//! which its commit writes to the log. A process that keeps answers looks at the log before it gives one, unless it has
//! looked less than [`LEASE`] ago; whoever commits waits that long before it says so, where there are other processes.

mod known;
mod shown;
mod since;
mod topic;

pub use shown::{Showing, Shown};
pub use since::{Changed, changed};
pub use topic::Topic;

use std::fmt::{Debug, Formatter};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use entity::{change, change_clock, replica};
use futures_util::future::BoxFuture;
use known::Known;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{ActiveValue, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::Transaction;
use super::failure_log::log_failure;
use super::pool::Pool;
use super::read::Reads;
use super::row::{fetch_cell, row};

/// How old the last look at the log may be when an answer is given.
const LEASE: Duration = Duration::from_millis(100);
/// How long a writer waits for the leases of others to end: somewhat more, since clocks run differently fast.
const WAIT: Duration = Duration::from_millis(110);
/// The age at which a look is taken again beforehand, so that no reader has to wait for it.
const RENEWAL: Duration = Duration::from_millis(50);
/// How often a process says that it is there, while it keeps answers.
const SEEN_EVERY: Duration = Duration::from_secs(30);
/// How long it goes on without being able to say so.
const SEEN_WITHIN: Duration = Duration::from_secs(600);
/// After how long a process that said nothing is forgotten. Clocks of different machines may differ by nearly as much.
const FORGOTTEN_AFTER: chrono::TimeDelta = chrono::TimeDelta::hours(1);
/// Rows of the log that one statement reads.
const BATCH: usize = 500;
/// How many rows before its beginning a process reads.
const HISTORY: i64 = 400;
/// How many rows the log keeps. Whoever was away for longer begins anew.
const KEPT: i64 = 20_000;

row! {
    /// A row of the log.
    pub struct ChangeRow of change {
        /// Its position.
        pub position: i64 = Position,
        /// What changed.
        pub topics: String = Topics,
    }
}

/// The log of changes, as this process knows it. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct ChangeLog(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Names this process to others.
    replica: Uuid,
    known: RwLock<Known>,
    /// One look at a time; when this process was last seen.
    turn: tokio::sync::Mutex<Option<Instant>>,
    sequel: OnceLock<Sequel>,
}

/// What a transaction writes beside the log when it changes what readers see.
type Write = dyn for<'a> Fn(&'a Transaction) -> BoxFuture<'a, Result<(), DbErr>> + Send + Sync;

/// The same, of which nothing can be shown.
struct Sequel(Box<Write>);

impl Debug for Sequel {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sequel")
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            replica: Uuid::now_v7(),
            known: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            sequel: OnceLock::new(),
        }
    }
}

impl ChangeLog {
    /// The newest position, as of a moment at most [`LEASE`] ago: whatever was committed, and waited for, before that stands at
    /// it or before. What is read from now on is at least as new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn position(&self, database: &Pool) -> Result<i64, DbErr> {
        if let Some(position) = self.at_hand(database) {
            return Ok(position);
        }
        self.look_once(database, Instant::now()).await?;
        self.known()
            .position
            .ok_or_else(|| DbErr::Custom("the log has no position".to_owned()))
    }

    /// The position, if the last look is fresh enough; one that is not as fresh as could be is taken again meanwhile.
    fn at_hand(&self, database: &Pool) -> Option<i64> {
        let (age, position) = {
            let known = self.known();
            (known.counting_look()?.elapsed(), known.position?)
        };
        if age > RENEWAL
            && age < LEASE
            && let Ok(turn) = self.0.turn.try_lock()
        {
            drop(turn);
            let (log, database, asked_at) = (self.clone(), database.clone(), Instant::now());
            tokio::spawn(async move {
                if let Err(error) = log.look_once(&database, asked_at).await {
                    log_failure(&error, "the log of changes cannot be read");
                }
            });
        }
        (age < LEASE).then_some(position)
    }

    /// Whether nothing of `topics` changed since a position, as far as the last look tells.
    pub fn is_unchanged(&self, since: i64, topics: &[Topic]) -> bool {
        self.known().is_unchanged(since, topics)
    }

    /// Looks, unless somebody has begun to since `asked_at`, whose turn was waited for.
    async fn look_once(&self, database: &Pool, asked_at: Instant) -> Result<(), DbErr> {
        let mut seen_at = self.0.turn.lock().await;
        let is_older = |looked_at: Instant| looked_at < asked_at;
        if self.known().counting_look().is_none_or(is_older) {
            self.look(database, &mut seen_at).await?;
        }
        Ok(())
    }

    async fn look(&self, database: &Pool, seen_at: &mut Option<Instant>) -> Result<(), DbErr> {
        let now = Instant::now();
        // Before the look: a writer that does not find this process has committed what the look will see.
        let last = *seen_at;
        let is_older = |age: Duration| last.is_none_or(|last| now - last > age);
        if is_older(SEEN_EVERY) {
            match self.appear(database).await {
                Ok(()) => *seen_at = Some(now),
                Err(error) if is_older(SEEN_WITHIN) => return Err(error),
                // The disk is full, or another writer of SQLite takes long. This process is found as it is.
                Err(error) => tracing::debug!(%error, "this process cannot say that it caches responses"),
            }
        }
        let began_at = Instant::now();
        let known = self.known().position;
        let mut position = if let Some(position) = known {
            position
        } else {
            // Somewhat earlier, so that what others made before this process began can be judged.
            let position = Ord::max(newest(database).await? - HISTORY, 0);
            self.known_mut().begin_at(position);
            position
        };
        loop {
            let rows = changes_after(database, position).await?;
            let mut known = self.known_mut();
            for row in &rows {
                known.note(row.position, &topic::read(&row.topics));
                position = row.position;
            }
            if rows.len() < BATCH {
                known.looked_at = Some(began_at);
                return Ok(());
            }
        }
    }

    /// Says to writers that this process keeps answers.
    async fn appear(&self, database: &Pool) -> Result<(), DbErr> {
        let row = replica::ActiveModel {
            id: ActiveValue::Set(self.0.replica),
            seen_at: ActiveValue::Set(entity::now()),
        };
        let again = OnConflict::column(replica::Column::Id)
            .update_column(replica::Column::SeenAt)
            .to_owned();
        let insert = replica::Entity::insert(row).on_conflict(again);
        insert.exec_without_returning(database).await.map(drop)
    }

    /// Says that this process keeps no answers any more, so that nobody waits for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn leave(&self, database: &Pool) -> Result<(), DbErr> {
        let mut seen_at = self.0.turn.lock().await;
        self.expire();
        *seen_at = None;
        let own = replica::Entity::delete_by_id(self.0.replica);
        own.exec(database).await.map(drop)
    }

    /// Has every transaction that adds to the log write this too. The first who asks for it has it.
    pub fn follow(
        &self,
        write: impl for<'a> Fn(&'a Transaction) -> BoxFuture<'a, Result<(), DbErr>> + Send + Sync + 'static,
    ) {
        self.0.sequel.get_or_init(|| Sequel(Box::new(write)));
    }

    /// Adds what a transaction changed, at its end: from here to the commit, others wait with theirs.
    pub(super) async fn append(&self, transaction: &Transaction, topics: Vec<Topic>) -> Result<(), DbErr> {
        let column = change_clock::Column::Position;
        let tick = change_clock::Entity::update_many().col_expr(column, column.into_expr().add(1));
        tick.exec(transaction).await?;
        let row = change::ActiveModel {
            position: ActiveValue::Set(newest(transaction).await?),
            topics: ActiveValue::Set(topic::write(topics)),
        };
        change::Entity::insert(row).exec_without_returning(transaction).await?;
        match self.0.sequel.get() {
            Some(Sequel(write)) => write(transaction).await,
            None => Ok(()),
        }
    }

    /// After a commit: this process looks again before it gives an answer that it keeps, and when others may keep some,
    /// they have looked again when this is done.
    pub(super) async fn settle(&self, database: &Pool) {
        self.expire();
        let others = Query::select()
            .column(replica::Column::Id)
            .from(replica::Entity)
            .and_where(replica::Column::Id.ne(self.0.replica))
            .limit(1)
            .take();
        let found = fetch_cell::<Uuid>(database, &others).await;
        // Who cannot tell waits, too.
        if !matches!(found, Ok(None)) {
            tokio::time::sleep(WAIT).await;
        }
    }

    fn expire(&self) {
        self.known_mut().expired_at = Some(Instant::now());
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_mut(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The newest position of the log.
async fn newest(database: &impl Reads) -> Result<i64, DbErr> {
    let clock = Query::select()
        .column(change_clock::Column::Position)
        .from(change_clock::Entity)
        .take();
    Ok(fetch_cell(database, &clock).await?.unwrap_or_default())
}

async fn changes_after(database: &impl Reads, position: i64) -> Result<Vec<ChangeRow>, DbErr> {
    let mut statement = Query::select();
    <ChangeRow as super::row::Row>::select(&mut statement);
    statement
        .from(change::Entity)
        .and_where(change::Column::Position.gt(position))
        .order_by(change::Column::Position, Order::Asc)
        .limit(BATCH as u64);
    super::row::fetch(database, &statement).await
}

/// Removes the log's oldest rows, and processes that were not heard of for long.
///
/// # Errors
/// When the database fails.
pub async fn sweep(database: &Pool) -> Result<(), DbErr> {
    let gone = replica::Entity::delete_many().filter(replica::Column::SeenAt.lt(entity::now() - FORGOTTEN_AFTER));
    gone.exec(database).await?;
    let newest = newest(database).await?;
    let old = change::Entity::delete_many().filter(Expr::col(change::Column::Position).lte(newest - KEPT));
    old.exec(database).await.map(drop)
}
