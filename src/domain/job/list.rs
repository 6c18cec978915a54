use std::collections::HashMap;

use entity::job::{Column, Entity, JobStatus};
use entity::{JobId, Timestamp};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};

use super::policy;
use crate::domain::account;
use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::domain::viewer::Viewer;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_count, fetch_one, row};
use crate::store::sql::count_all;

row! {
    /// A job, without what it takes.
    pub struct JobRow of job {
        /// The id.
        pub id: JobId = Id,
        /// What is to be done.
        pub kind: String = Kind,
        /// Where it stands.
        pub status: JobStatus = Status,
        /// When it is due.
        pub run_at: Timestamp = RunAt,
        /// How often it was begun.
        pub attempts: i32 = Attempts,
        /// After how many it is given up.
        pub most_attempts: i32 = MostAttempts,
        /// Why it failed the last time.
        pub last_error: Option<String> = LastError,
        /// Until when a worker has it, unless that asks for more time.
        pub locked_until: Option<Timestamp> = LockedUntil,
        /// What only one job may be about at a time.
        pub unique_key: Option<String> = UniqueKey,
        /// When it was asked for.
        pub created_at: Timestamp = CreatedAt,
        /// When it was done or given up.
        pub finished_at: Option<Timestamp> = FinishedAt,
    }
}

impl JobRow {
    /// Its place in the list, which is ordered by time.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Time(self.created_at),
            id: self.id.0,
        }
    }
}

/// Which jobs: all conditions that are given hold at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct JobFilter {
    /// Where they stand.
    pub status: Option<JobStatus>,
    /// What is to be done.
    pub kind: Option<String>,
}

impl JobFilter {
    /// Those that stand here.
    pub fn status(status: JobStatus) -> Self {
        Self {
            status: Some(status),
            kind: None,
        }
    }

    fn apply(&self, statement: &mut SelectStatement) {
        if let Some(status) = self.status {
            statement.and_where(Column::Status.eq(status));
        }
        if let Some(kind) = &self.kind {
            statement.and_where(Column::Kind.eq(kind.as_str()));
        }
    }
}

fn jobs() -> SelectStatement {
    let mut statement = Query::select();
    JobRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// A page of jobs, the newest first.
pub async fn list(database: &impl Reads, filter: &JobFilter, request: &PageRequest) -> Result<Page<JobRow>, DbErr> {
    let mut statement = jobs();
    filter.apply(&mut statement);
    request.apply(
        &mut statement,
        &Column::CreatedAt.into_expr(),
        &Column::Id.into_expr(),
        true,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// How many jobs there are.
pub async fn count(database: &impl Reads, filter: &JobFilter) -> Result<i64, DbErr> {
    let mut statement = Query::select().expr(count_all()).from(Entity).take();
    filter.apply(&mut statement);
    fetch_count(database, &statement).await
}

/// How many jobs have waited for a worker since before a time.
pub async fn count_waiting_since(database: &impl Reads, time: Timestamp) -> Result<i64, DbErr> {
    let mut statement = Query::select().expr(count_all()).from(Entity).take();
    statement
        .and_where(Column::Status.eq(JobStatus::Ready))
        .and_where(Column::RunAt.lt(time));
    fetch_count(database, &statement).await
}

/// The job with this id.
pub async fn by_id(database: &impl Reads, id: JobId) -> Result<Option<JobRow>, DbErr> {
    fetch_one(database, &jobs().and_where(Column::Id.eq(id)).take()).await
}

/// The jobs with these ids, for those who look after them.
pub async fn by_ids(database: &impl Reads, viewer: Viewer, ids: &[JobId]) -> Result<HashMap<JobId, JobRow>, DbErr> {
    if policy::may_manage(account::standing(database, viewer).await?).is_err() {
        return Ok(HashMap::new());
    }
    let statement = jobs().and_where(any_of(database, Column::Id.into_expr(), ids)).take();
    let rows = fetch::<JobRow>(database, &statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
