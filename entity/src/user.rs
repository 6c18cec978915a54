//! A person: an account, and the byline on posts and comments.

use sea_orm::entity::prelude::*;

use crate::{Timestamp, UserId};

/// A row of `user`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// The name in addresses; unique over the whole installation.
    pub username: String,
    /// The name on bylines.
    pub display_name: String,
    /// Lower-cased address; unique where present; never shown to readers.
    pub email: Option<String>,
    /// A few words about them; may be empty.
    #[sea_orm(column_type = "Text")]
    pub bio: String,
    /// Their own site.
    pub website_url: Option<String>,
    /// When a person took the account over; an imported author nobody claimed cannot sign in.
    pub claimed_at: Option<Timestamp>,
    /// Whether they look after the installation itself: its applications, accounts and audit.
    pub is_administrator: bool,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// When its sessions, keys and tokens were last ended by disabling it; stays when it is enabled again.
    pub access_ended_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
