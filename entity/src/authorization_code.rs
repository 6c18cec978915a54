//! Authorization codes, on their way from the browser to the application (RFC 6749 §4.1.2).

use sea_orm::entity::prelude::*;

use crate::{Hidden, OauthClientId, SessionId, Timestamp, UserId};

/// A row of `authorization_code`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_code")]
pub struct Model {
    /// SHA-256 of the code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Hidden,
    /// The application that it was made for.
    pub client_id: OauthClientId,
    /// Who consented.
    pub user_id: UserId,
    /// Where it was sent, which the application must repeat.
    #[sea_orm(column_type = "Text")]
    pub redirect_uri: String,
    /// What was consented to, as scopes parted by spaces.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// The PKCE challenge, S256.
    pub code_challenge: String,
    /// OpenID's `nonce`, repeated in the ID token.
    pub nonce: Option<String>,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// The session that it was exchanged for; a second use ends it.
    pub session_id: Option<SessionId>,
    /// When it was exchanged.
    pub used_at: Option<Timestamp>,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
