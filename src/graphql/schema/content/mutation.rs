//! Mutations that save posts and pages, and leave their state as it is.

use std::sync::Arc;

use async_graphql::{ID, InputObject, Json, MaybeUndefined, OneofObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{ContentObject, SourceFormat, Visibility, words};
use crate::domain::post::{self, Arrangement, NamedTag, NewPost, PostChange, PostRef, PostRow};
use crate::domain::refusal::Refusal;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given, given_post};
use crate::graphql::engine::{Fields, Payload, returns};
use crate::graphql::schema::Mutation;

/// The mutations that save a type of content.
pub(super) fn mutation<T: ContentObject>(fields: &mut Fields<Mutation>) {
    fields.mutation(
        words::<T>("{noun}Create"),
        words::<T>(
            "Creates a {noun} as a draft. Requires membership (the AUTHOR role for new tags, the EDITOR role as in \
             `{noun}Update`, and for other authors than the viewer alone) and the `write` scope.",
        ),
        returns(T::NOUN, words::<T>("The {noun}.")),
        |request, input| Box::pin(create::<T>(request, input)),
    );
    fields.mutation(
        words::<T>("{noun}Update"),
        words::<T>(&format!("{UPDATE} {}.", T::EDITOR_FIELDS)),
        returns(
            T::NOUN,
            words::<T>("The {noun}; if it is published or archived, its `draft` has the new content."),
        ),
        |request, input| Box::pin(update::<T>(request, input)),
    );
    fields.mutation(
        words::<T>("{noun}RestoreRevision"),
        words::<T>(
            "Restores the content of a revision as a new save, so that nothing is lost. Requires the same role as \
             changing the content with `{noun}Update`, and the `write` scope.",
        ),
        returns(
            T::NOUN,
            words::<T>("The {noun}; if it is published or archived, its `draft` has the content of the revision."),
        ),
        |request, input| Box::pin(restore_revision::<T>(request, input)),
    );
}

const UPDATE: &str = "Updates a {noun}: fields that are left out, or given as they are, remain unchanged. A published or \
    archived {noun} remains as it is until `{noun}Publish`: its new content (title, excerpt, body, visibility, tags, \
    categories, featured image, canonical URL and custom fields) is saved to a working copy, its `draft`. Everything else \
    applies at once. Either all of it is saved or, if there are `userErrors`, nothing. A save that changes anything gives a \
    new version, one that changes the content also a revision. Requires membership (the EDITOR role for those of other \
    authors) and the `write` scope; the AUTHOR role for content while the {noun} or its working copy is scheduled, for the \
    slug and `publishedAt` of what is scheduled, published or archived, and for new tags; the EDITOR role for";

/// The post or page that an input names.
pub(in crate::graphql::schema) fn named<T: ContentObject>(id: &ID) -> PostRef {
    PostRef::of(T::KIND, given_post(id))
}

/// What a mutation did, as an object.
pub(in crate::graphql::schema) fn done<T: ContentObject>(
    request: &RequestContext,
    outcome: std::result::Result<PostRow, Refusal>,
) -> Result<Payload<Option<T>>> {
    Payload::of(request, outcome.map(|row| T::of(Arc::new(row))))
}

fn given_all<I: From<Uuid>>(node_type: NodeType, ids: &[ID]) -> Vec<I> {
    ids.iter().map(|id| given(node_type, id)).collect()
}

/// None if the field is undefined, `Some(None)` if it is null.
#[allow(clippy::option_option)] // The three cases of a partial update.
pub(in crate::graphql::schema) fn maybe<T, U>(given: MaybeUndefined<T>, convert: impl Fn(T) -> U) -> Option<Option<U>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(convert(value))),
    }
}

/// A tag: exactly one of its id and its name.
#[derive(OneofObject)]
enum TagInput {
    /// Global id of a tag of the publication.
    Id(ID),
    /// Name of a tag, 1 to 255 characters, in upper or lower case. If the publication has no such tag, it is created, which
    /// requires the AUTHOR role.
    Name(String),
}

impl From<TagInput> for NamedTag {
    fn from(input: TagInput) -> Self {
        match input {
            TagInput::Id(id) => Self::Id(given(NodeType::Tag, &id)),
            TagInput::Name(name) => Self::Name(name),
        }
    }
}

/// What posts and pages are created and updated with.
#[derive(InputObject)]
struct ContentFields {
    /// Slug: any text is converted to one. No other may have it. Of a new one, default: derived from the title, with a
    /// number if it is in use. Applies at once; if it was ever public, its old path redirects to the new one.
    slug: Option<String>,
    /// Excerpt, plain text, at most 2,000 characters. Null uses the start of the body instead.
    excerpt: MaybeUndefined<String>,
    /// Source of the body, at most 1,000,000 bytes.
    body_source: Option<String>,
    /// Format of `bodySource`; MARKDOWN for a new one by default.
    source_format: Option<SourceFormat>,
    /// Who may read it once it is published; PUBLIC for a new one by default.
    visibility: Option<Visibility>,
    /// Global ids of the authors in byline order, 1 to 100: members of the publication, or authors of others in it. Of a
    /// new one, default: the viewer alone. Applies at once.
    author_ids: Option<Vec<ID>>,
    /// All tags in order, at most 100.
    tags: Option<Vec<TagInput>>,
    /// Global ids of all categories in order, at most 100.
    category_ids: Option<Vec<ID>>,
    /// Global id of the featured image. Null removes it.
    featured_image_id: MaybeUndefined<ID>,
    /// URL of the original, if it was published elsewhere first. Null removes it.
    canonical_url: MaybeUndefined<String>,
    /// All custom fields, an object that matches the publication's `customFieldSchema`.
    custom_fields: Option<Json<serde_json::Value>>,
}

impl ContentFields {
    fn change(self, title: Option<String>, mut place: Arrangement) -> PostChange {
        place.slug = self.slug;
        place.authors = self.author_ids.map(|ids| given_all(NodeType::User, &ids));
        PostChange {
            title,
            excerpt: maybe(self.excerpt, |text| text),
            source: self.body_source,
            source_format: self.source_format.map(Into::into),
            visibility: self.visibility.map(Into::into),
            tags: self.tags.map(|tags| tags.into_iter().map(NamedTag::from).collect()),
            categories: self.category_ids.map(|ids| given_all(NodeType::Category, &ids)),
            featured_media: maybe(self.featured_image_id, |id| given(NodeType::Media, &id)),
            canonical_url: maybe(self.canonical_url, |url| url),
            custom_fields: self.custom_fields.map(|Json(fields)| fields),
            place,
        }
    }
}

/// Input of the mutations that create, other than the place of what they create.
#[derive(InputObject)]
pub struct CreateFields {
    /// Global id of the publication.
    publication_id: ID,
    /// Title, one line of plain text, 1 to 500 characters.
    title: String,
    #[graphql(flatten)]
    content: ContentFields,
}

async fn create<T: ContentObject>(request: &RequestContext, input: T::Create) -> Result<Payload<Option<T>>> {
    let (fields, place) = T::create(input);
    let new = NewPost {
        publication: given(NodeType::Publication, &fields.publication_id),
        kind: T::KIND,
        change: fields.content.change(Some(fields.title), place),
    };
    done(request, post::create(&request.accounts, request.viewer(), new).await)
}

/// Input of the mutations that update, other than the place of what they update.
#[derive(InputObject)]
pub struct UpdateFields {
    /// Global id.
    id: ID,
    /// Version that the client last read, of `draft` if there is one. If it is no longer the newest, nothing is
    /// changed, and the error CONFLICT has `expectedVersion`, `currentVersion`, `expectedRevisionId` and
    /// `currentRevisionId` in its `extensions`. The expected revision has exactly the text that the client read; its id
    /// is null if that revision has been deleted.
    expected_version: Option<i32>,
    /// Title, one line of plain text, 1 to 500 characters.
    title: Option<String>,
    #[graphql(flatten)]
    content: ContentFields,
    /// Time of publication of what is published, not in the future: corrects it at once.
    published_at: Option<DateTime<Utc>>,
}

async fn update<T: ContentObject>(request: &RequestContext, input: T::Update) -> Result<Payload<Option<T>>> {
    let (fields, place) = T::update(input);
    let place = Arrangement {
        published_at: fields.published_at,
        ..place
    };
    let (which, expected) = (named::<T>(&fields.id), fields.expected_version);
    let change = fields.content.change(fields.title, place);
    done(
        request,
        post::update(&request.accounts, request.viewer(), which, expected, change).await,
    )
}

#[derive(InputObject)]
struct RestoreRevisionInput {
    /// Global id.
    id: ID,
    /// Global id of the revision.
    revision_id: ID,
    /// Version that the client last read, of `draft` if there is one. A mismatch returns CONFLICT; see
    /// `PostUpdateInput.expectedVersion`.
    expected_version: Option<i32>,
}

async fn restore_revision<T: ContentObject>(
    request: &RequestContext,
    input: RestoreRevisionInput,
) -> Result<Payload<Option<T>>> {
    let (which, expected) = (named::<T>(&input.id), input.expected_version);
    let revision = given(NodeType::Revision, &input.revision_id);
    done(
        request,
        post::restore_revision(&request.accounts, request.viewer(), which, expected, revision).await,
    )
}
