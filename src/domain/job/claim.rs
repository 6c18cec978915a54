//! How workers come by jobs. A worker takes one for a while, its lease, and asks for more time as long as it is at it; when
//! it is heard of no more, another takes the job over. The claim that the worker made up stands in the row, and whoever
//! ends the job does so by that claim: of two who believe that they have a job, one finishes it.

use std::fmt::{Debug, Formatter};
use std::time::Duration;

use chrono::TimeDelta;
use entity::job::{Column, Entity, JobStatus};
use entity::{JobId, Timestamp};
use sea_orm::sea_query::{ExprTrait, Order, Query, UpdateStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Backoff, Failure};
use crate::store::Store;
use crate::store::dialect::skip_locked;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch_one, row};
use crate::store::sql::{constant, scalar};

/// When the workers are needed next.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// When the first of the jobs that wait is due.
    pub ready: Option<Timestamp>,
    /// When the first lease ends of those that are running.
    pub lost: Option<Timestamp>,
}

/// When the workers are needed next; a read alone, so that looking often costs little.
///
/// # Errors
/// When the database fails.
pub async fn due(database: &impl Reads) -> Result<Due, DbErr> {
    let earliest = |column: Column, status| {
        let statement = Query::select()
            .expr(column.into_expr().min())
            .from(Entity)
            .and_where(Column::Status.into_expr().eq(constant(status)))
            .take();
        scalar(statement)
    };
    let statement = Query::select()
        .expr(earliest(Column::RunAt, JobStatus::Ready))
        .expr(earliest(Column::LockedUntil, JobStatus::Running))
        .take();
    let rows = database.rows(&statement).await?;
    match rows.each().next() {
        Some(cells) => Ok(Due {
            ready: cells.get(0)?,
            lost: cells.get(1)?,
        }),
        None => Ok(Due {
            ready: None,
            lost: None,
        }),
    }
}

row! {
    /// A job that is due.
    struct DueRow of job {
        /// The id.
        pub id: JobId = Id,
        /// What is to be done.
        pub kind: String = Kind,
        /// What it takes.
        pub payload: Value = Payload,
        /// How often it was begun.
        pub attempts: i32 = Attempts,
        /// After how many it is given up.
        pub most_attempts: i32 = MostAttempts,
    }
}

/// A job that a worker has.
#[derive(Clone)]
pub struct Claim {
    /// The id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// What it takes.
    pub payload: Value,
    /// The how manieth attempt this is, from 1.
    pub attempts: i32,
    most_attempts: i32,
    token: Uuid,
}

impl Debug for Claim {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Claim")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl Claim {
    /// A change of the job, as long as it is this worker's.
    fn change(&self) -> UpdateStatement {
        Query::update()
            .table(Entity)
            .and_where(Column::Id.eq(self.id))
            .and_where(Column::Claim.eq(self.token))
            .take()
    }

    /// The same, after which it is nobody's.
    fn end(&self, status: JobStatus) -> UpdateStatement {
        self.change()
            .value(Column::Status, status)
            .value(Column::Claim, None::<Uuid>)
            .value(Column::LockedUntil, None::<Timestamp>)
            .take()
    }
}

/// Takes the job that has been due for the longest, for the time of a lease; none when there is none that others do not
/// have.
///
/// # Errors
/// When the database fails.
pub async fn claim(store: &Store, lease: Duration) -> Result<Option<Claim>, DbErr> {
    let transaction = store.write().await?;
    let (token, now) = (Uuid::now_v7(), entity::now());
    let mut statement = Query::select();
    DueRow::select(&mut statement);
    statement
        .from(Entity)
        .and_where(Column::Status.into_expr().eq(constant(JobStatus::Ready)))
        .and_where(Column::RunAt.lte(now))
        .order_by(Column::RunAt, Order::Asc)
        .order_by(Column::Id, Order::Asc)
        .limit(1);
    skip_locked(&transaction, &mut statement);
    let Some(row) = fetch_one::<DueRow>(&transaction, &statement).await? else {
        transaction.rollback().await?;
        return Ok(None);
    };
    let take = Query::update()
        .table(Entity)
        .value(Column::Status, JobStatus::Running)
        .value(Column::Claim, token)
        .value(Column::LockedUntil, after(now, lease))
        .value(Column::Attempts, row.attempts + 1)
        .and_where(Column::Id.eq(row.id))
        .take();
    transaction.execute(&take).await?;
    transaction.commit().await?;
    Ok(Some(Claim {
        id: row.id,
        kind: row.kind,
        payload: row.payload,
        attempts: row.attempts + 1,
        most_attempts: row.most_attempts,
        token,
    }))
}

/// Takes the jobs away from workers that were not heard of for the time of a lease. A job that was begun as often as is
/// allowed goes to the dead: it may be what ends its workers.
///
/// # Errors
/// When the database fails.
pub async fn reclaim(database: &impl ConnectionTrait) -> Result<(), DbErr> {
    let now = entity::now();
    let lost = |status| {
        Query::update()
            .table(Entity)
            .value(Column::Status, status)
            .value(Column::Claim, None::<Uuid>)
            .value(Column::LockedUntil, None::<Timestamp>)
            .value(Column::LastError, "its worker stopped in the middle")
            .and_where(Column::Status.into_expr().eq(constant(JobStatus::Running)))
            .and_where(Column::LockedUntil.lte(now))
            .take()
    };
    let (attempts, most) = (Column::Attempts.into_expr(), Column::MostAttempts.into_expr());
    let given_up = lost(JobStatus::Dead)
        .value(Column::FinishedAt, now)
        .and_where(attempts.gte(most))
        .take();
    database.execute(&given_up).await?;
    database.execute(&lost(JobStatus::Ready)).await.map(drop)
}

/// Asks for more time. False when the job is no longer this worker's.
///
/// # Errors
/// When the database fails.
pub async fn extend(database: &impl ConnectionTrait, claim: &Claim, lease: Duration) -> Result<bool, DbErr> {
    let until = after(entity::now(), lease);
    let statement = claim.change().value(Column::LockedUntil, until).take();
    changed_one(database, &statement).await
}

/// Says that a job is done, in the transaction of what it did. False when it is no longer this worker's: then nothing of
/// that may be kept. The payload goes, and the key may be used again.
///
/// # Errors
/// When the database fails.
pub async fn finish(transaction: &impl ConnectionTrait, claim: &Claim) -> Result<bool, DbErr> {
    let statement = claim
        .end(JobStatus::Done)
        .value(Column::Payload, json!({}))
        .value(Column::UniqueKey, None::<String>)
        .value(Column::FinishedAt, entity::now())
        .take();
    changed_one(transaction, &statement).await
}

/// Says that a job failed. It is begun again after a pause, or, after as many attempts as it has, goes to the dead; which
/// of the two, unless it is no longer this worker's.
///
/// # Errors
/// When the database fails.
pub async fn fail(
    database: &impl ConnectionTrait,
    claim: &Claim,
    failure: &Failure,
    backoff: Backoff,
) -> Result<Option<JobStatus>, DbErr> {
    let now = entity::now();
    let is_dead = failure.is_last || claim.attempts >= claim.most_attempts;
    let (status, column, time) = if is_dead {
        (JobStatus::Dead, Column::FinishedAt, now)
    } else {
        let pause = backoff.pause_after(claim.attempts, failure);
        (JobStatus::Ready, Column::RunAt, after(now, pause))
    };
    let statement = claim
        .end(status)
        .value(column, time)
        .value(Column::LastError, failure.stored())
        .take();
    let is_ours = changed_one(database, &statement).await?;
    Ok(is_ours.then_some(status))
}

/// Gives a job back that was begun and not done, as though it had not been begun.
///
/// # Errors
/// When the database fails.
pub async fn give_back(database: &impl ConnectionTrait, claim: &Claim) -> Result<(), DbErr> {
    let statement = claim
        .end(JobStatus::Ready)
        .value(Column::Attempts, claim.attempts - 1)
        .take();
    database.execute(&statement).await.map(drop)
}

async fn changed_one(database: &impl ConnectionTrait, statement: &UpdateStatement) -> Result<bool, DbErr> {
    Ok(database.execute(statement).await?.rows_affected() == 1)
}

fn after(time: Timestamp, pause: Duration) -> Timestamp {
    let pause = TimeDelta::from_std(pause).unwrap_or(TimeDelta::days(1));
    entity::to_stored(time + pause)
}
