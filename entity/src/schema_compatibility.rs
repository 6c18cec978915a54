//! Which versions of Quoin can work on this database.

use sea_orm::entity::prelude::*;

/// The row of `schema_compatibility`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schema_compatibility")]
pub struct Model {
    /// 1: there is one row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The name of the newest migration that a program must know to work on this database.
    pub required: String,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
