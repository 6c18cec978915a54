//! Refresh tokens, of which each is good for one use (RFC 9700 §4.14.2).

use sea_orm::entity::prelude::*;

use crate::{Hidden, SessionId, Timestamp};

/// A row of `refresh_token`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Hidden,
    /// The session that it continues.
    pub session_id: SessionId,
    /// When it was given out.
    pub created_at: Timestamp,
    /// When it was used; a second use ends the session.
    pub used_at: Option<Timestamp>,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
