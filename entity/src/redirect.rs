//! Old addresses, and what stands there now.

use sea_orm::entity::prelude::*;

use crate::{CategoryId, PostId, PublicationId, RedirectId, SeriesId, TagId, Timestamp};

/// A row of `redirect`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "redirect")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RedirectId,
    /// Whose address it is.
    pub publication_id: PublicationId,
    /// The old path, from `/`, without a trailing slash; unique in the publication.
    #[sea_orm(column_type = "Text")]
    pub path: String,
    /// The post or page that stands there now.
    pub post_id: Option<PostId>,
    /// The tag that stands there now.
    pub tag_id: Option<TagId>,
    /// The category that stands there now.
    pub category_id: Option<CategoryId>,
    /// The series that stands there now.
    pub series_id: Option<SeriesId>,
    /// Or any other address.
    #[sea_orm(column_type = "Text", nullable)]
    pub target_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
