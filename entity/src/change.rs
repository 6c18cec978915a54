//! The log of what readers are shown differently since.

use sea_orm::entity::prelude::*;

/// A row of `change`: what one transaction changed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    /// Its place in the order of commits, from 1 and without gaps. Old rows go.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// What it was about, as `store::changes` writes it.
    #[sea_orm(column_type = "Text")]
    pub topics: String,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
