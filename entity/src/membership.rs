//! Who belongs to a publication, in which role.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{PublicationId, Timestamp, UserId};

/// What a member of a publication may do, the mightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Everything, and giving it away.
    Owner,
    /// Settings and members.
    Admin,
    /// Everybody's posts.
    Editor,
    /// Their own posts, published by themselves.
    Author,
    /// Their own drafts, published by an editor.
    Contributor,
}

/// A row of `membership`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// The publication.
    #[sea_orm(primary_key, auto_increment = false)]
    pub publication_id: PublicationId,
    /// The member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// What the member may do.
    pub role: Role,
    /// When they joined.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
