//! Who wrote a post, in byline order.

use sea_orm::entity::prelude::*;

use crate::{PostId, UserId};

/// A row of `post_author`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "post_author")]
pub struct Model {
    /// The post.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post_id: PostId,
    /// The author.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// The place in the byline, from 0.
    pub position: i32,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
