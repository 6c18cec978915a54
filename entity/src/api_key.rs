//! Keys for builds and servers: each acts for the account that made it, within its scopes.

use sea_orm::entity::prelude::*;

use crate::{ApiKeyId, Hidden, Timestamp, UserId};

/// A row of `api_key`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// The id, a part of the key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    /// For whom it acts.
    pub user_id: UserId,
    /// What its owner knows it by.
    pub name: String,
    /// SHA-256 of its secret.
    pub digest: Hidden,
    /// What it may do, as scopes parted by spaces.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it works; none: until it is revoked.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
