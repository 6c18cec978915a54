//! Media: files, recorded or stored. Some were found by an import; the others were uploaded, which is where the rules
//! are about what may be kept.

mod announce;
mod change;
mod file_name;
mod library;
mod list;
pub mod policy;
pub mod quota;
mod record;
mod sweep;
mod take_in;
mod upload;
mod uses;
mod variant;

pub use crate::picture::{Class, Format, is_inline};
pub use announce::{Announced, Target, announce, expected, finish, sent};
pub use change::{MediaChange, delete, update};
pub use library::{Library, MediaSettings};
pub use list::{MediaFilter, class, count_of, list_of};
pub use record::{MediaDraft, StoredFile, save, store};
pub use sweep::sweep;
pub use upload::{MediaText, may_upload, upload};
pub use uses::{PostUses, note_uses, used_in};
pub use variant::{Variant, address, variant, version, width_of};

use std::collections::HashMap;

use entity::media::{Column, Entity};
use entity::{MediaId, PublicationId, Timestamp, UserId, membership, post};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};
use uuid::Uuid;

use crate::domain::Viewer;
use crate::domain::post::{Reach, showing_unpublished, visible};
use crate::store::changes::Topic;
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
        /// Who brought it.
        pub uploader_id: Option<UserId> = UploaderId,
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
        /// A `ThumbHash` of the picture in base64.
        pub placeholder: Option<String> = Placeholder,
        /// The beginning of the SHA-256 of the picture's bytes.
        pub digest: Option<String> = Digest,
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

/// The files with these ids that stand for something the viewer may see, or belong to a publication that they are a
/// member of.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[MediaId],
) -> Result<HashMap<MediaId, MediaRow>, DbErr> {
    let featured = || {
        Expr::exists(
            Query::select()
                .expr(Expr::val(1))
                .from(post::Entity)
                .and_where(post::Column::FeaturedMediaId.into_expr().eq(Column::Id.into_expr()))
                .cond_where(visible(viewer, Reach::Direct))
                .take(),
        )
    };
    let shown = match (viewer, viewer.drafts_reader()) {
        (Viewer::Operator, _) => Condition::all(),
        (_, Some(user)) => Condition::any().add(featured()).add(Expr::exists(of_member(user))),
        (_, None) => Condition::all().add(featured()),
    };
    let statement = media()
        .cond_where(shown)
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    // The log tells nothing of what stands for what is not published.
    showing_unpublished(database, viewer);
    let database = database.showing(Topic::things(ids));
    Ok(fetch::<MediaRow>(&database, &statement)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}

/// The membership of a user in the publication of the file at hand.
fn of_member(user: UserId) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(membership::Entity)
        .and_where(
            membership::Column::PublicationId
                .into_expr()
                .eq(Column::PublicationId.into_expr()),
        )
        .and_where(membership::Column::UserId.eq(user))
        .take()
}

/// The files that visible things, which the viewer was given before, show.
pub async fn shown(database: &impl Reads, ids: &[MediaId]) -> Result<HashMap<MediaId, MediaRow>, DbErr> {
    by_ids(database, Viewer::Operator, ids).await
}

/// How the paths of stored files begin.
pub const PATHS: &str = "/media/";

/// The path at which a stored file is served.
pub fn path(id: MediaId, file_name: &str) -> String {
    format!("{PATHS}{id}/{}", encoded(file_name))
}

/// A name as the last part of a path.
fn encoded(file_name: &str) -> String {
    percent_encoding::utf8_percent_encode(file_name, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2E", ".")
        .replace("%2D", "-")
        .replace("%5F", "_")
}

/// Whether this is a [`path`], and no page of a front end that begins as one.
pub fn is_path(address: &str) -> bool {
    let id = address.strip_prefix(PATHS).and_then(|rest| rest.split('/').next());
    id.is_some_and(|id| Uuid::try_parse(id).is_ok())
}

/// The recorded file with this id, whoever asks: an id cannot be guessed, and stands in the pages that show the file.
pub async fn by_id(database: &impl Reads, id: MediaId) -> Result<Option<MediaRow>, DbErr> {
    Ok(shown(database, &[id]).await?.remove(&id))
}
