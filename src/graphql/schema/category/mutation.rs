//! Mutations of categories.

use async_graphql::{ID, InputObject};

use super::{Category, CategoryById};
use crate::domain::category::{self, NewCategory};
use crate::domain::term::TermChange;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::{Fields, Payload, returns};
use crate::graphql::schema::Mutation;

/// The mutations of categories.
pub(in crate::graphql::schema) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "categoryCreate",
        "Creates a category, the last of its siblings. A name that a sibling has, in upper or lower case, is refused \
         with `TAKEN`; a slug derived from another name gets a number if it is in use. Requires the EDITOR role and the \
         `write` scope.",
        returns("category", "The category, or the existing sibling with this name."),
        |request, input| Box::pin(create(request, input)),
    );
    fields.mutation(
        "categoryUpdate",
        "Changes the name, slug or description of a category. A name that a sibling has, in upper or lower case, is \
         refused with `TAKEN`. Requires the EDITOR role and the `write` scope.",
        returns("category", "The category after the change."),
        |request, input| Box::pin(update(request, input)),
    );
    fields.mutation(
        "categoryMove",
        "Moves a category with its descendants below another category, to the top level, or to another position among \
         its siblings. A name that a new sibling has is refused with `TAKEN`. Requires the EDITOR role and the `write` \
         scope.",
        returns("category", "The category in its new place."),
        |request, input| Box::pin(relocate(request, input)),
    );
    fields.mutation(
        "categoryDelete",
        "Deletes a category and removes it from its posts. Its children take its place in the tree; a name that a new \
         sibling has is refused with `TAKEN`. Requires the EDITOR role and the `write` scope.",
        returns("category", "The deleted category."),
        |request, input| Box::pin(delete(request, input)),
    );
}

#[derive(InputObject)]
struct CategoryCreateInput {
    /// Global id of the publication.
    publication_id: ID,
    /// Name, 1 to 255 characters.
    name: String,
    /// Slug, in any script; derived from the name by default.
    slug: Option<String>,
    /// Description, at most 5,000 characters.
    #[graphql(default)]
    description: String,
    /// Global id of the parent category; top level by default. A tree has at most 10 levels.
    parent_id: Option<ID>,
}

async fn create(request: &RequestContext, input: CategoryCreateInput) -> Result<Payload<Category>> {
    let publication = given(NodeType::Publication, &input.publication_id);
    let new = NewCategory {
        name: input.name,
        slug: input.slug,
        description: input.description,
        parent: input.parent_id.map(|id| given(NodeType::Category, &id)),
    };
    let created = category::add(&request.accounts, request.viewer(), publication, new).await;
    Payload::created(request, CategoryById, created).await
}

#[derive(InputObject)]
struct CategoryUpdateInput {
    /// Global id of the category.
    id: ID,
    /// New name, 1 to 255 characters; unchanged by default.
    name: Option<String>,
    /// New slug; unchanged by default. The old path redirects to the new one.
    slug: Option<String>,
    /// New description, at most 5,000 characters; unchanged by default.
    description: Option<String>,
}

async fn update(request: &RequestContext, input: CategoryUpdateInput) -> Result<Payload<Category>> {
    let id = given(NodeType::Category, &input.id);
    let change = TermChange {
        name: input.name,
        slug: input.slug,
        description: input.description,
    };
    let changed = category::change(&request.accounts, request.viewer(), id, change).await;
    Payload::reload(request, CategoryById, changed.map(|()| id)).await
}

#[derive(InputObject)]
struct CategoryMoveInput {
    /// Global id of the category.
    id: ID,
    /// Global id of the new parent category; top level by default. A tree has at most 10 levels.
    parent_id: Option<ID>,
    /// Position among its siblings there, starting at 0; last by default.
    position: Option<i32>,
}

async fn relocate(request: &RequestContext, input: CategoryMoveInput) -> Result<Payload<Category>> {
    let id = given(NodeType::Category, &input.id);
    let parent = input.parent_id.map(|id| given(NodeType::Category, &id));
    let moved = category::place(&request.accounts, request.viewer(), id, parent, input.position).await;
    Payload::reload(request, CategoryById, moved.map(|()| id)).await
}

#[derive(InputObject)]
struct CategoryDeleteInput {
    /// Global id of the category.
    id: ID,
}

async fn delete(request: &RequestContext, input: CategoryDeleteInput) -> Result<Payload<Category>> {
    let id = given(NodeType::Category, &input.id);
    let deleted = category::remove(&request.accounts, request.viewer(), id).await;
    Payload::of(request, deleted.map(Category::from))
}
