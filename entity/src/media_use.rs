//! Which posts show which files: in their text, or as the picture that stands for them.

use sea_orm::entity::prelude::*;

use crate::{MediaId, PostId};

/// A row of `media_use`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "media_use")]
pub struct Model {
    /// The file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub media_id: MediaId,
    /// The post.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post_id: PostId,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
