//! Telling a CDN what changed: asked for in the transaction that changed it, and done by a job. What the job reads is the
//! log of changes after the position that was told last, so that one job does for many changes, and nothing is lost.

use entity::cdn_purge::{ActiveModel, Column, Entity};
use futures_util::FutureExt;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait};

use crate::domain::job::{self, NewJob, Task};
use crate::store::read::Reads;
use crate::store::row::fetch_cell;
use crate::store::{Store, Transaction};

/// There is one row.
const ID: i32 = 1;

/// A part of the log of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The position before its first row; none for everything.
    pub after: Option<i64>,
    /// The position of its last row.
    pub to: i64,
}

/// Has every transaction of this process that changes what readers see ask for a purge.
pub fn follow(store: &Store) {
    store
        .changes()
        .follow(|transaction| async move { job::enqueue(transaction, purge()).await }.boxed());
}

/// A job that tells the CDN what it was not told yet. Asked for while it runs, it is begun again: it may have read the log
/// already.
pub fn purge() -> NewJob {
    NewJob::new(Task::PurgeCdn(None)).unless_waiting("purge-cdn".to_owned())
}

/// Up to where the CDN was told; none before it was told anything.
///
/// # Errors
/// When the database fails.
pub async fn position(database: &impl Reads) -> Result<Option<i64>, DbErr> {
    let statement = Query::select().column(Column::Position).from(Entity).take();
    fetch_cell(database, &statement).await
}

/// Notes that the CDN was told up to a position, unless another process has noted something meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn note(transaction: &Transaction, before: Option<i64>, position: i64) -> Result<(), DbErr> {
    if let Some(before) = before {
        let update = Query::update()
            .table(Entity)
            .value(Column::Position, position)
            .and_where(Column::Position.eq(before))
            .take();
        return transaction.execute(&update).await.map(drop);
    }
    let row = ActiveModel {
        id: ActiveValue::Set(ID),
        position: ActiveValue::Set(position),
    };
    let insert = Entity::insert(row).on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned());
    insert.exec_without_returning(transaction).await.map(drop)
}
