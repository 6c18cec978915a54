//! Media: files, recorded or stored.

use std::collections::HashMap;

use entity::media::{Column, Entity};
use entity::{MediaId, PublicationId, Timestamp, post};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use crate::domain::Viewer;
use crate::domain::post::{Reach, visible};
use crate::store::dialect::any_of;
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
    database: &impl ConnectionTrait,
    viewer: Viewer,
    ids: &[MediaId],
) -> Result<HashMap<MediaId, MediaRow>, DbErr> {
    let shown = match viewer {
        Viewer::Operator => Condition::all(),
        Viewer::Anonymous => Condition::all().add(Expr::exists(
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
pub async fn shown(database: &impl ConnectionTrait, ids: &[MediaId]) -> Result<HashMap<MediaId, MediaRow>, DbErr> {
    by_ids(database, Viewer::Operator, ids).await
}

/// The path at which a stored file is served.
pub fn path(id: MediaId, file_name: &str) -> String {
    let name = percent_encoding::utf8_percent_encode(file_name, percent_encoding::NON_ALPHANUMERIC);
    format!("/media/{id}/{name}")
        .replace("%2E", ".")
        .replace("%2D", "-")
        .replace("%5F", "_")
}
