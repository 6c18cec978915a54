//! Posts that are meant to be read in order.

use sea_orm::entity::prelude::*;

use crate::{PublicationId, SeriesId, Timestamp};

/// A row of `series`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "series")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SeriesId,
    /// Whose it is.
    pub publication_id: PublicationId,
    /// Its name in addresses; unique in the publication.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// What it is about; may be empty.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
