//! What came from where: the memory that makes an import repeatable.

use sea_orm::entity::prelude::*;

use crate::{PublicationId, Timestamp};

/// A row of `import_record`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_record")]
pub struct Model {
    /// Where it was brought in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub publication_id: PublicationId,
    /// The site or folder that it came from.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    /// What it is there, such as `post`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Its id there.
    #[sea_orm(primary_key, auto_increment = false)]
    pub external_id: String,
    /// The row that it became; of which table, `kind` says.
    pub target_id: Uuid,
    /// SHA-256 of what was brought in, in hex; equal means unchanged.
    pub digest: String,
    /// When it was last written.
    pub imported_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
