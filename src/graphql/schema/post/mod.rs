//! Posts: articles and pages.

mod body;
mod editing;
mod mutation;
mod query;
mod related;
mod relations;
mod states;
mod transition;

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::InputObject;
use entity::{PostId, SeriesId};

pub(super) use query::{PostArguments, PostBy, by_slug, query};
pub use relations::PostById;
pub use states::{PostKind, PostStatus, SourceFormat, Visibility};

use super::json::JsonValue;
use super::{Mutation, node};
use crate::domain::page::{Position, SortKind};
use crate::domain::post::{PostField, PostOrder, PostRow};
use crate::domain::redirect::Target;
use crate::domain::render::truncate;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::{Fields, Listed, Object};

/// Default length of an excerpt.
const EXCERPT_LENGTH: i32 = 300;
/// Maximum length of an excerpt.
const MAX_EXCERPT_LENGTH: usize = 600;

/// A post: an article or a page.
#[derive(Clone)]
pub struct Post(Arc<PostRow>);

impl From<PostRow> for Post {
    fn from(row: PostRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Post {
    /// Its row.
    pub fn row(&self) -> &PostRow {
        &self.0
    }

    /// Path on the front end.
    pub fn path(&self) -> String {
        Target::Post(self.0.id).path(&self.0.slug)
    }

    fn excerpt(&self, length: i32) -> Result<String> {
        let length = usize::try_from(length)
            .ok()
            .filter(|length| (1..=MAX_EXCERPT_LENGTH).contains(length))
            .ok_or_else(|| Fault::BadRequest(format!("`length` is {length}; allowed is 1 to {MAX_EXCERPT_LENGTH}.")))?;
        Ok(truncate(self.0.excerpt.as_deref().unwrap_or(&self.0.lead), length))
    }

    /// The key of [`relations::InSeries`]; none without a series.
    fn in_series(&self) -> Option<(SeriesId, PostId)> {
        self.0.series_id.map(|series| (series, self.0.id))
    }
}

/// An object type that has the fields of posts.
pub(super) trait PostObject: Object {
    /// The post.
    fn post(&self) -> &Post;

    /// Its row.
    fn row(&self) -> &PostRow {
        self.post().row()
    }
}

impl PostObject for Post {
    fn post(&self) -> &Post {
        self
    }
}

impl Object for Post {
    const DESCRIPTION: &'static str = "A post: an article or a page.";

    fn type_name() -> Cow<'static, str> {
        "Post".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Post, |post| post.row().id);
        post_fields(fields);
    }
}

/// Describes the fields of posts, other than `id`.
pub(super) fn post_fields<T: PostObject>(fields: &mut Fields<T>) {
    state(fields);
    summary(fields);
    body::fields(fields);
    properties(fields);
    related::fields(fields);
    editing::fields(fields);
    related::comments(fields);
}

fn state<T: PostObject>(fields: &mut Fields<T>) {
    fields.value("kind", "Article or page.", |post| PostKind::from(post.row().kind));
    fields.value("status", "Stage of publication, from draft to archive.", |post| {
        PostStatus::from(post.row().status)
    });
    fields.value("visibility", "Who may read it once it is published.", |post| {
        Visibility::from(post.row().visibility)
    });
}

fn summary<T: PostObject>(fields: &mut Fields<T>) {
    fields.text(
        "slug",
        "Slug, unique among the articles, or the pages, of the publication.",
        |post| &post.row().slug,
    );
    fields.value("path", "Path on the front end, as `resolvePath` accepts it.", |post| {
        post.post().path()
    });
    fields.text("title", "Title, plain text.", |post| &post.row().title);
    fields.value_with(
        "excerpt",
        "Summary, plain text: the one that its author wrote, or else the start of the body.",
        |post: &T, arguments: &ExcerptArguments| post.post().excerpt(arguments.length),
    );
}

/// Arguments of `excerpt`.
#[derive(InputObject)]
struct ExcerptArguments {
    /// Maximum number of characters, 1 to 600, default 300; cut at a word boundary.
    #[graphql(default_with = "EXCERPT_LENGTH")]
    length: i32,
}

fn properties<T: PostObject>(fields: &mut Fields<T>) {
    fields.value("isFeatured", "Whether editors have pinned it.", |post| {
        post.row().is_featured
    });
    fields.optional_text(
        "canonicalUrl",
        "URL of the original, if it was published elsewhere first.",
        |post| post.row().canonical_url.as_deref(),
    );
    fields.value(
        "customFields",
        "Custom fields, an object that matches the publication's `customFieldSchema`.",
        |post| JsonValue::new(&post.row().custom_fields),
    );
    fields.value(
        "publishedAt",
        "Time of publication, past or scheduled; null for a draft that was never published.",
        |post| post.row().published_at,
    );
    fields.value("createdAt", "Creation time.", |post| post.row().created_at);
    fields.value("updatedAt", "Time of the last change.", |post| post.row().updated_at);
    fields.value("version", "Version, incremented by every save.", |post| {
        post.row().version
    });
}

impl Listed for Post {
    type Order = PostOrder;

    fn order_key(order: PostOrder) -> (&'static str, SortKind) {
        match (order.field, order.descending) {
            (PostField::PublishedAt, false) => ("p", SortKind::Time),
            (PostField::PublishedAt, true) => ("p-", SortKind::Time),
            (PostField::UpdatedAt, false) => ("u", SortKind::Time),
            (PostField::UpdatedAt, true) => ("u-", SortKind::Time),
            (PostField::Title, false) => ("t", SortKind::Text),
            (PostField::Title, true) => ("t-", SortKind::Text),
            (PostField::SeriesPosition, false) => ("s", SortKind::Number),
            (PostField::SeriesPosition, true) => ("s-", SortKind::Number),
            (PostField::Position, false) => ("o", SortKind::Number),
            (PostField::Position, true) => ("o-", SortKind::Number),
        }
    }

    fn position(&self, order: PostOrder) -> Position {
        order.position(self.row())
    }
}

/// The mutations of posts.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    mutation::mutation(fields);
    transition::mutation(fields);
}
