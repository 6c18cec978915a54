//! Who may do what. Each act has one function in the `policy.rs` of its thing; all of them are pure, ask a [`Standing`],
//! and stand in [`ACTS`], from which `docs/permissions.md` is made.

mod matrix;

pub use matrix::{ACTS, Act, matrix};

use entity::membership::Role;

use crate::domain::refusal::Denied;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::viewer::{Credential, Viewer};

/// What somebody brings to an act: who they are to the publication or thing at hand, and what their token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who they are.
    pub person: Person,
    /// What their token or key allows.
    pub scopes: Scopes,
    /// Whether the thing at hand is theirs.
    pub is_own: bool,
    /// Whether they came with a session, not with a key or an outside token.
    pub has_session: bool,
}

/// Who somebody is to a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Nobody who is signed in.
    Stranger,
    /// Somebody who is signed in.
    Account,
    /// A member of the publication at hand.
    Member(Role),
    /// Somebody who looks after the installation; to a publication they are not more than others.
    Administrator,
    /// Whoever runs the commands of this installation.
    Operator,
}

/// What a policy says.
pub type Verdict = Result<(), Denied>;

impl Standing {
    /// The standing of a viewer who is this to what is at hand.
    pub fn of(viewer: Viewer, person: Person) -> Self {
        let (scopes, has_session) = match viewer {
            Viewer::Operator => (Scopes::ALL, true),
            Viewer::User(actor) => (actor.scopes, matches!(actor.credential, Credential::Session(_))),
            Viewer::Anonymous | Viewer::Client(_) | Viewer::Preview(_) => (Scopes::NONE, false),
        };
        Self {
            person,
            scopes,
            is_own: false,
            has_session,
        }
    }

    /// The standing towards a thing of one's own, or of somebody else.
    #[must_use]
    pub fn own(self, is_own: bool) -> Self {
        Self { is_own, ..self }
    }

    /// Somebody signed in, with this scope.
    ///
    /// # Errors
    /// Which of the two is missing.
    pub fn signed_in(self, scope: Scope) -> Verdict {
        match self.person {
            Person::Operator => Ok(()),
            Person::Stranger => Err(Denied::Unauthenticated),
            _ if !self.scopes.has(scope) => Err(Denied::Scope(scope)),
            _ => Ok(()),
        }
    }

    /// A member with at least this role, and this scope; `needed` says so to those who are not.
    ///
    /// # Errors
    /// What is missing.
    pub fn at_least(self, role: Role, scope: Scope, needed: &'static str) -> Verdict {
        self.signed_in(scope)?;
        match self.person {
            Person::Operator => Ok(()),
            Person::Member(has) if rank(has) <= rank(role) => Ok(()),
            _ => Err(Denied::Role(needed)),
        }
    }

    /// Whether this is an administrator of the instance, whatever the token allows.
    pub fn is_administrator(self) -> bool {
        matches!(self.person, Person::Operator | Person::Administrator)
    }

    /// Somebody who looks after the installation.
    ///
    /// # Errors
    /// What is missing.
    pub fn administrator(self) -> Verdict {
        self.signed_in(Scope::Admin)?;
        if self.is_administrator() {
            Ok(())
        } else {
            Err(Denied::Role("an administrator of this instance"))
        }
    }

    /// Somebody with a session of their own, towards what is theirs.
    ///
    /// # Errors
    /// What is missing.
    pub fn in_person(self) -> Verdict {
        self.signed_in(Scope::Account)?;
        match self.person {
            Person::Operator => Ok(()),
            _ if !self.has_session => Err(Denied::NeedsSession),
            _ if !self.is_own => Err(Denied::Role("the account whose it is")),
            _ => Ok(()),
        }
    }
}

/// A role's place in the order, the mightiest 0.
pub fn rank(role: Role) -> u8 {
    match role {
        Role::Owner => 0,
        Role::Admin => 1,
        Role::Editor => 2,
        Role::Author => 3,
        Role::Contributor => 4,
    }
}
