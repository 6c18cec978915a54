//! Sign-ins that are under way at an outside provider.

use sea_orm::entity::prelude::*;

use crate::{Hidden, Timestamp, UserId};

/// A row of `sign_in_attempt`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_attempt")]
pub struct Model {
    /// SHA-256 of the `state`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Hidden,
    /// The provider's name in the configuration.
    pub provider: String,
    /// SHA-256 of the secret in the browser's cookie.
    pub browser: Hidden,
    /// What the ID token must repeat.
    pub nonce: Hidden,
    /// The PKCE verifier.
    pub pkce_verifier: Hidden,
    /// Where the browser goes afterwards; a path of this installation.
    #[sea_orm(column_type = "Text")]
    pub return_to: String,
    /// The account that the identity is to be linked to, when somebody is signed in.
    pub user_id: Option<UserId>,
    /// When it began.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
