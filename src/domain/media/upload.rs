//! Bringing files with the request that asks for it, and what all ways of bringing them share.

use entity::{MediaId, PublicationId, UserId, media};
use sea_orm::{ActiveValue, ConnectionTrait, DbErr, EntityTrait};

use super::file_name::file_name;
use super::quota::Uploader;
use super::take_in::{Bytes, Taken, take_in};
use super::{Library, policy};
use crate::domain::Viewer;
use crate::domain::member::standing;
use crate::domain::refusal::{Denied, Problem, ProblemCode, Problems, Refusal};
use crate::domain::text::lines;
use crate::store::files::Received;

/// The longest text instead of a picture, and the longest line below one, in characters.
pub const LONGEST_TEXT: usize = 2_000;

/// What is said about a file.
#[derive(Clone, Debug, Default)]
pub struct MediaText {
    /// What it shows, for those who cannot see it.
    pub alt_text: String,
    /// The line below it.
    pub caption: String,
}

impl MediaText {
    /// The texts, cleaned; problems are noted.
    pub(super) fn checked(self, problems: &mut Problems) -> Self {
        let mut check = |field, text: &str| problems.check(lines(field, text, LONGEST_TEXT)).unwrap_or_default();
        Self {
            alt_text: check("altText", &self.alt_text),
            caption: check("caption", &self.caption),
        }
    }
}

/// Whether somebody may bring files to a publication at all.
///
/// # Errors
/// When they may not.
pub async fn may_upload(library: &Library, viewer: Viewer, publication: PublicationId) -> Result<(), Refusal> {
    Ok(policy::may_upload(
        standing(library.store.read(), viewer, publication).await?,
    )?)
}

/// Brings a file that came with the request.
///
/// # Errors
/// A viewer who may not upload; problems of `file`, also when a quota is used up, `altText` and `caption`; [`Refusal::Busy`].
pub async fn upload(
    library: &Library,
    viewer: Viewer,
    publication: PublicationId,
    name: &str,
    file: Received,
    text: MediaText,
) -> Result<MediaId, Refusal> {
    may_upload(library, viewer, publication).await?;
    let mut problems = Problems::default();
    let name = problems.check(file_name("file", name)).unwrap_or_default();
    let text = text.checked(&mut problems);
    if file.size > library.settings.most_bytes {
        problems.add(too_large("file", file.size, library.settings.most_bytes));
    }
    problems.finish()?;
    let account = viewer.actor().ok_or(Denied::Unauthenticated)?.user;
    let uploader = uploader(library, account, publication);
    uploader.take_file().await?;
    // Before it costs anything; what decides is the check when it is recorded.
    uploader.check(library.store.read(), file.size).await?;
    let library = library.clone();
    // Continues after the client has disconnected, so that no file is left without a row.
    let done = tokio::spawn(async move { bring(&library, publication, account, &name, file, text).await });
    done.await.map_err(|error| Refusal::Internal(error.to_string()))?
}

fn uploader(library: &Library, account: UserId, publication: PublicationId) -> Uploader<'_> {
    Uploader {
        library,
        account,
        publication,
        field: "file",
    }
}

async fn bring(
    library: &Library,
    publication: PublicationId,
    account: UserId,
    name: &str,
    file: Received,
    text: MediaText,
) -> Result<MediaId, Refusal> {
    let id = MediaId::new();
    let taken = take_in(library, id, "file", name, Bytes::Here(file)).await?;
    let key = taken.key.clone();
    let recorded = async {
        let transaction = library.store.write().await?;
        let uploader = uploader(library, account, publication);
        uploader.reserve(&transaction, taken.byte_size).await?;
        record(&transaction, id, publication, account, taken, text).await?;
        transaction.commit().await?;
        Ok::<_, Refusal>(())
    };
    if let Err(refusal) = recorded.await {
        library.files.remove(&key).await?;
        return Err(refusal);
    }
    Ok(id)
}

/// Writes down a file that the media store has.
pub(super) async fn record(
    transaction: &impl ConnectionTrait,
    id: MediaId,
    publication: PublicationId,
    uploader: UserId,
    taken: Taken,
    text: MediaText,
) -> Result<(), DbErr> {
    use ActiveValue::Set;
    let pixels = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    let picture = taken.picture;
    let row = media::ActiveModel {
        id: Set(id),
        publication_id: Set(publication),
        uploader_id: Set(Some(uploader)),
        file_name: Set(taken.file_name),
        mime_type: Set(taken.mime_type.to_owned()),
        byte_size: Set(Some(stored_size(taken.byte_size))),
        width: Set(picture.as_ref().map(|picture| pixels(picture.width))),
        height: Set(picture.as_ref().map(|picture| pixels(picture.height))),
        alt_text: Set(text.alt_text),
        caption: Set(text.caption),
        original_url: Set(None),
        storage_key: Set(Some(taken.key)),
        placeholder: Set(picture.as_ref().and_then(|picture| picture.placeholder.clone())),
        digest: Set(picture.map(|picture| picture.digest)),
        created_at: Set(entity::now()),
    };
    media::Entity::insert(row)
        .exec_without_returning(transaction)
        .await
        .map(drop)
}

/// A size as the database has it.
pub(super) fn stored_size(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// The problem with a file that has more bytes than allowed.
pub(super) fn too_large(field: &'static str, size: u64, most: u64) -> Problem {
    let message = format!("The file has {size} bytes; allowed are {most}.");
    Problem::new(ProblemCode::TooLong, field, message)
}
