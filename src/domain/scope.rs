//! What a token or key lets its bearer do, beside what the account itself may (RFC 6749 §3.3).

use std::fmt::{Display, Formatter};

/// One scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Scope {
    /// See what is published, and what concerns the account itself: its roles, and the members of its publications.
    Read = 1,
    /// Beside [`Scope::Read`], see what is not published or not public, as far as the account may.
    ReadDrafts = 1 << 9,
    /// Write and change posts, media and comments as the account may.
    Write = 1 << 1,
    /// Look after members, invitations and settings of publications.
    Publication = 1 << 2,
    /// Change the account itself: profile, address, password, sessions, keys.
    Account = 1 << 3,
    /// Look after the installation: applications, accounts, audit.
    Admin = 1 << 4,
    /// Learn who the person is (OpenID Connect Core §3.1.2.1).
    OpenId = 1 << 5,
    /// Learn their name.
    Profile = 1 << 6,
    /// Learn their e-mail address.
    Email = 1 << 7,
    /// Stay signed in while they are away; every grant may, so that asking for it changes nothing.
    OfflineAccess = 1 << 8,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Read,
        Self::ReadDrafts,
        Self::Write,
        Self::Publication,
        Self::Account,
        Self::Admin,
        Self::OpenId,
        Self::Profile,
        Self::Email,
        Self::OfflineAccess,
    ];

    /// Its name in tokens and requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadDrafts => "read:drafts",
            Self::Write => "write",
            Self::Publication => "publication",
            Self::Account => "account",
            Self::Admin => "admin",
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::OfflineAccess => "offline_access",
        }
    }

    /// What it allows, for the person who is asked to consent.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Read => "read what is published, and see your publications, their members and your role in them",
            Self::ReadDrafts => "see drafts and private posts, and the media library, as far as you may",
            Self::Write => "write and change posts, media and comments in your name",
            Self::Publication => "look after members and settings of your publications",
            Self::Account => "change your account: profile, address, password, sessions and keys",
            Self::Admin => "look after this installation, as far as you may",
            Self::OpenId => "know that it is you",
            Self::Profile => "know your name",
            Self::Email => "know your e-mail address",
            Self::OfflineAccess => "stay signed in while you are away",
        }
    }
}

/// Some scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u16);

impl Scopes {
    /// None.
    pub const NONE: Self = Self(0);
    /// What a person at their own browser has: everything.
    pub const ALL: Self = Self((1 << Scope::ALL.len()) - 1);

    /// What API keys can have: nothing that concerns the account itself, so that no key makes another.
    pub fn of_keys() -> Self {
        use Scope::{Admin, Publication, Read, ReadDrafts, Write};
        Self::from_iter([Read, ReadDrafts, Write, Publication, Admin])
    }

    /// Reads a list parted by spaces; the name of the first that does not exist is the error.
    ///
    /// # Errors
    /// When there is no such scope.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scope = |name: &str| {
            let known = Scope::ALL.into_iter().find(|scope| scope.name() == name);
            known.ok_or_else(|| name.to_owned())
        };
        text.split(' ').filter(|name| !name.is_empty()).map(scope).collect()
    }

    /// Reads what was stored or signed by us; what no longer exists is left out.
    pub fn stored(text: &str) -> Self {
        text.split(' ')
            .filter_map(|name| Scope::ALL.into_iter().find(|scope| scope.name() == name))
            .collect()
    }

    /// Whether this one is among them.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope as u16 != 0
    }

    /// Whether all of these are among them.
    pub fn covers(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// Those that are in both.
    #[must_use]
    pub fn within(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These without one.
    #[must_use]
    pub fn without(self, scope: Scope) -> Self {
        Self(self.0 & !(scope as u16))
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |all, scope| all | scope as u16))
    }
}

impl Display for Scopes {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.iter().map(Scope::name).collect();
        formatter.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_comes_back_as_it_was_written() {
        assert_eq!(Scopes::parse(&Scopes::ALL.to_string()), Ok(Scopes::ALL));
        for scope in Scope::ALL {
            let one = Scopes::from_iter([scope]);
            assert_eq!(Scopes::parse(scope.name()), Ok(one));
            assert!(Scopes::ALL.covers(one) && !Scopes::ALL.without(scope).covers(one));
        }
        assert_eq!(Scopes::parse("  read   write "), Scopes::parse("write read"));
    }

    #[test]
    fn a_scope_that_does_not_exist_is_named() {
        assert_eq!(Scopes::parse("read root"), Err("root".to_owned()));
        assert_eq!(Scopes::parse("READ"), Err("READ".to_owned()));
        assert_eq!(Scopes::stored("read root"), Scopes::from_iter([Scope::Read]));
    }
}
