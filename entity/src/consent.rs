//! What accounts have let applications do.

use sea_orm::entity::prelude::*;

use crate::{OauthClientId, Timestamp, UserId};

/// A row of `consent`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// The application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: OauthClientId,
    /// The scopes, parted by spaces.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// When it was last given.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
