//! Media: files, recorded or stored.

use std::collections::HashMap;

use entity::media::{ActiveModel, Column, Entity};
use entity::{MediaId, PublicationId, Timestamp, UserId, post};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait};

use uuid::Uuid;

use crate::domain::Viewer;
use crate::domain::post::{Reach, visible};
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, row};

row! {
    /// A file.
    pub struct MediaRow of media {
        /// The id.
        pub id: MediaId = Id,
        /// Whose it is.
        pub publication_id: PublicationId = PublicationId,
        /// Its name in addresses.
        pub file_name: String = FileName,
        /// Media type.
        pub mime_type: String = MimeType,
        /// Bytes; unknown while the file is only recorded.
        pub byte_size: Option<i64> = ByteSize,
        /// Pixels, of an image.
        pub width: Option<i32> = Width,
        /// Pixels, of an image.
        pub height: Option<i32> = Height,
        /// What it shows; may be empty.
        pub alt_text: String = AltText,
        /// The line below it; may be empty.
        pub caption: String = Caption,
        /// Where an import found it.
        pub original_url: Option<String> = OriginalUrl,
        /// Where the media store keeps it; none while it is only recorded.
        pub storage_key: Option<String> = StorageKey,
        /// When it was recorded.
        pub created_at: Timestamp = CreatedAt,
    }
}

fn media() -> SelectStatement {
    let mut statement = Query::select();
    MediaRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The files with these ids that stand for something the viewer may see.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[MediaId],
) -> Result<HashMap<MediaId, MediaRow>, DbErr> {
    let shown = match viewer {
        Viewer::Operator => Condition::all(),
        _ => Condition::all().add(Expr::exists(
            Query::select()
                .expr(Expr::val(1))
                .from(post::Entity)
                .and_where(post::Column::FeaturedMediaId.into_expr().eq(Column::Id.into_expr()))
                .cond_where(visible(viewer, Reach::Direct))
                .take(),
        )),
    };
    let statement = media()
        .cond_where(shown)
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    Ok(fetch::<MediaRow>(database, &statement)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}

/// The files that visible things, which the viewer was given before, show.
pub async fn shown(database: &impl Reads, ids: &[MediaId]) -> Result<HashMap<MediaId, MediaRow>, DbErr> {
    by_ids(database, Viewer::Operator, ids).await
}

/// How the paths of stored files begin.
pub const PATHS: &str = "/media/";

/// The path at which a stored file is served.
pub fn path(id: MediaId, file_name: &str) -> String {
    let name = percent_encoding::utf8_percent_encode(file_name, percent_encoding::NON_ALPHANUMERIC);
    format!("{PATHS}{id}/{name}")
        .replace("%2E", ".")
        .replace("%2D", "-")
        .replace("%5F", "_")
}

/// Whether this is a [`path`], and no page of a front end that begins as one.
pub fn is_path(address: &str) -> bool {
    let id = address.strip_prefix(PATHS).and_then(|rest| rest.split('/').next());
    id.is_some_and(|id| Uuid::try_parse(id).is_ok())
}

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
        original_url: Set(draft.original_url.filter(|url| is_of_the_web(url))),
        storage_key: NotSet,
        created_at: Set(entity::to_stored(draft.created_at)),
    };
    if draft.is_new {
        Entity::insert(row).exec_without_returning(transaction).await.map(drop)
    } else {
        Entity::update(row).exec_without_returning(transaction).await.map(drop)
    }
}

fn is_of_the_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
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
        storage_key: Set(stored.map(|stored| stored.key)),
        ..Default::default()
    };
    Entity::update(row).exec_without_returning(transaction).await.map(drop)
}

/// The recorded file with this id, whoever asks: an id cannot be guessed, and stands in the pages that show the file.
pub async fn by_id(database: &impl Reads, id: MediaId) -> Result<Option<MediaRow>, DbErr> {
    Ok(shown(database, &[id]).await?.remove(&id))
}
