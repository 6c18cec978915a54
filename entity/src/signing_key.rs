//! The keys that tokens are signed with.

use sea_orm::entity::prelude::*;

use crate::{Hidden, SigningKeyId, Timestamp};

/// A row of `signing_key`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// The id: the `kid` of tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SigningKeyId,
    /// `EdDSA` or `ES256` (RFC 8037, RFC 7518).
    pub algorithm: String,
    /// The private key, PKCS #8, sealed with the installation's secret, in base64url.
    #[sea_orm(column_type = "Text")]
    pub sealed: Hidden,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it signs; it is published before.
    pub signs_from: Timestamp,
    /// Until when its tokens are taken; none while it signs.
    pub verifies_until: Option<Timestamp>,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
