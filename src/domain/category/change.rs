use entity::category::{ActiveModel, Column, Entity};
use entity::{CategoryId, PublicationId};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::place::check_parent;
use super::tree::Tree;
use super::{CategoryRow, CategoryText, create, policy};
use crate::domain::accounts::Accounts;
use crate::domain::listing;
use crate::domain::organise::{self, open};
use crate::domain::redirect::Target;
use crate::domain::refusal::{Problems, Refusal};
use crate::domain::term::{self, NewTerm, TermChange, Terms, Words};
use crate::domain::viewer::Viewer;
use crate::store::changes::Topic;

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

/// The categories of a publication.
pub(super) fn categories(publication: PublicationId) -> Terms<Entity> {
    Terms {
        publication,
        table: Entity,
        id: Column::Id,
        name: Column::Name,
        folded_name: Column::FoldedName,
        slug: Column::Slug,
        of: Column::PublicationId,
        field: "name",
        fallback: "category",
    }
}

/// The categories below this one, or at the top.
pub(super) fn siblings(parent: Option<CategoryId>) -> Condition {
    match parent {
        Some(parent) => Condition::all().add(Column::ParentId.eq(parent)),
        None => Condition::all().add(Column::ParentId.is_null()),
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
    let term = NewTerm {
        name: new.name,
        slug: new.slug,
        description: new.description,
    };
    let words = categories(publication)
        .begin(&transaction, &mut problems, siblings(new.parent), term)
        .await?;
    let tree = Tree::of(&transaction, publication).await?;
    if let Some(parent) = new.parent {
        problems.check(check_parent(&tree, parent, 1));
    }
    problems.finish()?;
    // Siblings that lost one from their middle are numbered anew, so that the new one is the last.
    tree.number(&transaction, &tree.siblings(new.parent)).await?;
    let text = CategoryText {
        name: words.name,
        description: words.description,
        parent: new.parent,
    };
    let id = create(&transaction, publication, words.slug, text).await?;
    transaction.changed(term::shown(Entity, publication, id));
    transaction.changed(new.parent.map(|parent| Topic::below(Entity, parent)));
    transaction.commit().await?;
    Ok(id)
}

/// Changes what a category says of itself. The address of an old slug leads to the new one.
///
/// # Errors
/// Not found; problems with the input; a viewer who may not.
pub async fn change(accounts: &Accounts, viewer: Viewer, id: CategoryId, change: TermChange) -> Result<(), Refusal> {
    let (transaction, category) = open::<CategoryRow>(accounts, viewer, id, policy::may_manage).await?;
    let words = Words {
        name: category.name,
        slug: category.slug,
        description: category.description,
    };
    let words = categories(category.publication_id)
        .change(
            &transaction,
            Target::Category(id),
            siblings(category.parent_id),
            words,
            change,
        )
        .await?;
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        slug: ActiveValue::Set(words.slug),
        name: ActiveValue::Set(words.name),
        description: ActiveValue::Set(words.description),
        ..Default::default()
    };
    row.update(&transaction).await?;
    transaction.changed(term::shown(Entity, category.publication_id, id));
    Ok(transaction.commit().await?)
}

/// Deletes a category. Those below take its place, and posts lose it.
///
/// # Errors
/// Not found; a problem where one below has the name of one beside it; a viewer who may not.
pub async fn remove(accounts: &Accounts, viewer: Viewer, id: CategoryId) -> Result<CategoryRow, Refusal> {
    let (transaction, category) = open::<CategoryRow>(accounts, viewer, id, policy::may_manage).await?;
    let tree = Tree::of(&transaction, category.publication_id).await?;
    let below = tree.siblings(Some(id));
    let mut beside = tree.siblings(category.parent_id);
    let place = beside.iter().position(|sibling| *sibling == id);
    let place = place.unwrap_or(beside.len());
    let names = Entity::find().select_only().column(Column::Name);
    let names = names.filter(Column::ParentId.eq(id)).into_tuple::<String>();
    let names = names.all(&transaction).await?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let others = siblings(category.parent_id).add(Column::Id.ne(id));
    let all = categories(category.publication_id);
    if let Some(problem) = all.taken(&transaction, others, &names, "id").await? {
        return Err(problem.into());
    }
    transaction.changed(Topic::things(&below));
    transaction.changed(category.parent_id.into_iter().flat_map(|parent| tree.posts_of(parent)));
    transaction.changed(category.parent_id.map(|parent| Topic::below(Entity, parent)));
    beside.splice(place..(place + 1).min(beside.len()), below);
    Entity::update_many()
        .col_expr(Column::ParentId, Expr::val(category.parent_id))
        .filter(Column::ParentId.eq(id))
        .exec(&transaction)
        .await?;
    tree.number(&transaction, &beside).await?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    listing::remove(&transaction, id).await?;
    listing::renew_categories(&transaction, &tree.between(category.parent_id, None)).await?;
    transaction.changed(term::shown(Entity, category.publication_id, id));
    transaction.commit().await?;
    Ok(category)
}
