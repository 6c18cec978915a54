//! The public lists that each published, public post stands in: those of its publication, series, tags, authors and
//! categories, with the categories above. Derived from `post` and its links; see `quoin::domain::listing`.

use sea_orm::entity::prelude::*;

use crate::post::PostKind;
use crate::{PostId, PublicationId, Timestamp};

/// A row of `listing`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "listing")]
pub struct Model {
    /// The post.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post_id: PostId,
    /// Id of the publication, series, tag, author or category whose list this is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub list_id: Uuid,
    /// The post's publication.
    pub publication_id: PublicationId,
    /// The post's kind.
    pub kind: PostKind,
    /// The post's date of publication.
    pub published_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
