//! Posts: articles and pages, in every state of their life.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{MediaId, PostId, PublicationId, SeriesId, Timestamp};

/// Articles are listed by date; pages stand in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PostKind {
    /// An article.
    Article,
    /// A page.
    Page,
}

/// Where a post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PostStatus {
    /// Being written.
    Draft,
    /// Waiting for an editor.
    InReview,
    /// Goes public at `published_at`.
    Scheduled,
    /// Public, as far as its visibility goes.
    Published,
    /// Taken down, kept.
    Archived,
    /// In the trash.
    Trashed,
}

/// Who may read a published post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Visibility {
    /// Everybody; listed.
    Public,
    /// Everybody who knows its address; never listed.
    Unlisted,
    /// Members of the publication.
    Members,
    /// Its authors and the editors.
    Private,
}

/// What a post's source is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SourceFormat {
    /// `CommonMark` with GitHub's extensions.
    Markdown,
    /// HTML.
    Html,
}

/// A row of `post`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "post")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PostId,
    /// Where it appears.
    pub publication_id: PublicationId,
    /// The published or archived post whose working copy this row is: the text that is to replace the post's, with tags
    /// and categories. Such a row has no address (its slug is its id), no authors, and stands in no list.
    pub draft_of: Option<PostId>,
    /// Where the working copy of this post stands, if it has one: the copy's `status`, for the lists of the desk.
    pub draft_status: Option<PostStatus>,
    /// Article or page.
    pub kind: PostKind,
    /// Where it stands between draft and archive.
    pub status: PostStatus,
    /// Who may read it once published.
    pub visibility: Visibility,
    /// Its name in addresses; unique per publication and kind.
    pub slug: String,
    /// Its title, plain text.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// The summary its author wrote, plain text; `lead` stands in where there is none.
    #[sea_orm(column_type = "Text", nullable)]
    pub excerpt: Option<String>,
    /// The start of the text, cut from it at write time, so that lists read no body.
    #[sea_orm(column_type = "Text")]
    pub lead: String,
    /// What `body_source` is written in.
    pub source_format: SourceFormat,
    /// The text exactly as written.
    #[sea_orm(column_type = "Text")]
    pub body_source: String,
    /// The sanitised rendering of the source.
    #[sea_orm(column_type = "Text")]
    pub body_html: String,
    /// The rendering without markup.
    #[sea_orm(column_type = "Text")]
    pub body_text: String,
    /// The headings of the rendering, in order.
    #[sea_orm(column_type = "JsonBinary")]
    pub table_of_contents: Json,
    /// The addresses of other sites that the text links to, in order.
    #[sea_orm(column_type = "JsonBinary")]
    pub outbound_links: Json,
    /// Words of `body_text`.
    pub word_count: i32,
    /// Minutes to read it, at least 1.
    pub reading_minutes: i32,
    /// Pinned by the editors (WordPress: sticky).
    pub is_featured: bool,
    /// The picture that stands for it.
    pub featured_media_id: Option<MediaId>,
    /// The series that it is a part of.
    pub series_id: Option<SeriesId>,
    /// Its place in the series, from 1; 0 without one.
    pub series_position: i32,
    /// The page above this one.
    pub parent_id: Option<PostId>,
    /// Its place among the pages of one parent.
    pub position: i32,
    /// Where the original was published, when elsewhere.
    pub canonical_url: Option<String>,
    /// Fields that the publication defines, an object.
    #[sea_orm(column_type = "JsonBinary")]
    pub custom_fields: Json,
    /// What an editor asked to be changed, while that waits to be done.
    #[sea_orm(column_type = "Text", nullable)]
    pub review_note: Option<String>,
    /// Visible comments, kept exact by the transactions that change them.
    pub comment_count: i32,
    /// When it went or (scheduled) goes public.
    pub published_at: Option<Timestamp>,
    /// Counts up with every save; `expectedVersion` guards with it.
    pub version: i32,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
