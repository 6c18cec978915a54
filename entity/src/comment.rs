//! What readers say below a post, in threads.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{CommentId, PostId, Timestamp, UserId};

/// Where a comment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CommentKind {
    /// A reader.
    Comment,
    /// Another site that links here and says so.
    Pingback,
    /// Another site's excerpt that links here.
    Trackback,
}

/// Whether readers see a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CommentStatus {
    /// Waiting for a moderator.
    Pending,
    /// Seen by all.
    Visible,
    /// Taken down.
    Hidden,
    /// Unwanted.
    Spam,
    /// Removed; its place in the thread remains.
    Deleted,
}

/// A row of `comment`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "comment")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommentId,
    /// The post.
    pub post_id: PostId,
    /// The comment that this one answers.
    pub parent_id: Option<CommentId>,
    /// The account of its author, where there is one.
    pub author_id: Option<UserId>,
    /// The name that its author gave.
    pub author_name: String,
    /// The address that its author gave; never shown to readers.
    pub author_email: Option<String>,
    /// The site that its author gave.
    pub author_url: Option<String>,
    /// A comment, or a notice from another site.
    pub kind: CommentKind,
    /// Whether readers see it.
    pub status: CommentStatus,
    /// The text exactly as written.
    #[sea_orm(column_type = "Text")]
    pub body_source: String,
    /// The sanitised rendering.
    #[sea_orm(column_type = "Text")]
    pub body_html: String,
    /// How many comments stand above it in its thread.
    pub depth: i32,
    /// Visible direct answers, kept exact by the transactions that change them.
    pub reply_count: i32,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
