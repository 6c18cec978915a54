use entity::tag::{ActiveModel, Column, Entity};
use entity::{PublicationId, TagId};
use sea_orm::{ActiveModelTrait, ActiveValue, DatabaseTransaction, EntityTrait};

use super::{TagRow, TagText, by_ids, create, policy};
use crate::domain::accounts::Accounts;
use crate::domain::organise;
use crate::domain::own_slug::{Place, Wish};
use crate::domain::policy::{Standing, Verdict};
use crate::domain::redirect::{self, Target};
use crate::domain::refusal::{Problem, Problems, Refusal};
use crate::domain::text::{line, lines};
use crate::domain::viewer::Viewer;

/// The longest name, in characters.
const MOST_NAME: usize = 255;
/// The longest description, in characters.
const MOST_DESCRIPTION: usize = 5_000;

/// A tag to be made.
#[derive(Clone, Debug)]
pub struct NewTag {
    /// Its name.
    pub name: String,
    /// Its slug; derived from the name when left out.
    pub slug: Option<String>,
    /// What it is about; may be empty.
    pub description: String,
}

/// What of a tag shall change.
#[derive(Clone, Debug, Default)]
pub struct TagChange {
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

/// Where a tag's slug is the only one.
fn place(publication: PublicationId) -> Place<Entity, Column> {
    Place {
        table: Entity,
        slug: Column::Slug,
        within: Some((Column::PublicationId, publication)),
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
    new: NewTag,
) -> Result<TagId, Refusal> {
    let transaction = organise::begin(accounts, viewer, publication, policy::may_add).await?;
    let mut problems = Problems::default();
    let name = problems.check(name(&new.name));
    let description = problems.check(description(&new.description));
    let wish = Wish {
        given: new.slug.as_deref(),
        text: name.as_deref().unwrap_or_default(),
        fallback: "tag",
    };
    let slug = problems.gather(place(publication).choose(&transaction, wish).await)?;
    problems.finish()?;
    let text = TagText {
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
    };
    let id = create(&transaction, publication, slug.unwrap_or_default(), text).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Changes what a tag says of itself. The address of an old slug leads to the new one.
///
/// # Errors
/// Not found; problems with the input; a viewer who may not.
pub async fn change(accounts: &Accounts, viewer: Viewer, id: TagId, change: TagChange) -> Result<(), Refusal> {
    let (transaction, tag) = begin(accounts, viewer, id, policy::may_manage).await?;
    let mut problems = Problems::default();
    let name = change.name.map(|text| problems.check(name(&text)));
    let description = change.description.map(|text| problems.check(description(&text)));
    let place = place(tag.publication_id);
    let slug = place.change(&transaction, change.slug.as_deref(), &tag.slug).await;
    let slug = problems.gather(slug)?;
    problems.finish()?;
    let slug = slug.unwrap_or_default();
    if slug != tag.slug {
        let slugs = (tag.slug.as_str(), slug.as_str());
        redirect::renamed(&transaction, tag.publication_id, slugs, Target::Tag(id)).await?;
    }
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        slug: ActiveValue::Set(slug),
        name: ActiveValue::Set(name.flatten().unwrap_or(tag.name)),
        description: ActiveValue::Set(description.flatten().unwrap_or(tag.description)),
        ..Default::default()
    };
    row.update(&transaction).await?;
    Ok(transaction.commit().await?)
}

/// Deletes a tag. Posts lose it, and its addresses, old ones too, lead nowhere.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn remove(accounts: &Accounts, viewer: Viewer, id: TagId) -> Result<TagRow, Refusal> {
    let (transaction, tag) = begin(accounts, viewer, id, policy::may_manage).await?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(tag)
}

/// A transaction in which the viewer, whom `policy` lets, is alone in changing the order of a tag's publication; and the
/// tag.
pub(super) async fn begin(
    accounts: &Accounts,
    viewer: Viewer,
    id: TagId,
    policy: fn(Standing) -> Verdict,
) -> Result<(DatabaseTransaction, TagRow), Refusal> {
    let found = by_ids(accounts.store.read(), &[id]).await?.remove(&id);
    let Some(tag) = found else {
        return Err(organise::missing(accounts, viewer, policy, "tag").await?);
    };
    let transaction = organise::begin(accounts, viewer, tag.publication_id, policy).await?;
    // As it is now that nobody else changes it.
    match by_ids(&transaction, &[id]).await?.remove(&id) {
        Some(tag) => Ok((transaction, tag)),
        None => Err(Refusal::NotFound("tag")),
    }
}
