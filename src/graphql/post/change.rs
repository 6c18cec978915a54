//! Beginning posts, and changing their words.

use async_graphql::{Context, ID, InputObject, Json, MaybeUndefined, Object};
use entity::PostId;

use super::Post;
use super::states::{PostKind, SourceFormat, Visibility};
use crate::domain::post::{self, NewPost, PostChange, PostRow};
use crate::domain::refusal::Refusal;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::id::{NodeType, decode_as, given};
use crate::graphql::payload::payload;

/// The post that an input names, as a post or as a page.
pub(super) fn given_post(id: &ID) -> PostId {
    decode_as(NodeType::Page, id).unwrap_or_else(|| given(NodeType::Post, id))
}

fn given_all<I: From<uuid::Uuid>>(node_type: NodeType, ids: &[ID]) -> Vec<I> {
    ids.iter().map(|id| given(node_type, id)).collect()
}

/// A post to be begun, as a draft.
#[derive(InputObject)]
pub struct PostCreateInput {
    /// The global id of the publication that it is to appear in.
    publication_id: ID,
    /// Article or page.
    #[graphql(default_with = "PostKind::Article")]
    kind: PostKind,
    /// Its title: one line of plain text, 1 to 500 characters.
    title: String,
    /// Its name in addresses: any text becomes one; made of the title, with a number where need be, when it is left out.
    slug: Option<String>,
    /// A summary, plain text, at most 2000 characters; the start of the text stands in.
    excerpt: Option<String>,
    /// The text, at most 1,000,000 bytes.
    #[graphql(default)]
    body_source: String,
    /// What the text is written in.
    #[graphql(default_with = "SourceFormat::Markdown")]
    source_format: SourceFormat,
    /// Who may read it once it is published.
    #[graphql(default_with = "Visibility::Public")]
    visibility: Visibility,
    /// Global ids of its authors in byline order; the viewer alone when left out. Anybody else requires the EDITOR role.
    author_ids: Option<Vec<ID>>,
    /// The global ids of its tags, at most 100.
    tag_ids: Option<Vec<ID>>,
    /// The global ids of its categories, at most 100.
    category_ids: Option<Vec<ID>>,
    /// The global id of the picture that stands for it.
    featured_image_id: Option<ID>,
    /// Where the original was published, when elsewhere.
    canonical_url: Option<String>,
    /// Fields that the publication defines: an object.
    custom_fields: Option<Json<serde_json::Value>>,
}

/// What of a post is to change: what is left out stays as it is.
#[derive(InputObject)]
pub struct PostUpdateInput {
    /// The global id of the post.
    id: ID,
    /// Version that the client last read, of `draft` if there is one. If it is no longer the newest, nothing is changed, and the
    /// error CONFLICT carries `expectedVersion`, `currentVersion`, `expectedRevisionId` and `currentRevisionId` in its
    /// `extensions`. The expected revision has exactly the text that the client read; its id is null if that revision has been
    /// deleted.
    expected_version: Option<i32>,
    /// The title: one line of plain text, 1 to 500 characters.
    title: Option<String>,
    /// The summary, plain text, at most 2000 characters; null: none, the start of the text stands in.
    excerpt: MaybeUndefined<String>,
    /// The text, at most 1,000,000 bytes.
    body_source: Option<String>,
    /// What the text is written in.
    source_format: Option<SourceFormat>,
    /// Who may read it once it is published.
    visibility: Option<Visibility>,
    /// The global ids of all of its tags, at most 100.
    tag_ids: Option<Vec<ID>>,
    /// The global ids of all of its categories, at most 100.
    category_ids: Option<Vec<ID>>,
    /// The global id of the picture that stands for it; null: none.
    featured_image_id: MaybeUndefined<ID>,
    /// Where the original was published, when elsewhere; null: here.
    canonical_url: MaybeUndefined<String>,
    /// All of the fields that the publication defines: an object.
    custom_fields: Option<Json<serde_json::Value>>,
}

/// Which revision to go back to.
#[derive(InputObject)]
pub struct PostRestoreRevisionInput {
    /// The global id of the post.
    id: ID,
    /// The global id of the revision.
    revision_id: ID,
    /// The version that the viewer saw; see `PostUpdateInput.expectedVersion`.
    expected_version: Option<i32>,
}

/// Another address for a post.
#[derive(InputObject)]
pub struct PostSetSlugInput {
    /// The global id of the post.
    id: ID,
    /// The new name in addresses: any text becomes one, as long as no other post has it.
    slug: String,
}

/// Another byline for a post.
#[derive(InputObject)]
pub struct PostSetAuthorsInput {
    /// The global id of the post.
    id: ID,
    /// The global ids of its authors in byline order, 1 to 100: members of the publication, or whoever stands on a byline there.
    author_ids: Vec<ID>,
}

/// Whether a post is pinned.
#[derive(InputObject)]
pub struct PostSetFeaturedInput {
    /// The global id of the post.
    id: ID,
    /// Whether it is.
    is_featured: bool,
}

/// Another place for a page.
#[derive(InputObject)]
pub struct PageMoveInput {
    /// The global id of the page.
    id: ID,
    /// The global id of the page above; the top when left out.
    parent_id: Option<ID>,
    /// Its place among the pages there, from 0.
    #[graphql(default)]
    position: i32,
}

payload! {
    /// What `postCreate` did.
    PostCreatePayload {
        /// The post.
        post: Option<Post>,
    }
}

payload! {
    /// What `postUpdate` did.
    PostUpdatePayload {
        /// The post. Where readers know it, its `draft` has the change.
        post: Option<Post>,
    }
}

payload! {
    /// What `postRestoreRevision` did.
    PostRestoreRevisionPayload {
        /// The post. Where readers know it, its `draft` has the words of the revision.
        post: Option<Post>,
    }
}

payload! {
    /// What `postSetSlug` did.
    PostSetSlugPayload {
        /// The post at its new address.
        post: Option<Post>,
    }
}

payload! {
    /// What `postSetAuthors` did.
    PostSetAuthorsPayload {
        /// The post with its new byline.
        post: Option<Post>,
    }
}

payload! {
    /// What `postSetFeatured` did.
    PostSetFeaturedPayload {
        /// The post.
        post: Option<Post>,
    }
}

payload! {
    /// What `pageMove` did.
    PageMovePayload {
        /// The page at its new place.
        page: Option<Post>,
    }
}

/// What a verb did to a post, as a mutation answers it.
fn answered(outcome: std::result::Result<PostRow, Refusal>) -> std::result::Result<(Option<Post>,), Refusal> {
    outcome.map(|row| (Some(row.into()),))
}

/// Left out: none; null: none of none.
#[allow(clippy::option_option)] // The three cases of a partial update.
fn maybe<T, U>(given: MaybeUndefined<T>, convert: impl Fn(T) -> U) -> Option<Option<U>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(convert(value))),
    }
}

impl PostUpdateInput {
    fn change(self) -> PostChange {
        PostChange {
            title: self.title,
            excerpt: maybe(self.excerpt, |text| text),
            source: self.body_source,
            source_format: self.source_format.map(Into::into),
            visibility: self.visibility.map(Into::into),
            tags: self.tag_ids.map(|ids| given_all(NodeType::Tag, &ids)),
            categories: self.category_ids.map(|ids| given_all(NodeType::Category, &ids)),
            featured_media: maybe(self.featured_image_id, |id| given(NodeType::Media, &id)),
            canonical_url: maybe(self.canonical_url, |url| url),
            custom_fields: self.custom_fields.map(|Json(fields)| fields),
        }
    }
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

/// What can be done to the words and the place of posts.
#[derive(Default)]
pub struct PostMutation;

#[Object]
impl PostMutation {
    /// Begins a post, as a draft.
    async fn post_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The post.")] input: PostCreateInput,
    ) -> Result<PostCreatePayload> {
        let request = RequestContext::of(context)?;
        let created = post::create(&request.accounts, request.viewer(), input.into()).await;
        PostCreatePayload::told(request, answered(created))
    }

    /// Changes a post. What readers know stays as it is until `postPublish`: the change goes to a working copy, `Post.draft`.
    /// Every save is a revision.
    async fn post_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: PostUpdateInput,
    ) -> Result<PostUpdatePayload> {
        let request = RequestContext::of(context)?;
        let (id, expected) = (given_post(&input.id), input.expected_version);
        let updated = post::update(&request.accounts, request.viewer(), id, expected, input.change()).await;
        PostUpdatePayload::told(request, answered(updated))
    }

    /// Makes the words of a revision those of the post again, as a new save: nothing is lost.
    async fn post_restore_revision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which revision.")] input: PostRestoreRevisionInput,
    ) -> Result<PostRestoreRevisionPayload> {
        let request = RequestContext::of(context)?;
        let (id, expected) = (given_post(&input.id), input.expected_version);
        let revision = given(NodeType::Revision, &input.revision_id);
        let restored = post::restore_revision(&request.accounts, request.viewer(), id, expected, revision).await;
        PostRestoreRevisionPayload::told(request, answered(restored))
    }

    /// Gives a post another address, at once. The old one leads there, if the post was ever public.
    async fn post_set_slug(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address.")] input: PostSetSlugInput,
    ) -> Result<PostSetSlugPayload> {
        let request = RequestContext::of(context)?;
        let id = given_post(&input.id);
        let set = post::set_slug(&request.accounts, request.viewer(), id, &input.slug).await;
        PostSetSlugPayload::told(request, answered(set))
    }

    /// Changes the authors of a post, at once. Requires the EDITOR role in the publication.
    async fn post_set_authors(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The byline.")] input: PostSetAuthorsInput,
    ) -> Result<PostSetAuthorsPayload> {
        let request = RequestContext::of(context)?;
        let (id, authors) = (given_post(&input.id), given_all(NodeType::User, &input.author_ids));
        let set = post::set_authors(&request.accounts, request.viewer(), id, authors).await;
        PostSetAuthorsPayload::told(request, answered(set))
    }

    /// Pins a post, or no longer, at once; for editors.
    async fn post_set_featured(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The post.")] input: PostSetFeaturedInput,
    ) -> Result<PostSetFeaturedPayload> {
        let request = RequestContext::of(context)?;
        let id = given_post(&input.id);
        let set = post::set_featured(&request.accounts, request.viewer(), id, input.is_featured).await;
        PostSetFeaturedPayload::told(request, answered(set))
    }

    /// Puts a page below another, or at the top, at once; for editors.
    async fn page_move(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The place.")] input: PageMoveInput,
    ) -> Result<PageMovePayload> {
        let request = RequestContext::of(context)?;
        let (id, parent) = (given_post(&input.id), input.parent_id.as_ref().map(given_post));
        let moved = post::set_parent(&request.accounts, request.viewer(), id, parent, input.position).await;
        PageMovePayload::told(request, answered(moved))
    }
}
