//! Invitations to become a member of a publication.

use sea_orm::entity::prelude::*;

use crate::membership::Role;
use crate::{Hidden, InvitationId, PublicationId, Timestamp, UserId};

/// A row of `invitation`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// The publication.
    pub publication_id: PublicationId,
    /// Whom it was sent to, lower-cased; one for each publication.
    pub email: String,
    /// What they are to be.
    pub role: Role,
    /// SHA-256 of the secret in the link.
    pub digest: Hidden,
    /// Who invited.
    pub invited_by_id: Option<UserId>,
    /// When it was sent.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
