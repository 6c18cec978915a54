//! How far a CDN was told what changed.

use sea_orm::entity::prelude::*;

/// The one row of `cdn_purge`; none before the CDN was told anything.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cdn_purge")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The position of the log of changes up to which it was told.
    pub position: i64,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
