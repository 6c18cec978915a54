//! What is done with tags.

use async_graphql::{Context, ID, InputObject, Object};

use super::{Tag, TagById};
use crate::domain::tag;
use crate::domain::term::{NewTerm, TermChange};
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::id::{NodeType, given};
use crate::graphql::payload::{changed, created, payload};

/// A tag to be made.
#[derive(InputObject)]
pub struct TagCreateInput {
    /// The global id of the publication.
    publication_id: ID,
    /// Its name, at most 255 characters.
    name: String,
    /// Its name in addresses, in any script; made of the name when left out.
    slug: Option<String>,
    /// What it is about, at most 5,000 characters.
    #[graphql(default)]
    description: String,
}

/// What to change of a tag; what is left out stays.
#[derive(InputObject)]
pub struct TagUpdateInput {
    /// The tag's global id.
    id: ID,
    /// Its name.
    name: Option<String>,
    /// Its name in addresses; the address of the old one leads to the new one.
    slug: Option<String>,
    /// What it is about.
    description: Option<String>,
}

/// Which two tags become one.
#[derive(InputObject)]
pub struct TagMergeInput {
    /// The global id of the tag that goes.
    from: ID,
    /// The global id of the tag that stays, of the same publication.
    into: ID,
}

/// Which tag to delete.
#[derive(InputObject)]
pub struct TagDeleteInput {
    /// The tag's global id.
    id: ID,
}

payload! {
    /// What `tagCreate` did.
    TagCreatePayload {
        /// The tag, or the one that has this name already.
        tag: Option<Tag>,
    }
}

payload! {
    /// What `tagUpdate` did.
    TagUpdatePayload {
        /// The tag, as it is now.
        tag: Option<Tag>,
    }
}

payload! {
    /// What `tagMerge` did.
    TagMergePayload {
        /// The tag that stayed, as it is now.
        tag: Option<Tag>,
    }
}

payload! {
    /// What `tagDelete` did.
    TagDeletePayload {
        /// The tag, as it was.
        tag: Option<Tag>,
    }
}

/// Tags, of the mutation.
#[derive(Default)]
pub struct TagMutation;

#[Object]
impl TagMutation {
    /// Creates a tag. A name that exists is refused with `TAKEN`; a slug derived from another name that makes the same is
    /// numbered. For AUTHORs and those above, with the scope `write`.
    async fn tag_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The tag.")] input: TagCreateInput,
    ) -> Result<Option<TagCreatePayload>> {
        let request = RequestContext::of(context)?;
        let publication = given(NodeType::Publication, &input.publication_id);
        let new = NewTerm {
            name: input.name,
            slug: input.slug,
            description: input.description,
        };
        let outcome = tag::add(&request.accounts, request.viewer(), publication, new).await;
        let (tag, user_errors) = created(request, TagById, outcome).await?;
        Ok(Some(TagCreatePayload { tag, user_errors }))
    }

    /// Changes what a tag says of itself. For EDITORs and those above, with the scope `write`.
    async fn tag_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one, and what.")] input: TagUpdateInput,
    ) -> Result<Option<TagUpdatePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Tag, &input.id);
        let change = TermChange {
            name: input.name,
            slug: input.slug,
            description: input.description,
        };
        let outcome = tag::change(&request.accounts, request.viewer(), id, change).await;
        TagUpdatePayload::told(request, changed(request, TagById, outcome.map(|()| id)).await?).map(Some)
    }

    /// Makes one tag of two: posts that carry the first carry the second, and its addresses lead there. For EDITORs and
    /// those above, with the scope `write`.
    async fn tag_merge(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which two.")] input: TagMergeInput,
    ) -> Result<Option<TagMergePayload>> {
        let request = RequestContext::of(context)?;
        let (from, into) = (given(NodeType::Tag, &input.from), given(NodeType::Tag, &input.into));
        let outcome = tag::merge(&request.accounts, request.viewer(), from, into).await;
        TagMergePayload::told(request, changed(request, TagById, outcome.map(|()| into)).await?).map(Some)
    }

    /// Deletes a tag. Posts lose it. For EDITORs and those above, with the scope `write`.
    async fn tag_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: TagDeleteInput,
    ) -> Result<Option<TagDeletePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Tag, &input.id);
        let outcome = tag::remove(&request.accounts, request.viewer(), id).await;
        TagDeletePayload::told(request, outcome.map(|row| (Some(row.into()),))).map(Some)
    }
}
