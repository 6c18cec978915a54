//! Jobs: what is to be done later, by whichever process of the installation comes first. A job is asked for in the
//! transaction of the act that needs it, so that both are kept or neither. `docs/jobs.md` says how they are run.

mod bell;
mod claim;
mod failure;
mod list;
pub mod policy;
mod retry;
mod task;

pub use bell::Bell;
pub use claim::{Claim, Due, claim, due, extend, fail, finish, give_back, reclaim};
pub use failure::{Backoff, Failure};
pub use list::{JobFilter, JobRow, by_id, by_ids, count, count_waiting_since, list};
pub use retry::{retry, retry_all_dead};
pub use task::{PUBLISH_POST, PURGE_CDN, SEND_LETTER, Task};

use chrono::TimeDelta;
use entity::job::{ActiveModel, Column, Entity, JobStatus};
use entity::{JobId, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

/// How often a job is begun before it is given up: with the pauses between, some four hours.
const MOST_ATTEMPTS: i32 = 16;
/// How long done jobs are kept: long enough to see that they were.
const DONE_KEPT: TimeDelta = TimeDelta::days(1);
/// How long jobs are kept that were given up.
const DEAD_KEPT: TimeDelta = TimeDelta::days(30);

/// A job to be done.
#[derive(Debug)]
pub struct NewJob {
    task: Task,
    run_at: Timestamp,
    unique_key: Option<String>,
    /// Whether it replaces one that waits, too.
    replaces: bool,
}

impl NewJob {
    /// A job that is due at once.
    pub fn new(task: Task) -> Self {
        Self {
            task,
            run_at: entity::now(),
            unique_key: None,
            replaces: true,
        }
    }

    /// The same, due at this time.
    #[must_use]
    pub fn at(self, time: Timestamp) -> Self {
        Self {
            run_at: entity::to_stored(time),
            ..self
        }
    }

    /// The same, in place of the job with this key that is not done yet, if there is one.
    #[must_use]
    pub fn unique(self, key: String) -> Self {
        Self {
            unique_key: Some(key),
            ..self
        }
    }

    /// The same, unless a job with this key waits for its time already, which does for this one as well. One that is
    /// running may have begun too early to, and one that was given up does nothing: those it replaces.
    #[must_use]
    pub fn unless_waiting(self, key: String) -> Self {
        Self {
            replaces: false,
            ..self.unique(key)
        }
    }
}

/// Asks for a job in the transaction of the act that needs it; afterwards commit with
/// [`Accounts::commit`](crate::domain::accounts::Accounts::commit), which wakes a worker. A job that this one replaces is
/// not done any more, even when a worker has it already: what it did is rolled back.
///
/// # Errors
/// When the database fails.
pub async fn enqueue(transaction: &impl ConnectionTrait, new: NewJob) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: ActiveValue::Set(JobId::new()),
        kind: ActiveValue::Set(new.task.kind().to_owned()),
        payload: ActiveValue::Set(new.task.payload()),
        status: ActiveValue::Set(JobStatus::Ready),
        run_at: ActiveValue::Set(new.run_at),
        attempts: ActiveValue::Set(0),
        most_attempts: ActiveValue::Set(MOST_ATTEMPTS),
        last_error: ActiveValue::Set(None),
        claim: ActiveValue::Set(None),
        locked_until: ActiveValue::Set(None),
        unique_key: ActiveValue::Set(new.unique_key),
        created_at: ActiveValue::Set(entity::now()),
        finished_at: ActiveValue::Set(None),
    };
    // One statement, so that of two who come at the same time the later one replaces the other's.
    let mut replace = OnConflict::column(Column::UniqueKey)
        .update_columns([
            Column::Kind,
            Column::Payload,
            Column::Status,
            Column::RunAt,
            Column::Attempts,
            Column::MostAttempts,
            Column::LastError,
            Column::Claim,
            Column::LockedUntil,
            Column::CreatedAt,
            Column::FinishedAt,
        ])
        .to_owned();
    if !new.replaces {
        replace.action_and_where(Column::Status.ne(JobStatus::Ready));
    }
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await
        .map(drop)
}

/// Takes back the job with this key, unless it is done. A worker that has it already cannot finish it. A job must not take
/// back itself: that undoes what it did.
///
/// # Errors
/// When the database fails.
pub async fn cancel(transaction: &impl ConnectionTrait, unique_key: &str) -> Result<(), DbErr> {
    let delete = Entity::delete_many().filter(Column::UniqueKey.eq(unique_key));
    delete.exec(transaction).await.map(drop)
}

/// Removes jobs that ended long ago.
///
/// # Errors
/// When the database fails.
pub async fn sweep(database: &impl ConnectionTrait) -> Result<(), DbErr> {
    let now = entity::now();
    for (status, kept) in [(JobStatus::Done, DONE_KEPT), (JobStatus::Dead, DEAD_KEPT)] {
        let delete = Entity::delete_many()
            .filter(Column::Status.eq(status))
            .filter(Column::FinishedAt.lt(now - kept));
        delete.exec(database).await?;
    }
    Ok(())
}
