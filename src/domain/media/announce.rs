//! Bringing files that are announced first, then sent to an address of their own, then finished.

use std::fmt::{Debug, Formatter};

use entity::{MediaId, PublicationId, Timestamp, UserId, media, media_upload};
use sea_orm::{ActiveValue, ConnectionTrait, EntityTrait, SqlErr};
use url::Url;

use super::Library;
use super::file_name::file_name;
use super::quota::Uploader;
use super::take_in::{Bytes, take_in};
use super::upload::{MediaText, may_upload, record, stored_size, too_large};
use crate::domain::Viewer;
use crate::domain::refusal::{Denied, Problem, ProblemCode, Problems, Refusal};
use crate::domain::text::counted;
use crate::store::files::Received;
use crate::token::Secret;

/// Where an announced file is to be sent.
#[derive(Debug)]
pub struct Announced {
    /// The id that it will have.
    pub id: MediaId,
    /// Where to.
    pub target: Target,
    /// Until when.
    pub expires_at: Timestamp,
}

/// An address that takes a file; whoever has it can send there.
pub enum Target {
    /// This server, with this token.
    Here(Secret),
    /// The bucket itself.
    Bucket(Url),
}

impl Debug for Target {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Target")
    }
}

/// Where the media store keeps what was sent of an upload.
pub(super) fn upload_key(id: MediaId) -> String {
    format!("uploads/{}", id.0.simple())
}

/// Announces a file, which is then to be sent to the address that this gives.
///
/// # Errors
/// A viewer who may not upload; problems of `fileName`, `byteSize`, also when a quota is used up, `altText` and `caption`.
pub async fn announce(
    library: &Library,
    viewer: Viewer,
    publication: PublicationId,
    name: &str,
    byte_size: i64,
    text: MediaText,
) -> Result<Announced, Refusal> {
    may_upload(library, viewer, publication).await?;
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    let mut problems = Problems::default();
    let name = problems.check(file_name("fileName", name)).unwrap_or_default();
    let text = text.checked(&mut problems);
    let most = library.settings.most_bytes;
    match u64::try_from(byte_size) {
        Ok(0) | Err(_) => {
            let message = format!("Say how many bytes the file has: 1 to {most}.");
            problems.add(Problem::new(ProblemCode::Invalid, "byteSize", message));
        }
        Ok(size) if size > most => problems.add(too_large("byteSize", size, most)),
        Ok(_) => {}
    }
    problems.finish()?;
    let uploader = Uploader {
        library,
        account: actor.user,
        publication,
        field: "byteSize",
    };
    uploader.take_file().await?;
    let (id, token) = (MediaId::new(), Secret::new());
    let lifetime = library.settings.upload_lifetime;
    let created_at = entity::now();
    let expires_at = entity::to_stored(created_at + lifetime);
    let target = match library.files.put_address(&upload_key(id), lifetime).await? {
        Some(address) => Target::Bucket(address),
        None => Target::Here(token.clone()),
    };
    let row = media_upload::ActiveModel {
        id: ActiveValue::Set(id),
        publication_id: ActiveValue::Set(publication),
        uploader_id: ActiveValue::Set(actor.user),
        file_name: ActiveValue::Set(name),
        byte_size: ActiveValue::Set(byte_size),
        alt_text: ActiveValue::Set(text.alt_text),
        caption: ActiveValue::Set(text.caption),
        digest: ActiveValue::Set(token.digest()),
        created_at: ActiveValue::Set(created_at),
        expires_at: ActiveValue::Set(expires_at),
    };
    let transaction = library.store.write().await?;
    // What is announced takes its room at once, until it is finished or swept.
    let size = u64::try_from(byte_size).unwrap_or_default();
    uploader.reserve(&transaction, size).await?;
    media_upload::Entity::insert(row)
        .exec_without_returning(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(Announced { id, target, expires_at })
}

/// How many bytes this server takes from whoever brings this token.
///
/// # Errors
/// Not found for an upload that is not under way, is not sent here, or has another token.
pub async fn expected(library: &Library, id: MediaId, token: &Secret) -> Result<u64, Refusal> {
    let row = under_way(library, id).await?;
    // By digest: no time tells how much of a wrong one is right.
    if library.files.is_bucket() || row.digest != token.digest() || row.expires_at <= entity::now() {
        return Err(Refusal::NotFound("upload"));
    }
    Ok(u64::try_from(row.byte_size).unwrap_or_default())
}

/// Keeps what was sent, in place of what was sent before.
///
/// # Errors
/// A problem when it is not as long as it was announced.
pub async fn sent(library: &Library, id: MediaId, file: Received) -> Result<(), Refusal> {
    let row = under_way(library, id).await?;
    check_size(&row, file.size)?;
    Ok(library.files.keep(&upload_key(id), file.file).await?)
}

async fn under_way(library: &Library, id: MediaId) -> Result<media_upload::Model, Refusal> {
    let row = media_upload::Entity::find_by_id(id).one(library.store.read()).await?;
    row.ok_or(Refusal::NotFound("upload"))
}

fn check_size(row: &media_upload::Model, size: u64) -> Result<(), Refusal> {
    if stored_size(size) == row.byte_size {
        return Ok(());
    }
    let message = format!(
        "{} announced, and {} sent. Send the whole file again.",
        counted(row.byte_size, "byte was", "bytes were"),
        counted(size, "was", "were")
    );
    Err(Problem::new(ProblemCode::Invalid, "uploadId", message).into())
}

/// Makes a file of what was sent. Finished again, it gives the same file.
///
/// # Errors
/// Whoever may not; not found for an upload of somebody else; problems of `uploadId`; [`Refusal::Busy`].
pub async fn finish(library: &Library, viewer: Viewer, id: MediaId) -> Result<MediaId, Refusal> {
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    let Some(row) = media_upload::Entity::find_by_id(id).one(library.store.read()).await? else {
        return finished(library.store.read(), actor.user, id).await;
    };
    if row.uploader_id != actor.user {
        return Err(Refusal::NotFound("upload"));
    }
    may_upload(library, viewer, row.publication_id).await?;
    if row.expires_at <= entity::now() {
        let message = "This upload is too old. Announce it anew.";
        return Err(Problem::new(ProblemCode::Expired, "uploadId", message).into());
    }
    let library = library.clone();
    // Goes on when the client does not wait for it: asked again, there is less left to do.
    let done = tokio::spawn(async move { finish_row(&library, row).await });
    done.await.map_err(|error| Refusal::Internal(error.to_string()))?
}

/// The file that an upload has become.
async fn finished(database: &impl ConnectionTrait, user: UserId, id: MediaId) -> Result<MediaId, Refusal> {
    let row = media::Entity::find_by_id(id).one(database).await?;
    let is_theirs = row.is_some_and(|row| row.uploader_id == Some(user));
    is_theirs.then_some(id).ok_or(Refusal::NotFound("upload"))
}

async fn finish_row(library: &Library, row: media_upload::Model) -> Result<MediaId, Refusal> {
    let (id, key) = (row.id, upload_key(row.id));
    // Of several at once, the first does it.
    let turn = library.turn(&key);
    let _held = turn.lock().await;
    let size = match library.files.about(&key).await {
        Ok(about) => about.size,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if let Ok(id) = finished(library.store.read(), row.uploader_id, id).await {
                return Ok(id);
            }
            let message = "Nothing was sent yet: PUT the file to the address of this upload first.";
            return Err(Problem::new(ProblemCode::NotAllowed, "uploadId", message).into());
        }
        Err(error) => return Err(error.into()),
    };
    let taken = async {
        check_size(&row, size)?;
        let bytes = Bytes::Stored { key: key.clone(), size };
        take_in(library, id, "uploadId", &row.file_name, bytes).await
    };
    let taken = match taken.await {
        Err(refusal @ Refusal::Invalid(_)) => {
            // It will not get better; another one may be sent.
            library.files.remove(&key).await?;
            return Err(refusal);
        }
        taken => taken?,
    };
    let text = MediaText {
        alt_text: row.alt_text,
        caption: row.caption,
    };
    let (publication, uploader, kept) = (row.publication_id, row.uploader_id, taken.key.clone());
    let transaction = library.store.write().await?;
    let deleted = media_upload::Entity::delete_by_id(id).exec(&transaction).await?;
    if deleted.rows_affected == 0
        && let Ok(id) = finished(&transaction, uploader, id).await
    {
        // Another process was as quick, and holds the room.
        return Ok(id);
    }
    // An image may have become larger than announced.
    let room = Uploader {
        library,
        account: uploader,
        publication,
        field: "uploadId",
    };
    if let Err(refusal) = room.reserve(&transaction, taken.byte_size).await {
        drop(transaction);
        library.files.remove(&kept).await?;
        return Err(refusal);
    }
    let recorded = record(&transaction, id, publication, uploader, taken, text).await;
    match recorded {
        Ok(()) => transaction.commit().await?,
        // Another process was as quick.
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            drop(transaction);
        }
        Err(error) => return Err(error.into()),
    }
    library.files.remove(&key).await?;
    Ok(id)
}
