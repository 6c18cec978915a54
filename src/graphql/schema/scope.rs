//! Scopes: what a token or API key lets its bearer do.

use async_graphql::Enum;

use crate::domain::scope::{Scope as Known, Scopes};

/// Scope of a token or API key: limits what its bearer may do, in addition to the roles of the account.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Known")]
pub enum Scope {
    /// `read`: read published content, and see the publications, roles and fellow members of the account.
    Read,
    /// `read:drafts`: together with `read`, read unpublished and non-public content and the media library, as far as
    /// the account may.
    ReadDrafts,
    /// `write`: create and change posts, media and comments, as far as the account may.
    Write,
    /// `publication`: manage members, invitations and settings of publications.
    Publication,
    /// `account`: manage the account itself: profile, email address, password, sessions and API keys.
    Account,
    /// `admin`: administer the instance: OAuth clients, accounts and audit events.
    Admin,
    /// `openid`: identify the user.
    OpenId,
    /// `profile`: read the name of the user.
    Profile,
    /// `email`: read the email address of the user.
    Email,
    /// `offline_access`: stay signed in while the user is away.
    OfflineAccess,
}

/// Scopes as a list of the schema.
pub fn list(scopes: Scopes) -> Vec<Scope> {
    scopes.iter().map(Scope::from).collect()
}

/// Scopes of an input.
pub fn given(scopes: Vec<Scope>) -> Scopes {
    scopes.into_iter().map(Known::from).collect()
}
