use std::collections::HashMap;

use entity::tag::{ActiveModel, Column, Entity};
use entity::{PublicationId, TagId};
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveModelTrait, ActiveValue, DbErr, EntityTrait};

use super::{TagRow, TagText, create, policy};
use crate::domain::accounts::Accounts;
use crate::domain::listing;
use crate::domain::organise::{self, open};
use crate::domain::redirect::Target;
use crate::domain::refusal::{Problems, Refusal};
use crate::domain::term::{self, NewTerm, TermChange, Terms, Words};
use crate::domain::viewer::Viewer;
use crate::store::Transaction;

/// The tags of a publication.
fn tags(publication: PublicationId) -> Terms<Entity> {
    Terms {
        publication,
        table: Entity,
        id: Column::Id,
        name: Column::Name,
        folded_name: Column::FoldedName,
        slug: Column::Slug,
        of: Column::PublicationId,
        field: "name",
        fallback: "tag",
    }
}

/// Makes a tag.
///
/// # Errors
/// Problems with the input; a viewer who may not.
pub async fn add(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    new: NewTerm,
) -> Result<TagId, Refusal> {
    let transaction = organise::begin(accounts, viewer, publication, policy::may_add).await?;
    let mut problems = Problems::default();
    let words = tags(publication)
        .begin(&transaction, &mut problems, Condition::all(), new)
        .await?;
    problems.finish()?;
    let id = insert(&transaction, publication, words).await?;
    transaction.commit().await?;
    Ok(id)
}

async fn insert(transaction: &Transaction, publication: PublicationId, words: Words) -> Result<TagId, DbErr> {
    let text = TagText {
        name: words.name,
        description: words.description,
    };
    let id = create(transaction, publication, words.slug, text).await?;
    transaction.changed(term::shown(Entity, publication, id));
    Ok(id)
}

/// The tags of a publication that have these names, in any case of letters, by folded name.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn named(
    transaction: &Transaction,
    publication: PublicationId,
    names: &[&str],
) -> Result<HashMap<String, TagId>, DbErr> {
    let found = tags(publication).named(transaction, Condition::all(), names).await?;
    Ok(found.into_iter().map(|(name, (id, _))| (name, id.into())).collect())
}

/// Makes a tag with a name that none has yet, in a transaction that holds the lock of the publication.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn make(
    transaction: &Transaction,
    publication: PublicationId,
    name: String,
) -> Result<TagId, DbErr> {
    let words = Words {
        slug: tags(publication).free_slug(transaction, &name).await?,
        name,
        description: String::new(),
    };
    insert(transaction, publication, words).await
}

/// Changes what a tag says of itself. The address of an old slug leads to the new one.
///
/// # Errors
/// Not found; problems with the input; a viewer who may not.
pub async fn change(accounts: &Accounts, viewer: Viewer, id: TagId, change: TermChange) -> Result<(), Refusal> {
    let (transaction, tag) = open::<TagRow>(accounts, viewer, id, policy::may_manage).await?;
    let words = Words {
        name: tag.name,
        slug: tag.slug,
        description: tag.description,
    };
    let words = tags(tag.publication_id)
        .change(&transaction, Target::Tag(id), Condition::all(), words, change)
        .await?;
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        slug: ActiveValue::Set(words.slug),
        name: ActiveValue::Set(words.name),
        description: ActiveValue::Set(words.description),
        ..Default::default()
    };
    row.update(&transaction).await?;
    transaction.changed(term::shown(Entity, tag.publication_id, id));
    Ok(transaction.commit().await?)
}

/// Deletes a tag. Posts lose it, and its addresses, old ones too, lead nowhere.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn remove(accounts: &Accounts, viewer: Viewer, id: TagId) -> Result<TagRow, Refusal> {
    let (transaction, tag) = open::<TagRow>(accounts, viewer, id, policy::may_manage).await?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    listing::remove(&transaction, id).await?;
    transaction.changed(term::shown(Entity, tag.publication_id, id));
    transaction.commit().await?;
    Ok(tag)
}
