use entity::CategoryId;
use entity::category::{ActiveModel, Entity};
use sea_orm::{ActiveValue, EntityTrait};

use super::change::{categories, siblings};
use super::tree::{MOST_LEVELS, Tree};
use super::{CategoryRow, policy};
use crate::domain::accounts::Accounts;
use crate::domain::listing;
use crate::domain::organise::open;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::term;
use crate::domain::viewer::Viewer;
use crate::store::changes::Topic;

/// Puts a category, and with it all that stands below, under another or at the top; there at a place among its siblings
/// counted from 0, or as the last.
///
/// # Errors
/// Not found; a problem where it would stand below itself, too deep, or beside one of its name; a viewer who may not.
pub async fn place(
    accounts: &Accounts,
    viewer: Viewer,
    id: CategoryId,
    parent: Option<CategoryId>,
    position: Option<i32>,
) -> Result<(), Refusal> {
    // Nobody else moves anything from here on: two moves that are right alone may make a circle together.
    let (transaction, category) = open::<CategoryRow>(accounts, viewer, id, policy::may_manage).await?;
    let place = match position.map(usize::try_from) {
        None => usize::MAX,
        Some(Ok(place)) => place,
        Some(Err(_)) => {
            let message = "Give a place from 0, which is the first.";
            return Err(Problem::new(ProblemCode::Invalid, "position", message).into());
        }
    };
    let tree = Tree::of(&transaction, category.publication_id).await?;
    if let Some(parent) = parent {
        check_parent(&tree, parent, tree.height(id))?;
        if tree.line(parent).contains(&id) {
            let message = "A category cannot stand below itself.";
            return Err(Problem::new(ProblemCode::NotAllowed, "parentId", message).into());
        }
    }
    let mut beside = tree.siblings(parent);
    beside.retain(|sibling| *sibling != id);
    beside.insert(place.min(beside.len()), id);
    if category.parent_id != parent {
        let (all, names) = (categories(category.publication_id), [category.name.as_str()]);
        if let Some(problem) = all.taken(&transaction, siblings(parent), &names, "parentId").await? {
            return Err(problem.into());
        }
        let row = ActiveModel {
            id: ActiveValue::Unchanged(id),
            parent_id: ActiveValue::Set(parent),
            ..Default::default()
        };
        Entity::update(row).exec_without_returning(&transaction).await?;
        let left: Vec<CategoryId> = tree.siblings(category.parent_id);
        let left: Vec<CategoryId> = left.into_iter().filter(|sibling| *sibling != id).collect();
        tree.number(&transaction, &left).await?;
        listing::renew_categories(&transaction, &tree.between(category.parent_id, parent)).await?;
        let parents = [category.parent_id, parent].into_iter().flatten();
        transaction.changed(parents.flat_map(|parent| tree.posts_of(parent)));
    }
    tree.number(&transaction, &beside).await?;
    let parents = [category.parent_id, parent].into_iter().flatten();
    transaction.changed(parents.map(|parent| Topic::below(Entity, parent)));
    transaction.changed(term::shown(Entity, category.publication_id, id));
    Ok(transaction.commit().await?)
}

/// Whether something of so many levels may stand below `parent`.
pub(super) fn check_parent(tree: &Tree, parent: CategoryId, height: usize) -> Result<(), Problem> {
    if !tree.has(parent) {
        let message = "There is no such category in this publication.";
        return Err(Problem::new(ProblemCode::Invalid, "parentId", message));
    }
    let levels = tree.line(parent).len() + height;
    if levels > MOST_LEVELS {
        let message = format!("The tree would have {levels} levels there; allowed are {MOST_LEVELS}.");
        return Err(Problem::new(ProblemCode::NotAllowed, "parentId", message));
    }
    Ok(())
}
