//! Jobs: what is to be done later, by whichever process comes first.

use sea_orm::entity::prelude::*;

use crate::{JobId, Timestamp};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobStatus {
    /// It waits for its time.
    Ready,
    /// A worker has it.
    Running,
    /// It was done; kept for a while, so that one sees that it was.
    Done,
    /// It failed for good, and waits for somebody to look.
    Dead,
}

/// A row of `job`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// What is to be done, as `domain::job` names it.
    pub kind: String,
    /// What it takes: an object, empty once the job is done. What is secret in it is sealed.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// Where it stands.
    pub status: JobStatus,
    /// When it is due.
    pub run_at: Timestamp,
    /// How often a worker has begun it.
    pub attempts: i32,
    /// After how many it is given up.
    pub most_attempts: i32,
    /// Why it failed the last time, for administrators.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// What the worker that has it made up when it took it: only who knows it may finish it.
    pub claim: Option<Uuid>,
    /// Until when that worker has it, unless it asks for more time.
    pub locked_until: Option<Timestamp>,
    /// What only one job may be about at a time, until it is done.
    pub unique_key: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was done or given up.
    pub finished_at: Option<Timestamp>,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
