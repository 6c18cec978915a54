//! What was revoked lately: sessions, users, keys and applications whose access tokens no longer work.

use sea_orm::entity::prelude::*;

use crate::{RevocationId, Timestamp};

/// A row of `revocation`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revocation")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RevocationId,
    /// The id of the session, user, API key or application.
    pub subject_id: Uuid,
    /// When.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
