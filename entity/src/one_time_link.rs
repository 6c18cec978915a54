//! Links that were sent by mail, each good for one use.

use sea_orm::entity::prelude::*;

use crate::{Hidden, Timestamp, UserId};

/// What following a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LinkPurpose {
    /// Makes the account that somebody signed up for.
    SignUp,
    /// Sets the password of an account; claims it where nobody has.
    SetPassword,
    /// Gives an account another address.
    ChangeEmail,
    /// Makes the first account of an installation.
    SetUp,
}

/// A row of `one_time_link`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_link")]
pub struct Model {
    /// SHA-256 of the secret in the link.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Hidden,
    /// What it does.
    pub purpose: LinkPurpose,
    /// The account that it concerns, where there is one.
    pub user_id: Option<UserId>,
    /// The address that it proves, where it proves one.
    pub email: Option<String>,
    /// What else is kept until it is used; never shown.
    #[sea_orm(column_type = "Text")]
    pub detail: Hidden,
    /// When it was sent.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
