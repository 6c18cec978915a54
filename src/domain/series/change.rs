use entity::series::{ActiveModel, Column, Entity};
use entity::{PublicationId, SeriesId};
use sea_orm::{ActiveModelTrait, ActiveValue, DatabaseTransaction, EntityTrait};

use super::posts::release;
use super::{SeriesRow, SeriesText, by_ids, create, policy};
use crate::domain::accounts::Accounts;
use crate::domain::organise;
use crate::domain::own_slug::{Place, Wish};
use crate::domain::redirect::{self, Target};
use crate::domain::refusal::{Problem, Problems, Refusal};
use crate::domain::text::{line, lines};
use crate::domain::viewer::Viewer;

/// The longest title, in characters.
const MOST_TITLE: usize = 255;
/// The longest description, in characters.
const MOST_DESCRIPTION: usize = 5_000;

/// A series to be made.
#[derive(Clone, Debug)]
pub struct NewSeries {
    /// Its title.
    pub title: String,
    /// Its slug; derived from the title when left out.
    pub slug: Option<String>,
    /// What it is about; may be empty.
    pub description: String,
}

/// What of a series shall change.
#[derive(Clone, Debug, Default)]
pub struct SeriesChange {
    /// Its title.
    pub title: Option<String>,
    /// Its slug.
    pub slug: Option<String>,
    /// What it is about.
    pub description: Option<String>,
}

fn title(text: &str) -> Result<String, Problem> {
    line("title", text, MOST_TITLE)
}

fn description(text: &str) -> Result<String, Problem> {
    lines("description", text, MOST_DESCRIPTION)
}

/// Where the slug of a series is the only one.
fn place(publication: PublicationId) -> Place<Entity, Column> {
    Place {
        table: Entity,
        slug: Column::Slug,
        within: Some((Column::PublicationId, publication)),
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
    new: NewSeries,
) -> Result<SeriesId, Refusal> {
    let transaction = organise::begin(accounts, viewer, publication, policy::may_manage).await?;
    let mut problems = Problems::default();
    let title = problems.check(title(&new.title));
    let description = problems.check(description(&new.description));
    let wish = Wish {
        given: new.slug.as_deref(),
        text: title.as_deref().unwrap_or_default(),
        fallback: "series",
    };
    let slug = problems.gather(place(publication).choose(&transaction, wish).await)?;
    problems.finish()?;
    let text = SeriesText {
        title: title.unwrap_or_default(),
        description: description.unwrap_or_default(),
    };
    let id = create(&transaction, publication, slug.unwrap_or_default(), text).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Changes what a series says of itself. The address of an old slug leads to the new one.
///
/// # Errors
/// Not found; problems with the input; a viewer who may not.
pub async fn change(accounts: &Accounts, viewer: Viewer, id: SeriesId, change: SeriesChange) -> Result<(), Refusal> {
    let (transaction, series) = begin(accounts, viewer, id).await?;
    let mut problems = Problems::default();
    let title = change.title.map(|text| problems.check(title(&text)));
    let description = change.description.map(|text| problems.check(description(&text)));
    let place = place(series.publication_id);
    let slug = place.change(&transaction, change.slug.as_deref(), &series.slug).await;
    let slug = problems.gather(slug)?;
    problems.finish()?;
    let slug = slug.unwrap_or_default();
    if slug != series.slug {
        let slugs = (series.slug.as_str(), slug.as_str());
        redirect::renamed(&transaction, series.publication_id, slugs, Target::Series(id)).await?;
    }
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        slug: ActiveValue::Set(slug),
        title: ActiveValue::Set(title.flatten().unwrap_or(series.title)),
        description: ActiveValue::Set(description.flatten().unwrap_or(series.description)),
        ..Default::default()
    };
    row.update(&transaction).await?;
    Ok(transaction.commit().await?)
}

/// Deletes a series. Its posts stay.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn remove(accounts: &Accounts, viewer: Viewer, id: SeriesId) -> Result<SeriesRow, Refusal> {
    let (transaction, series) = begin(accounts, viewer, id).await?;
    release(&transaction, id).await?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(series)
}

/// A transaction in which the viewer, who may, is alone in changing the order of the publication; and the series.
pub(super) async fn begin(
    accounts: &Accounts,
    viewer: Viewer,
    id: SeriesId,
) -> Result<(DatabaseTransaction, SeriesRow), Refusal> {
    let found = by_ids(accounts.store.read(), &[id]).await?.remove(&id);
    let Some(series) = found else {
        return Err(organise::missing(accounts, viewer, policy::may_manage, "series").await?);
    };
    let transaction = organise::begin(accounts, viewer, series.publication_id, policy::may_manage).await?;
    // As it is now that nobody else changes it.
    match by_ids(&transaction, &[id]).await?.remove(&id) {
        Some(series) => Ok((transaction, series)),
        None => Err(Refusal::NotFound("series")),
    }
}
