//! A sign-in that lasts: of a browser, or of an application that an account let in. Its refresh tokens are one family.

use sea_orm::entity::prelude::*;

use crate::{OauthClientId, SessionId, Timestamp, UserId};

/// A row of `session`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// The id; access tokens carry it as `sid`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// The application; none: a browser at Quoin itself.
    pub client_id: Option<OauthClientId>,
    /// What it may do, as scopes parted by spaces.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// The browser or device, as it calls itself; may be empty.
    #[sea_orm(column_type = "Text")]
    pub user_agent: String,
    /// The network address that it was last used from; may be empty.
    pub address: String,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last gave out an access token.
    pub last_used_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
