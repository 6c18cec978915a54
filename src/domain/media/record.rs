//! Files as an import records them: whether their bytes are here is another matter.

use entity::media::{ActiveModel, Entity};
use entity::{MediaId, PublicationId, Timestamp, UserId};
use sea_orm::{ActiveValue, ConnectionTrait, DbErr, EntityTrait};

use crate::domain::text::of_the_web;

/// A file as it shall be recorded.
#[derive(Clone, Debug)]
pub struct MediaDraft {
    /// The id, new or of the file that is to change.
    pub id: MediaId,
    /// Whether there is none with this id yet.
    pub is_new: bool,
    /// Its name in addresses, without folders.
    pub file_name: String,
    /// What it shows.
    pub alt_text: String,
    /// The line below it.
    pub caption: String,
    /// Who brought it.
    pub uploader: Option<UserId>,
    /// Where an import found it; anything but http and https is dropped, since readers are sent there.
    pub original_url: Option<String>,
    /// When it was recorded.
    pub created_at: Timestamp,
}

/// Records a file, or changes what is recorded of it. What is stored of it is [`store`]'s matter.
pub async fn save(
    transaction: &impl ConnectionTrait,
    publication: PublicationId,
    draft: MediaDraft,
) -> Result<(), DbErr> {
    use ActiveValue::{NotSet, Set};
    let mime_type = mime_guess::from_path(&draft.file_name)
        .first_or_octet_stream()
        .to_string();
    let row = ActiveModel {
        id: Set(draft.id),
        publication_id: Set(publication),
        uploader_id: Set(draft.uploader),
        file_name: Set(draft.file_name),
        mime_type: Set(mime_type),
        byte_size: NotSet,
        width: NotSet,
        height: NotSet,
        alt_text: Set(draft.alt_text),
        caption: Set(draft.caption),
        original_url: Set(of_the_web(draft.original_url)),
        storage_key: NotSet,
        placeholder: NotSet,
        digest: NotSet,
        created_at: Set(entity::to_stored(draft.created_at)),
    };
    if draft.is_new {
        Entity::insert(row).exec_without_returning(transaction).await.map(drop)
    } else {
        Entity::update(row).exec_without_returning(transaction).await.map(drop)
    }
}

/// What is known of a file that lies in the media store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Where the media store keeps it.
    pub key: String,
    /// Bytes.
    pub byte_size: i64,
    /// Width and height in pixels, of an image.
    pub dimensions: Option<(i32, i32)>,
    /// What changes when the bytes do.
    pub digest: Option<String>,
}

/// Notes where the bytes of a recorded file are; none: they are only where it was found.
pub async fn store(transaction: &impl ConnectionTrait, id: MediaId, stored: Option<StoredFile>) -> Result<(), DbErr> {
    use ActiveValue::{Set, Unchanged};
    let dimensions = stored.as_ref().and_then(|stored| stored.dimensions);
    let row = ActiveModel {
        id: Unchanged(id),
        byte_size: Set(stored.as_ref().map(|stored| stored.byte_size)),
        width: Set(dimensions.map(|(width, _)| width)),
        height: Set(dimensions.map(|(_, height)| height)),
        placeholder: Set(None),
        digest: Set(stored.as_ref().and_then(|stored| stored.digest.clone())),
        storage_key: Set(stored.map(|stored| stored.key)),
        ..Default::default()
    };
    Entity::update(row).exec_without_returning(transaction).await.map(drop)
}
