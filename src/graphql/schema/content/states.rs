//! States and formats of posts and pages.

use async_graphql::Enum;
use entity::post as stored;

/// Stage of publication.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::PostStatus")]
pub enum PostStatus {
    /// Draft, not submitted for review.
    Draft,
    /// Waiting for review by an editor.
    InReview,
    /// To be published at `publishedAt`.
    Scheduled,
    /// Published, as far as the visibility allows.
    Published,
    /// No longer public, and otherwise unchanged.
    Archived,
    /// In the trash: visible only to its authors and to editors.
    Trashed,
}

/// Who may read it once it is published.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::Visibility")]
pub enum Visibility {
    /// Everyone; listed.
    Public,
    /// Everyone who knows its path or id; not listed.
    Unlisted,
    /// Members of the publication.
    Members,
    /// Its authors and editors.
    Private,
}

/// Format of the source of a body.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::SourceFormat")]
pub enum SourceFormat {
    /// CommonMark with GitHub's extensions.
    Markdown,
    /// HTML.
    Html,
}
