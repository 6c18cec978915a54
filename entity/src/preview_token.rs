//! Leave to see one post as its draft, for a front end without an account. The token itself is signed, not stored.

use sea_orm::entity::prelude::*;

use crate::{PostId, PreviewTokenId, Timestamp, UserId};

/// A row of `preview_token`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "preview_token")]
pub struct Model {
    /// The id, which the token holds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PreviewTokenId,
    /// The post.
    pub post_id: PostId,
    /// Who gave the leave; it ends with their membership.
    pub creator_id: UserId,
    /// Until when.
    pub expires_at: Timestamp,
    /// Since when.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
