//! Mutations of tags.

use async_graphql::{ID, InputObject};

use super::{Tag, TagById};
use crate::domain::tag;
use crate::domain::term::{NewTerm, TermChange};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::{Fields, Payload, returns};
use crate::graphql::schema::Mutation;

/// The mutations of tags.
pub(in crate::graphql::schema) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "tagCreate",
        "Creates a tag. A name that exists, in upper or lower case, is refused with `TAKEN`. Requires the AUTHOR role and \
         the `write` scope.",
        returns("tag", "The tag, or the existing tag with this name."),
        |request, input| Box::pin(create(request, input)),
    );
    fields.mutation(
        "tagUpdate",
        "Changes a tag. A name that another tag has, in upper or lower case, is refused with `TAKEN`. Requires the \
         EDITOR role and the `write` scope.",
        returns("tag", "The tag after the change."),
        |request, input| Box::pin(update(request, input)),
    );
    fields.mutation(
        "tagMerge",
        "Merges a tag into another: its posts get the other tag, and its path redirects there. Requires the EDITOR role \
         and the `write` scope.",
        returns("tag", "The remaining tag."),
        |request, input| Box::pin(merge(request, input)),
    );
    fields.mutation(
        "tagDelete",
        "Deletes a tag and removes it from its posts. Requires the EDITOR role and the `write` scope.",
        returns("tag", "The deleted tag."),
        |request, input| Box::pin(delete(request, input)),
    );
}

#[derive(InputObject)]
struct TagCreateInput {
    /// Global id of the publication.
    publication_id: ID,
    /// Name, 1 to 255 characters.
    name: String,
    /// Slug, in any script; derived from the name by default.
    slug: Option<String>,
    /// Description, at most 5,000 characters.
    #[graphql(default)]
    description: String,
}

async fn create(request: &RequestContext, input: TagCreateInput) -> Result<Payload<Tag>> {
    let publication = given(NodeType::Publication, &input.publication_id);
    let new = NewTerm {
        name: input.name,
        slug: input.slug,
        description: input.description,
    };
    let created = tag::add(&request.accounts, request.viewer(), publication, new).await;
    Payload::created(request, TagById, created).await
}

#[derive(InputObject)]
struct TagUpdateInput {
    /// Global id of the tag.
    id: ID,
    /// New name, 1 to 255 characters; unchanged by default.
    name: Option<String>,
    /// New slug; unchanged by default. The old path redirects to the new one.
    slug: Option<String>,
    /// New description, at most 5,000 characters; unchanged by default.
    description: Option<String>,
}

async fn update(request: &RequestContext, input: TagUpdateInput) -> Result<Payload<Tag>> {
    let id = given(NodeType::Tag, &input.id);
    let change = TermChange {
        name: input.name,
        slug: input.slug,
        description: input.description,
    };
    let changed = tag::change(&request.accounts, request.viewer(), id, change).await;
    Payload::reload(request, TagById, changed.map(|()| id)).await
}

#[derive(InputObject)]
struct TagMergeInput {
    /// Global id of the tag that is merged and deleted.
    from: ID,
    /// Global id of the tag that remains, in the same publication.
    into: ID,
}

async fn merge(request: &RequestContext, input: TagMergeInput) -> Result<Payload<Tag>> {
    let (from, into) = (given(NodeType::Tag, &input.from), given(NodeType::Tag, &input.into));
    let merged = tag::merge(&request.accounts, request.viewer(), from, into).await;
    Payload::reload(request, TagById, merged.map(|()| into)).await
}

#[derive(InputObject)]
struct TagDeleteInput {
    /// Global id of the tag.
    id: ID,
}

async fn delete(request: &RequestContext, input: TagDeleteInput) -> Result<Payload<Tag>> {
    let id = given(NodeType::Tag, &input.id);
    let deleted = tag::remove(&request.accounts, request.viewer(), id).await;
    Payload::of(request, deleted.map(Tag::from))
}
