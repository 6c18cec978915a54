//! Applications that may ask accounts to let them in (RFC 6749 §2).

use sea_orm::entity::prelude::*;

use crate::{Hidden, OauthClientId, Timestamp, UserId};

/// A row of `oauth_client`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_client")]
pub struct Model {
    /// The id; without hyphens it is the `client_id`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OauthClientId,
    /// What people know it by.
    pub name: String,
    /// SHA-256 of its secret; none: a public client (RFC 6749 §2.1).
    pub secret_digest: Option<Hidden>,
    /// Where codes may be sent, to the letter; a JSON list.
    #[sea_orm(column_type = "JsonBinary")]
    pub redirect_uris: Json,
    /// What it may be let do, as scopes parted by spaces.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// How it may get tokens, as grant types parted by spaces.
    #[sea_orm(column_type = "Text")]
    pub grant_types: String,
    /// Whether it belongs to this installation, so that people are not asked for their consent.
    pub is_trusted: bool,
    /// Who registered it.
    pub created_by_id: Option<UserId>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
