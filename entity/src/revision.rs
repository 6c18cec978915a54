//! The text of a post after each save. Every version of a post has a row.

use sea_orm::entity::prelude::*;

use crate::post::SourceFormat;
use crate::{PostId, RevisionId, Timestamp, UserId};

/// A row of `revision`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RevisionId,
    /// The post.
    pub post_id: PostId,
    /// The user who saved it; none for an import.
    pub editor_id: Option<UserId>,
    /// The post's version after the save.
    pub version: i32,
    /// The title then.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// The excerpt then.
    #[sea_orm(column_type = "Text", nullable)]
    pub excerpt: Option<String>,
    /// The custom fields then.
    #[sea_orm(column_type = "JsonBinary")]
    pub custom_fields: Json,
    /// What the source is written in.
    pub source_format: SourceFormat,
    /// The source then.
    #[sea_orm(column_type = "Text")]
    pub body_source: String,
    /// When it was saved. Consecutive saves by one editor within five minutes share the time of the first.
    pub created_at: Timestamp,
    /// When a later one of these saves took its place. Superseded revisions are not listed, and are deleted after a day.
    pub superseded_at: Option<Timestamp>,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
