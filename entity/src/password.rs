//! The passwords of accounts, apart from the accounts so that nothing that shows people can show them.

use sea_orm::entity::prelude::*;

use crate::{Hidden, Timestamp, UserId};

/// A row of `password`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "password")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// Its hash, as a PHC string.
    pub hash: Hidden,
    /// When it was last chosen, or hashed anew.
    pub changed_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
