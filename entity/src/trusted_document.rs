//! GraphQL documents that clients may name, registered while Quoin runs.

use sea_orm::entity::prelude::*;

use crate::{Timestamp, TrustedDocumentId, UserId};

/// A row of `trusted_document`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trusted_document")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrustedDocumentId,
    /// What clients name it by. It never stands for another text.
    pub name: String,
    /// The SHA-256 of the text, in hexadecimal.
    pub digest: String,
    /// The text; none: it was removed, and the name is still taken.
    #[sea_orm(column_type = "Text", nullable)]
    pub text: Option<String>,
    /// How many bytes the text has.
    pub byte_size: i32,
    /// Who registered it.
    pub created_by_id: Option<UserId>,
    /// When it was registered, the last time.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
