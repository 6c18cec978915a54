use entity::media::{ActiveModel, Entity, Model};
use entity::{MediaId, media_variant};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use super::file_name::{file_name, fitting};
use super::upload::LONGEST_TEXT;
use super::{Library, policy, uses};
use crate::domain::Viewer;
use crate::domain::member::standing;
use crate::domain::refusal::{Denied, Problem, ProblemCode, Problems, Refusal};
use crate::domain::text::{counted, lines};
use crate::picture::kind_of;
use crate::store::changes::Topic;

/// What is to change of a file; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct MediaChange {
    /// Its name in addresses. Old addresses go on to work.
    pub file_name: Option<String>,
    /// What it shows.
    pub alt_text: Option<String>,
    /// The line below it.
    pub caption: Option<String>,
}

/// Changes what is said about a file.
///
/// # Errors
/// Whoever may not; problems of the fields.
pub async fn update(library: &Library, viewer: Viewer, id: MediaId, change: MediaChange) -> Result<(), Refusal> {
    let transaction = library.store.write().await?;
    let row = changeable(&transaction, viewer, id).await?;
    let mut problems = Problems::default();
    let name = change.file_name.as_deref().and_then(|name| {
        let name = problems.check(file_name("fileName", name))?;
        Some(kind_of(&row.mime_type).map_or_else(|| name.clone(), |kind| fitting(&name, kind)))
    });
    let mut check = |field, text: Option<&str>| problems.check(lines(field, text?, LONGEST_TEXT));
    let alt_text = check("altText", change.alt_text.as_deref());
    let caption = check("caption", change.caption.as_deref());
    problems.finish()?;
    let changed = ActiveModel {
        id: ActiveValue::Unchanged(id),
        file_name: ActiveValue::Set(name.unwrap_or(row.file_name)),
        alt_text: ActiveValue::Set(alt_text.unwrap_or(row.alt_text)),
        caption: ActiveValue::Set(caption.unwrap_or(row.caption)),
        ..Default::default()
    };
    Entity::update(changed).exec_without_returning(&transaction).await?;
    transaction.changed([Topic::thing(id)]);
    Ok(transaction.commit().await?)
}

/// Removes a file and everything made of it. One that posts of its publication show is removed only by `force`; they show a
/// gap then. Other publications cannot hold a file that is not theirs.
///
/// # Errors
/// Whoever may not; a problem of `id` when it is used.
pub async fn delete(library: &Library, viewer: Viewer, id: MediaId, force: bool) -> Result<(), Refusal> {
    let transaction = library.store.write().await?;
    let row = changeable(&transaction, viewer, id).await?;
    let uses = uses::count(&transaction, id, row.publication_id).await?;
    if uses > 0 && !force {
        let posts = counted(uses, "post shows", "posts show");
        let message = format!("{posts} this file: take it out there first, or delete it with `force`.");
        return Err(Problem::new(ProblemCode::NotAllowed, "id", message).into());
    }
    let variants = media_variant::Entity::find().filter(media_variant::Column::MediaId.eq(id));
    let variants = variants.all(&transaction).await?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    transaction.changed([Topic::thing(id)]);
    transaction.commit().await?;
    let keys: Vec<_> = variants
        .into_iter()
        .map(|variant| variant.storage_key)
        .chain(row.storage_key)
        .collect();
    let files = library.files.clone();
    // Goes on when the client goes away: nobody else would know what to remove.
    let removed = tokio::spawn(async move {
        for key in keys {
            if let Err(error) = files.remove(&key).await {
                // It is gone for everybody; only the room that it takes is not free.
                tracing::error!(%error, key, "a deleted file is still in the media store");
            }
        }
    });
    removed.await.map_err(|error| Refusal::Internal(error.to_string()))
}

/// The file, which nobody begins to show while this transaction lasts, if the viewer may change it.
async fn changeable(transaction: &impl ConnectionTrait, viewer: Viewer, id: MediaId) -> Result<Model, Refusal> {
    if matches!(viewer, Viewer::Anonymous | Viewer::Client(_)) {
        return Err(Denied::Unauthenticated.into());
    }
    let row = Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    let row = row.ok_or(Refusal::NotFound("file"))?;
    let who = standing(transaction, viewer, row.publication_id).await?;
    // To those who are no members, the library does not exist.
    if let Err(Denied::Role(_)) = policy::may_upload(who) {
        return Err(Refusal::NotFound("file"));
    }
    let is_own = viewer.actor().is_some_and(|actor| row.uploader_id == Some(actor.user));
    policy::may_change(who.own(is_own))?;
    Ok(row)
}
