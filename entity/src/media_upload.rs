//! Uploads under way: what was announced, and is to be sent.

use sea_orm::entity::prelude::*;

use crate::{Hidden, MediaId, PublicationId, Timestamp, UserId};

/// A row of `media_upload`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "media_upload")]
pub struct Model {
    /// The id that the file will have.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MediaId,
    /// Whose it will be.
    pub publication_id: PublicationId,
    /// Who brings it.
    pub uploader_id: UserId,
    /// Its name, as it was announced.
    pub file_name: String,
    /// Bytes, as they were announced.
    pub byte_size: i64,
    /// What it shows; may be empty.
    #[sea_orm(column_type = "Text")]
    pub alt_text: String,
    /// The line below it; may be empty.
    #[sea_orm(column_type = "Text")]
    pub caption: String,
    /// SHA-256 of the token in the address that it is sent to.
    pub digest: Hidden,
    /// When it was announced.
    pub created_at: Timestamp,
    /// Until when it can be sent and finished.
    pub expires_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
