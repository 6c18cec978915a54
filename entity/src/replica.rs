//! The processes that keep answers, for which whoever changes something has to wait.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A row of `replica`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "replica")]
pub struct Model {
    /// What the process made up when it started.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When it was heard of last.
    pub seen_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
