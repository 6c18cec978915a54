//! Scopes: what a token or key lets its bearer do.

use async_graphql::Enum;

use crate::domain::scope::{Scope as Known, Scopes};

/// What a token or key lets its bearer do, beside what the account itself may.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Known")]
pub enum Scope {
    /// `read`: read what is published; see the account's publications, roles and fellow members.
    Read,
    /// `read:drafts`: with `read`, see what is not published or not public, and the media library, as far as the account may.
    ReadDrafts,
    /// `write`: write and change posts, media and comments as the account may.
    Write,
    /// `publication`: look after members, invitations and settings of publications.
    Publication,
    /// `account`: change the account itself: profile, address, password, sessions, keys.
    Account,
    /// `admin`: look after the installation: applications, accounts, audit.
    Admin,
    /// `openid`: learn who the person is.
    OpenId,
    /// `profile`: learn their name.
    Profile,
    /// `email`: learn their e-mail address.
    Email,
    /// `offline_access`: stay signed in while they are away.
    OfflineAccess,
}

/// Scopes as a list.
pub fn list(scopes: Scopes) -> Vec<Scope> {
    scopes.iter().map(Scope::from).collect()
}

/// A list of scopes, as the domain takes it.
pub fn given(scopes: Vec<Scope>) -> Scopes {
    scopes.into_iter().map(Known::from).collect()
}
