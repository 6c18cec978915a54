use entity::category::{ActiveModel, Column, Entity};
use entity::{CategoryId, PublicationId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::place::check_parent;
use super::tree::Tree;
use super::{CategoryRow, CategoryText, by_ids, create, policy};
use crate::domain::accounts::Accounts;
use crate::domain::organise;
use crate::domain::own_slug::{Place, Wish};
use crate::domain::redirect::{self, Target};
use crate::domain::refusal::{Problem, Problems, Refusal};
use crate::domain::text::{line, lines};
use crate::domain::viewer::Viewer;

/// The longest name, in characters.
const MOST_NAME: usize = 255;
/// The longest description, in characters.
const MOST_DESCRIPTION: usize = 5_000;

/// A category to be made.
#[derive(Clone, Debug)]
pub struct NewCategory {
    /// Its name.
    pub name: String,
    /// Its slug; derived from the name when left out.
    pub slug: Option<String>,
    /// What it is about; may be empty.
    pub description: String,
    /// The category above; none at the top.
    pub parent: Option<CategoryId>,
}

/// What of a category shall change. Where it stands is for [`super::place`].
#[derive(Clone, Debug, Default)]
pub struct CategoryChange {
    /// Its name.
    pub name: Option<String>,
    /// Its slug.
    pub slug: Option<String>,
    /// What it is about.
    pub description: Option<String>,
}

fn name(text: &str) -> Result<String, Problem> {
    line("name", text, MOST_NAME)
}

fn description(text: &str) -> Result<String, Problem> {
    lines("description", text, MOST_DESCRIPTION)
}

/// Where a category's slug is the only one.
fn place(publication: PublicationId) -> Place<Entity, Column> {
    Place {
        table: Entity,
        slug: Column::Slug,
        within: Some((Column::PublicationId, publication)),
    }
}

/// Makes a category, the last of its siblings.
///
/// # Errors
/// Problems with the input; a viewer who may not.
pub async fn add(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    new: NewCategory,
) -> Result<CategoryId, Refusal> {
    let transaction = organise::begin(accounts, viewer, publication, policy::may_manage).await?;
    let mut problems = Problems::default();
    let name = problems.check(name(&new.name));
    let description = problems.check(description(&new.description));
    let wish = Wish {
        given: new.slug.as_deref(),
        text: name.as_deref().unwrap_or_default(),
        fallback: "category",
    };
    let slug = problems.gather(place(publication).choose(&transaction, wish).await)?;
    let tree = Tree::of(&transaction, publication).await?;
    if let Some(parent) = new.parent {
        problems.check(check_parent(&tree, parent, 1));
    }
    problems.finish()?;
    // Siblings that lost one from their middle are numbered anew, so that the new one is the last.
    tree.number(&transaction, &tree.siblings(new.parent)).await?;
    let text = CategoryText {
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        parent: new.parent,
    };
    let id = create(&transaction, publication, slug.unwrap_or_default(), text).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Changes what a category says of itself. The address of an old slug leads to the new one.
///
/// # Errors
/// Not found; problems with the input; a viewer who may not.
pub async fn change(
    accounts: &Accounts,
    viewer: Viewer,
    id: CategoryId,
    change: CategoryChange,
) -> Result<(), Refusal> {
    let (transaction, category) = begin(accounts, viewer, id).await?;
    let mut problems = Problems::default();
    let name = change.name.map(|text| problems.check(name(&text)));
    let description = change.description.map(|text| problems.check(description(&text)));
    let place = place(category.publication_id);
    let slug = place.change(&transaction, change.slug.as_deref(), &category.slug).await;
    let slug = problems.gather(slug)?;
    problems.finish()?;
    let slug = slug.unwrap_or_default();
    if slug != category.slug {
        let slugs = (category.slug.as_str(), slug.as_str());
        redirect::renamed(&transaction, category.publication_id, slugs, Target::Category(id)).await?;
    }
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        slug: ActiveValue::Set(slug),
        name: ActiveValue::Set(name.flatten().unwrap_or(category.name)),
        description: ActiveValue::Set(description.flatten().unwrap_or(category.description)),
        ..Default::default()
    };
    row.update(&transaction).await?;
    Ok(transaction.commit().await?)
}

/// Deletes a category. Those below take its place, and posts lose it.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn remove(accounts: &Accounts, viewer: Viewer, id: CategoryId) -> Result<CategoryRow, Refusal> {
    let (transaction, category) = begin(accounts, viewer, id).await?;
    let tree = Tree::of(&transaction, category.publication_id).await?;
    let below = tree.siblings(Some(id));
    let mut siblings = tree.siblings(category.parent_id);
    let place = siblings.iter().position(|sibling| *sibling == id);
    let place = place.unwrap_or(siblings.len());
    siblings.splice(place..(place + 1).min(siblings.len()), below);
    Entity::update_many()
        .col_expr(Column::ParentId, Expr::val(category.parent_id))
        .filter(Column::ParentId.eq(id))
        .exec(&transaction)
        .await?;
    tree.number(&transaction, &siblings).await?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(category)
}

/// A transaction in which the viewer, who may, is alone in changing the order of a category's publication; and the
/// category.
pub(super) async fn begin(
    accounts: &Accounts,
    viewer: Viewer,
    id: CategoryId,
) -> Result<(DatabaseTransaction, CategoryRow), Refusal> {
    let found = by_ids(accounts.store.read(), &[id]).await?.remove(&id);
    let Some(category) = found else {
        return Err(organise::missing(accounts, viewer, policy::may_manage, "category").await?);
    };
    let transaction = organise::begin(accounts, viewer, category.publication_id, policy::may_manage).await?;
    // As it is now that nobody else changes it.
    match by_ids(&transaction, &[id]).await?.remove(&id) {
        Some(category) => Ok((transaction, category)),
        None => Err(Refusal::NotFound("category")),
    }
}
