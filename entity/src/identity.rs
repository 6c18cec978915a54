//! Who somebody is at an outside provider.

use sea_orm::entity::prelude::*;

use crate::{IdentityId, Timestamp, UserId};

/// A row of `identity`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "identity")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentityId,
    /// The account that it opens.
    pub user_id: UserId,
    /// The provider, by the address that it calls itself (`iss`).
    pub issuer: String,
    /// What the provider calls the person (`sub`); unique for each issuer.
    pub subject: String,
    /// The address that the provider told, lower-cased.
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When it was last used to sign in.
    pub last_used_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
