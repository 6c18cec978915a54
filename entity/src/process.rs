//! Processes that are at work on the database, each as long as it renews its row.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Activity {
    /// It serves requests.
    Serve,
    /// It imports.
    Import,
    /// It exports.
    Export,
}

/// A row of `process`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "process")]
pub struct Model {
    /// The id, made up when the process began.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it does.
    pub activity: Activity,
    /// Slug of the publication that it imports into; none for the whole instance.
    pub publication: Option<String>,
    /// User, host and process id, for people.
    #[sea_orm(column_type = "Text")]
    pub holder: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was last seen, by the clock of the database.
    pub seen_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
