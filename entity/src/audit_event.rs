//! What happened to accounts and rights. Rows outlive the people whom they name, so nothing holds their ids.

use sea_orm::entity::prelude::*;

use crate::{AuditEventId, PublicationId, Timestamp, UserId};

/// A row of `audit_event`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEventId,
    /// What happened, as `domain::audit` names it.
    pub kind: String,
    /// Who did it; none: nobody who was signed in.
    pub actor_id: Option<UserId>,
    /// Whom it concerns.
    pub user_id: Option<UserId>,
    /// The publication that it concerns.
    pub publication_id: Option<PublicationId>,
    /// From which network address; may be empty.
    pub address: String,
    /// What else there is to say, as a JSON object without secrets.
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Json,
    /// When.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
