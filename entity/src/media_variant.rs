//! Pictures in other sizes and formats, as they were made on demand.

use sea_orm::entity::prelude::*;

use crate::{MediaId, Timestamp};

/// A row of `media_variant`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "media_variant")]
pub struct Model {
    /// Where the media store keeps it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub storage_key: String,
    /// Of which picture.
    pub media_id: MediaId,
    /// Bytes.
    pub byte_size: i64,
    /// When it was made.
    pub made_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
