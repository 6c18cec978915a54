//! An uploaded or imported file, and where it came from.

use sea_orm::entity::prelude::*;

use crate::{MediaId, PublicationId, Timestamp, UserId};

/// A row of `media`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MediaId,
    /// Whose it is.
    pub publication_id: PublicationId,
    /// Who brought it.
    pub uploader_id: Option<UserId>,
    /// Its name in addresses.
    pub file_name: String,
    /// Media type by its name or content.
    pub mime_type: String,
    /// Bytes; unknown while the file is only recorded.
    pub byte_size: Option<i64>,
    /// Pixels, of an image.
    pub width: Option<i32>,
    /// Pixels, of an image.
    pub height: Option<i32>,
    /// What it shows, for those who cannot see it; may be empty.
    #[sea_orm(column_type = "Text")]
    pub alt_text: String,
    /// The line below it, plain text; may be empty.
    #[sea_orm(column_type = "Text")]
    pub caption: String,
    /// Where an import found it.
    #[sea_orm(column_type = "Text", nullable)]
    pub original_url: Option<String>,
    /// Where the media store keeps it; none while it is only recorded.
    pub storage_key: Option<String>,
    /// A `ThumbHash` of the picture in base64, for whoever waits for it.
    pub placeholder: Option<String>,
    /// The beginning of the SHA-256 of the picture's bytes in base64url.
    pub digest: Option<String>,
    /// When it was recorded.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
