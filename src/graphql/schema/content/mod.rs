//! What posts and pages share: fields, mutations and states.

mod body;
mod editing;
mod list;
mod mutation;
mod query;
mod related;
mod relations;
mod states;
mod transition;

use std::sync::Arc;

use async_graphql::{InputObject, InputType};
use entity::post::PostKind;

pub use list::{ContentCount, ContentList, Direction};
pub(super) use list::{at_root, order_key};
pub use mutation::{CreateFields, UpdateFields};
pub(super) use mutation::{done, maybe, named};
pub(super) use query::{by_slug, query};
pub use relations::ContentById;
pub use states::{PostStatus, SourceFormat, Visibility};

use super::json::JsonValue;
use super::page::Page;
use super::post::Post;
use super::{Mutation, node, preview};
use crate::domain::post::{Arrangement, PostRow, noun};
use crate::domain::redirect::Target;
use crate::domain::render::truncate;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::{Fields, Object, abstract_type};

/// Default length of an excerpt.
const EXCERPT_LENGTH: i32 = 300;
/// Maximum length of an excerpt.
const MAX_EXCERPT_LENGTH: usize = 600;

abstract_type! {
    /// A post or a page: the fields that both have.
    Content [..] { Post, Page }
}

impl Content {
    /// The post or page of this row.
    pub fn of(row: Arc<PostRow>) -> Option<Self> {
        match row.kind {
            PostKind::Article => Post::of(row).map(Self::Post),
            PostKind::Page => Page::of(row).map(Self::Page),
        }
    }

    /// Path on the front end.
    pub fn path(&self) -> String {
        match self {
            Self::Post(post) => post.path(),
            Self::Page(page) => page.path(),
        }
    }
}

/// A type of content: posts, or pages.
pub trait ContentObject: Object {
    /// What its rows are.
    const KIND: PostKind;
    /// The type of its ids.
    const NODE: NodeType;
    /// What one is called: also the name of the field that has it.
    const NOUN: &'static str = noun(Self::KIND);

    /// What only editors change of one, in the description of the mutation that updates it.
    const EDITOR_FIELDS: &'static str;

    /// Input of the mutation that creates one.
    type Create: InputType + Send + 'static;
    /// Input of the mutation that updates one.
    type Update: InputType + Send + 'static;

    /// What one is created with, and its place.
    fn create(input: Self::Create) -> (CreateFields, Arrangement);

    /// What one is updated with, and its place.
    fn update(input: Self::Update) -> (UpdateFields, Arrangement);

    /// Its row.
    fn row(&self) -> &PostRow;

    /// The object of this row; none if that is of the other kind.
    fn of(row: Arc<PostRow>) -> Option<Self>;

    /// Path on the front end.
    fn path(&self) -> String {
        Target::Post(self.row().id).path(&self.row().slug)
    }
}

/// Describes the fields of a type of content. Those that both types have are the fields of [`Content`].
pub(super) fn fields<T: ContentObject>(fields: &mut Fields<T>) {
    node::id(fields, T::NODE, |item| item.row().id);
    fields.implements::<Content>();
    state(fields);
    summary(fields);
    body::fields(fields);
    properties(fields);
    related::fields(fields);
    editing::fields(fields);
    related::comments(fields);
}

fn state<T: ContentObject>(fields: &mut Fields<T>) {
    fields.value("status", "Stage of publication, from draft to archive.", |item| {
        PostStatus::from(item.row().status)
    });
    fields.value("visibility", "Who may read it once it is published.", |item| {
        Visibility::from(item.row().visibility)
    });
}

fn summary<T: ContentObject>(fields: &mut Fields<T>) {
    fields.text(
        "slug",
        "Slug, unique among the posts, or the pages, of the publication.",
        |item| &item.row().slug,
    );
    fields.value("path", "Path on the front end, as `resolvePath` accepts it.", T::path);
    fields.text("title", "Title, plain text.", |item| &item.row().title);
    fields.value_with(
        "excerpt",
        "Summary, plain text: the one that its author wrote, or else the start of the body.",
        |item: &T, arguments: &ExcerptArguments| excerpt(item.row(), arguments.length),
    );
}

/// Arguments of `excerpt`.
#[derive(InputObject)]
struct ExcerptArguments {
    /// Maximum number of characters, 1 to 600, default 300; cut at a word boundary.
    #[graphql(default_with = "EXCERPT_LENGTH")]
    length: i32,
}

fn excerpt(row: &PostRow, length: i32) -> Result<String> {
    let length = usize::try_from(length)
        .ok()
        .filter(|length| (1..=MAX_EXCERPT_LENGTH).contains(length))
        .ok_or_else(|| Fault::BadRequest(format!("`length` is {length}; allowed is 1 to {MAX_EXCERPT_LENGTH}.")))?;
    Ok(truncate(row.excerpt.as_deref().unwrap_or(&row.lead), length))
}

fn properties<T: ContentObject>(fields: &mut Fields<T>) {
    fields.optional_text(
        "canonicalUrl",
        "URL of the original, if it was published elsewhere first.",
        |item| item.row().canonical_url.as_deref(),
    );
    fields.value(
        "customFields",
        "Custom fields, an object that matches the publication's `customFieldSchema`.",
        |item| JsonValue::new(&item.row().custom_fields),
    );
    fields.value(
        "publishedAt",
        "Time of publication, past or scheduled; null for a draft that was never published.",
        |item| item.row().published_at,
    );
    fields.value("createdAt", "Creation time.", |item| item.row().created_at);
    fields.value("updatedAt", "Time of the last change.", |item| item.row().updated_at);
    fields.value("version", "Version, incremented by every save.", |item| {
        item.row().version
    });
}

/// A name or a description in which `{noun}` stands for what one of a type of content is called. It lives as long as the
/// program, as the types do.
pub(super) fn words<T: ContentObject>(template: &str) -> &'static str {
    Box::leak(template.replace("{noun}", T::NOUN).into_boxed_str())
}

/// The mutations of a type of content.
pub(super) fn mutation<T: ContentObject>(fields: &mut Fields<Mutation>) {
    mutation::mutation::<T>(fields);
    transition::mutation::<T>(fields);
    preview::mutation::<T>(fields);
}
