//! What is done with categories.

use async_graphql::{Context, ID, InputObject, Object};

use super::{Category, CategoryById};
use crate::domain::category::{self, NewCategory};
use crate::domain::term::TermChange;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::id::{NodeType, given};
use crate::graphql::payload::{changed, created, payload};

/// A category to be made, the last of its siblings.
#[derive(InputObject)]
pub struct CategoryCreateInput {
    /// The global id of the publication.
    publication_id: ID,
    /// Its name, at most 255 characters.
    name: String,
    /// Its name in addresses, in any script; made of the name when left out.
    slug: Option<String>,
    /// What it is about, at most 5,000 characters.
    #[graphql(default)]
    description: String,
    /// The global id of the category above; at the top when left out. A tree has at most 10 levels.
    parent_id: Option<ID>,
}

/// What to change of a category; what is left out stays.
#[derive(InputObject)]
pub struct CategoryUpdateInput {
    /// The category's global id.
    id: ID,
    /// Its name.
    name: Option<String>,
    /// Its name in addresses; the address of the old one leads to the new one.
    slug: Option<String>,
    /// What it is about.
    description: Option<String>,
}

/// Where a category shall stand, with all that stands below it.
#[derive(InputObject)]
pub struct CategoryMoveInput {
    /// The category's global id.
    id: ID,
    /// The global id of the category above; at the top when left out.
    parent_id: Option<ID>,
    /// Its place among its siblings there, from 0; the last when left out.
    position: Option<i32>,
}

/// Which category to delete.
#[derive(InputObject)]
pub struct CategoryDeleteInput {
    /// The category's global id.
    id: ID,
}

payload! {
    /// What `categoryCreate` did.
    CategoryCreatePayload {
        /// The category, or the sibling that has this name already.
        category: Option<Category>,
    }
}

payload! {
    /// What `categoryUpdate` did.
    CategoryUpdatePayload {
        /// The category, as it is now.
        category: Option<Category>,
    }
}

payload! {
    /// What `categoryMove` did.
    CategoryMovePayload {
        /// The category, where it is now.
        category: Option<Category>,
    }
}

payload! {
    /// What `categoryDelete` did.
    CategoryDeletePayload {
        /// The category, as it was.
        category: Option<Category>,
    }
}

/// Categories, of the mutation.
#[derive(Default)]
pub struct CategoryMutation;

#[Object]
impl CategoryMutation {
    /// Creates a category. A name that a sibling has is refused with `TAKEN`; a slug derived from another name that makes
    /// the same is numbered. For EDITORs and those above, with the scope `write`.
    async fn category_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The category.")] input: CategoryCreateInput,
    ) -> Result<Option<CategoryCreatePayload>> {
        let request = RequestContext::of(context)?;
        let publication = given(NodeType::Publication, &input.publication_id);
        let new = NewCategory {
            name: input.name,
            slug: input.slug,
            description: input.description,
            parent: input.parent_id.map(|id| given(NodeType::Category, &id)),
        };
        let outcome = category::add(&request.accounts, request.viewer(), publication, new).await;
        let (category, user_errors) = created(request, CategoryById, outcome).await?;
        Ok(Some(CategoryCreatePayload { category, user_errors }))
    }

    /// Changes what a category says of itself. For EDITORs and those above, with the scope `write`.
    async fn category_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one, and what.")] input: CategoryUpdateInput,
    ) -> Result<Option<CategoryUpdatePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Category, &input.id);
        let change = TermChange {
            name: input.name,
            slug: input.slug,
            description: input.description,
        };
        let outcome = category::change(&request.accounts, request.viewer(), id, change).await;
        CategoryUpdatePayload::told(request, changed(request, CategoryById, outcome.map(|()| id)).await?).map(Some)
    }

    /// Puts a category under another, at the top, or at another place among its siblings. For EDITORs and those above,
    /// with the scope `write`.
    async fn category_move(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one, and where to.")] input: CategoryMoveInput,
    ) -> Result<Option<CategoryMovePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Category, &input.id);
        let parent = input.parent_id.map(|id| given(NodeType::Category, &id));
        let outcome = category::place(&request.accounts, request.viewer(), id, parent, input.position).await;
        CategoryMovePayload::told(request, changed(request, CategoryById, outcome.map(|()| id)).await?).map(Some)
    }

    /// Deletes a category. Those below take its place, and posts lose it. For EDITORs and those above, with the scope
    /// `write`.
    async fn category_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: CategoryDeleteInput,
    ) -> Result<Option<CategoryDeletePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Category, &input.id);
        let outcome = category::remove(&request.accounts, request.viewer(), id).await;
        CategoryDeletePayload::told(request, outcome.map(|row| (Some(row.into()),))).map(Some)
    }
}
