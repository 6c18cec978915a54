use entity::series::{ActiveModel, Column, Entity};
use entity::{PublicationId, SeriesId};
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait};

use super::posts::release;
use super::{SeriesRow, SeriesText, create, policy};
use crate::domain::accounts::Accounts;
use crate::domain::organise::{self, open};
use crate::domain::redirect::Target;
use crate::domain::refusal::{Problems, Refusal};
use crate::domain::term::{self, NewTerm, TermChange, Terms, Words};
use crate::domain::viewer::Viewer;

/// The series of a publication.
fn all_series(publication: PublicationId) -> Terms<Entity> {
    Terms {
        publication,
        table: Entity,
        id: Column::Id,
        name: Column::Title,
        folded_name: Column::FoldedName,
        slug: Column::Slug,
        of: Column::PublicationId,
        field: "title",
        fallback: "series",
    }
}

/// Makes a series, without posts.
///
/// # Errors
/// Problems with the input; a viewer who may not.
pub async fn add(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    new: NewTerm,
) -> Result<SeriesId, Refusal> {
    let transaction = organise::begin(accounts, viewer, publication, policy::may_manage).await?;
    let mut problems = Problems::default();
    let words = all_series(publication)
        .begin(&transaction, &mut problems, Condition::all(), new)
        .await?;
    problems.finish()?;
    let text = SeriesText {
        title: words.name,
        description: words.description,
    };
    let id = create(&transaction, publication, words.slug, text).await?;
    transaction.changed(term::shown(Entity, publication, id));
    transaction.commit().await?;
    Ok(id)
}

/// Changes what a series says of itself. The address of an old slug leads to the new one.
///
/// # Errors
/// Not found; problems with the input; a viewer who may not.
pub async fn change(accounts: &Accounts, viewer: Viewer, id: SeriesId, change: TermChange) -> Result<(), Refusal> {
    let (transaction, series) = open::<SeriesRow>(accounts, viewer, id, policy::may_manage).await?;
    let words = Words {
        name: series.title,
        slug: series.slug,
        description: series.description,
    };
    let words = all_series(series.publication_id)
        .change(&transaction, Target::Series(id), Condition::all(), words, change)
        .await?;
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        slug: ActiveValue::Set(words.slug),
        title: ActiveValue::Set(words.name),
        description: ActiveValue::Set(words.description),
        ..Default::default()
    };
    row.update(&transaction).await?;
    transaction.changed(term::shown(Entity, series.publication_id, id));
    Ok(transaction.commit().await?)
}

/// Deletes a series. Its posts stay.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn remove(accounts: &Accounts, viewer: Viewer, id: SeriesId) -> Result<SeriesRow, Refusal> {
    let (transaction, series) = open::<SeriesRow>(accounts, viewer, id, policy::may_manage).await?;
    release(&transaction, id).await?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    transaction.changed(term::shown(Entity, series.publication_id, id));
    transaction.commit().await?;
    Ok(series)
}
