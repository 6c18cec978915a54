//! Mutations of the content and the properties of posts.

use async_graphql::{ID, InputObject, Json, MaybeUndefined};
use uuid::Uuid;

use super::{Post, PostKind, SourceFormat, Visibility};
use crate::domain::post::{self, NewPost, PostChange};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given, given_post};
use crate::graphql::engine::{Fields, Payload, returns};
use crate::graphql::schema::Mutation;

/// The mutations of posts that leave their state as it is.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    content(fields);
    properties(fields);
}

fn content(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "postCreate",
        "Creates a post as a draft. Requires membership and the `write` scope.",
        returns("post", "The post."),
        |request, input| Box::pin(create(request, input)),
    );
    fields.mutation(
        "postUpdate",
        "Changes the content of a post. A published or archived post remains as it is until `postPublish`: the change \
         is saved to a working copy, `Post.draft`. Every save creates a revision. Requires membership (the AUTHOR role \
         if the post or its working copy is scheduled, the EDITOR role for posts of other authors) and the `write` \
         scope.",
        returns(
            "post",
            "The post; if it is published or archived, its `draft` has the change.",
        ),
        |request, input| Box::pin(update(request, input)),
    );
    fields.mutation(
        "postRestoreRevision",
        "Restores the content of a revision as a new save, so that nothing is lost. Requires the same role as \
         `postUpdate`, and the `write` scope.",
        returns(
            "post",
            "The post; if it is published or archived, its `draft` has the content of the revision.",
        ),
        |request, input| Box::pin(restore_revision(request, input)),
    );
}

fn properties(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "postSetSlug",
        "Changes the slug of a post at once. If the post was ever public, its old path redirects to the new one. \
         Requires membership (the AUTHOR role if it is scheduled, published or archived, the EDITOR role for posts of \
         other authors) and the `write` scope.",
        returns("post", "The post with its new slug."),
        |request, input| Box::pin(set_slug(request, input)),
    );
    fields.mutation(
        "postSetAuthors",
        "Changes the authors of a post at once. Requires the EDITOR role and the `write` scope.",
        returns("post", "The post with its new byline."),
        |request, input| Box::pin(set_authors(request, input)),
    );
    fields.mutation(
        "postSetFeatured",
        "Pins or unpins a post at once. Requires the EDITOR role and the `write` scope.",
        returns("post", "The post after the change."),
        |request, input| Box::pin(set_featured(request, input)),
    );
    fields.mutation(
        "pageMove",
        "Moves a page below another one, or to the top level, at once. Requires the EDITOR role and the `write` scope.",
        returns("page", "The page at its new position."),
        |request, input| Box::pin(move_page(request, input)),
    );
}

fn given_all<I: From<Uuid>>(node_type: NodeType, ids: &[ID]) -> Vec<I> {
    ids.iter().map(|id| given(node_type, id)).collect()
}

#[derive(InputObject)]
struct PostCreateInput {
    /// Global id of the publication.
    publication_id: ID,
    /// Article or page.
    #[graphql(default_with = "PostKind::Article")]
    kind: PostKind,
    /// Title, one line of plain text, 1 to 500 characters.
    title: String,
    /// Slug: any text is converted to one. Derived from the title by default, with a number if it is in use.
    slug: Option<String>,
    /// Excerpt, plain text, at most 2,000 characters; the start of the body by default.
    excerpt: Option<String>,
    /// Source of the body, at most 1,000,000 bytes.
    #[graphql(default)]
    body_source: String,
    /// Format of `bodySource`.
    #[graphql(default_with = "SourceFormat::Markdown")]
    source_format: SourceFormat,
    /// Who may read it once it is published.
    #[graphql(default_with = "Visibility::Public")]
    visibility: Visibility,
    /// Global ids of the authors in byline order, at most 100; the viewer alone by default. Other authors require the
    /// EDITOR role.
    author_ids: Option<Vec<ID>>,
    /// Global ids of the tags, at most 100.
    tag_ids: Option<Vec<ID>>,
    /// Global ids of the categories, at most 100.
    category_ids: Option<Vec<ID>>,
    /// Global id of the featured image.
    featured_image_id: Option<ID>,
    /// URL of the original, if it was published elsewhere first.
    canonical_url: Option<String>,
    /// Custom fields, an object that matches the publication's `customFieldSchema`.
    custom_fields: Option<Json<serde_json::Value>>,
}

impl From<PostCreateInput> for NewPost {
    fn from(input: PostCreateInput) -> Self {
        Self {
            publication: given(NodeType::Publication, &input.publication_id),
            kind: input.kind.into(),
            slug: input.slug,
            authors: given_all(NodeType::User, &input.author_ids.unwrap_or_default()),
            content: PostChange {
                title: Some(input.title),
                excerpt: Some(input.excerpt),
                source: Some(input.body_source),
                source_format: Some(input.source_format.into()),
                visibility: Some(input.visibility.into()),
                tags: input.tag_ids.map(|ids| given_all(NodeType::Tag, &ids)),
                categories: input.category_ids.map(|ids| given_all(NodeType::Category, &ids)),
                featured_media: input.featured_image_id.map(|id| Some(given(NodeType::Media, &id))),
                canonical_url: input.canonical_url.map(Some),
                custom_fields: input.custom_fields.map(|Json(fields)| fields),
            },
        }
    }
}

async fn create(request: &RequestContext, input: PostCreateInput) -> Result<Payload<Post>> {
    let created = post::create(&request.accounts, request.viewer(), input.into()).await;
    Payload::of(request, created.map(Post::from))
}

#[derive(InputObject)]
struct PostUpdateInput {
    /// Global id of the post.
    id: ID,
    /// Version that the client last read, of `draft` if there is one. If it is no longer the newest, nothing is
    /// changed, and the error CONFLICT has `expectedVersion`, `currentVersion`, `expectedRevisionId` and
    /// `currentRevisionId` in its `extensions`. The expected revision has exactly the text that the client read; its id
    /// is null if that revision has been deleted.
    expected_version: Option<i32>,
    /// New title, one line of plain text, 1 to 500 characters; unchanged by default.
    title: Option<String>,
    /// New excerpt, plain text, at most 2,000 characters; unchanged by default. Null uses the start of the body
    /// instead.
    excerpt: MaybeUndefined<String>,
    /// New source of the body, at most 1,000,000 bytes; unchanged by default.
    body_source: Option<String>,
    /// Format of `bodySource`; unchanged by default.
    source_format: Option<SourceFormat>,
    /// Who may read it once it is published; unchanged by default.
    visibility: Option<Visibility>,
    /// Global ids of all tags, at most 100; unchanged by default.
    tag_ids: Option<Vec<ID>>,
    /// Global ids of all categories, at most 100; unchanged by default.
    category_ids: Option<Vec<ID>>,
    /// Global id of the featured image; unchanged by default. Null removes it.
    featured_image_id: MaybeUndefined<ID>,
    /// URL of the original, if it was published elsewhere first; unchanged by default. Null removes it.
    canonical_url: MaybeUndefined<String>,
    /// All custom fields, an object that matches the publication's `customFieldSchema`; unchanged by default.
    custom_fields: Option<Json<serde_json::Value>>,
}

impl From<PostUpdateInput> for PostChange {
    fn from(input: PostUpdateInput) -> Self {
        Self {
            title: input.title,
            excerpt: maybe(input.excerpt, |text| text),
            source: input.body_source,
            source_format: input.source_format.map(Into::into),
            visibility: input.visibility.map(Into::into),
            tags: input.tag_ids.map(|ids| given_all(NodeType::Tag, &ids)),
            categories: input.category_ids.map(|ids| given_all(NodeType::Category, &ids)),
            featured_media: maybe(input.featured_image_id, |id| given(NodeType::Media, &id)),
            canonical_url: maybe(input.canonical_url, |url| url),
            custom_fields: input.custom_fields.map(|Json(fields)| fields),
        }
    }
}

/// None if the field is undefined, `Some(None)` if it is null.
#[allow(clippy::option_option)] // The three cases of a partial update.
fn maybe<T, U>(given: MaybeUndefined<T>, convert: impl Fn(T) -> U) -> Option<Option<U>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(convert(value))),
    }
}

async fn update(request: &RequestContext, input: PostUpdateInput) -> Result<Payload<Post>> {
    let (id, expected_version) = (given_post(&input.id), input.expected_version);
    let updated = post::update(&request.accounts, request.viewer(), id, expected_version, input.into()).await;
    Payload::of(request, updated.map(Post::from))
}

#[derive(InputObject)]
struct PostRestoreRevisionInput {
    /// Global id of the post.
    id: ID,
    /// Global id of the revision.
    revision_id: ID,
    /// Version that the client last read, of `draft` if there is one. A mismatch returns CONFLICT; see
    /// `PostUpdateInput.expectedVersion`.
    expected_version: Option<i32>,
}

async fn restore_revision(request: &RequestContext, input: PostRestoreRevisionInput) -> Result<Payload<Post>> {
    let (id, expected_version) = (given_post(&input.id), input.expected_version);
    let revision = given(NodeType::Revision, &input.revision_id);
    let restored = post::restore_revision(&request.accounts, request.viewer(), id, expected_version, revision).await;
    Payload::of(request, restored.map(Post::from))
}

#[derive(InputObject)]
struct PostSetSlugInput {
    /// Global id of the post.
    id: ID,
    /// New slug: any text is converted to one. No other post may have it.
    slug: String,
}

async fn set_slug(request: &RequestContext, input: PostSetSlugInput) -> Result<Payload<Post>> {
    let id = given_post(&input.id);
    let set = post::set_slug(&request.accounts, request.viewer(), id, &input.slug).await;
    Payload::of(request, set.map(Post::from))
}

#[derive(InputObject)]
struct PostSetAuthorsInput {
    /// Global id of the post.
    id: ID,
    /// Global ids of the authors in byline order, 1 to 100: members of the publication, or authors of other posts in
    /// it.
    author_ids: Vec<ID>,
}

async fn set_authors(request: &RequestContext, input: PostSetAuthorsInput) -> Result<Payload<Post>> {
    let (id, authors) = (given_post(&input.id), given_all(NodeType::User, &input.author_ids));
    let set = post::set_authors(&request.accounts, request.viewer(), id, authors).await;
    Payload::of(request, set.map(Post::from))
}

#[derive(InputObject)]
struct PostSetFeaturedInput {
    /// Global id of the post.
    id: ID,
    /// Whether the post is pinned.
    is_featured: bool,
}

async fn set_featured(request: &RequestContext, input: PostSetFeaturedInput) -> Result<Payload<Post>> {
    let id = given_post(&input.id);
    let set = post::set_featured(&request.accounts, request.viewer(), id, input.is_featured).await;
    Payload::of(request, set.map(Post::from))
}

#[derive(InputObject)]
struct PageMoveInput {
    /// Global id of the page.
    id: ID,
    /// Global id of the new parent page; top level by default.
    parent_id: Option<ID>,
    /// Position among its siblings, 0 to 1,000,000.
    #[graphql(default)]
    position: i32,
}

async fn move_page(request: &RequestContext, input: PageMoveInput) -> Result<Payload<Post>> {
    let (id, parent) = (given_post(&input.id), input.parent_id.map(|id| given_post(&id)));
    let moved = post::set_parent(&request.accounts, request.viewer(), id, parent, input.position).await;
    Payload::of(request, moved.map(Post::from))
}
