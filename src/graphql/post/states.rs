//! What a post can be, and its headings.

use async_graphql::{Enum, SimpleObject};
use entity::{PostId, post as stored};

use crate::domain::post::PostHtml;
use crate::domain::render::Heading;
use crate::graphql::error::{Fault, Result};

/// Articles are listed by date; pages stand in a tree.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::PostKind")]
pub enum PostKind {
    /// An article.
    Article,
    /// A page.
    Page,
}

/// Where a post stands between draft and archive.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::PostStatus")]
pub enum PostStatus {
    /// Being written.
    Draft,
    /// Waiting for an editor.
    InReview,
    /// Goes public at `publishedAt`.
    Scheduled,
    /// Public, as far as its visibility goes.
    Published,
    /// Taken down, kept.
    Archived,
    /// In the trash: only its authors and the editors find it.
    Trashed,
}

/// Who may read a published post.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::Visibility")]
pub enum Visibility {
    /// Everybody; listed.
    Public,
    /// Everybody who knows its address or id; never listed.
    Unlisted,
    /// Members of the publication.
    Members,
    /// Its authors and the editors.
    Private,
}

/// What a text is written in.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::SourceFormat")]
pub enum SourceFormat {
    /// CommonMark with GitHub's extensions.
    Markdown,
    /// HTML.
    Html,
}

/// A heading of a post: an entry of its table of contents.
#[derive(Clone, SimpleObject)]
pub struct TableOfContentsEntry {
    /// 1 to 6, as in `h1` to `h6`.
    pub(in crate::graphql) level: i32,
    /// The `id` of the heading in `bodyHtml`: link to it with `#`.
    pub(in crate::graphql) anchor: String,
    /// The heading, plain text.
    pub(in crate::graphql) text: String,
}

impl TableOfContentsEntry {
    /// The entries of the text of a post.
    pub(in crate::graphql) fn all(post: PostId, body: &PostHtml) -> Result<Vec<Self>> {
        let headings: Vec<Heading> = serde_json::from_value(body.table_of_contents.clone()).map_err(|error| {
            tracing::error!(%error, %post, "the stored table of contents is unreadable");
            Fault::Internal
        })?;
        Ok(headings.into_iter().map(Self::from).collect())
    }
}

impl From<Heading> for TableOfContentsEntry {
    fn from(heading: Heading) -> Self {
        Self {
            level: heading.level.into(),
            anchor: heading.id,
            text: heading.text,
        }
    }
}
