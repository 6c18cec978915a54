//! Who may do what. Each act has one function in the `policy.rs` of its thing; all of them are pure, ask a [`Standing`],
//! and stand in [`ACTS`], from which `docs/permissions.md` is made.

use entity::membership::Role;

use crate::domain::refusal::Denied;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::viewer::{Credential, Viewer};
use crate::domain::{account, api_key, audit, member, oauth_client};

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
            Viewer::Anonymous | Viewer::Client(_) => (Scopes::NONE, false),
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

    /// Somebody who looks after the installation.
    ///
    /// # Errors
    /// What is missing.
    pub fn administrator(self) -> Verdict {
        self.signed_in(Scope::Admin)?;
        match self.person {
            Person::Operator | Person::Administrator => Ok(()),
            _ => Err(Denied::Role("an administrator of this installation")),
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

/// An act and its policy, for the matrix.
pub struct Act {
    /// What is done.
    pub name: &'static str,
    /// Who may.
    pub policy: fn(Standing) -> Verdict,
}

/// Every act that has a policy.
pub const ACTS: &[Act] = &[
    Act {
        name: "change one's own account",
        policy: account::policy::may_change,
    },
    Act {
        name: "see one's own roles",
        policy: account::policy::may_see_roles,
    },
    Act {
        name: "see one's own address (scope `account` or `email`)",
        policy: account::policy::may_see_address,
    },
    Act {
        name: "see one's own sessions, identities, applications and history",
        policy: account::policy::may_see_own,
    },
    Act {
        name: "see everybody's accounts",
        policy: account::policy::may_see_all,
    },
    Act {
        name: "end one's own sessions",
        policy: account::policy::may_end_sessions,
    },
    Act {
        name: "disable or enable accounts",
        policy: account::policy::may_disable,
    },
    Act {
        name: "make and revoke one's own API keys",
        policy: api_key::policy::may_manage,
    },
    Act {
        name: "register and change OAuth applications",
        policy: oauth_client::policy::may_manage,
    },
    Act {
        name: "take back what one let an application do",
        policy: oauth_client::policy::may_withdraw,
    },
    Act {
        name: "see the members of a publication",
        policy: member::policy::may_see,
    },
    Act {
        name: "see the invitations of a publication",
        policy: member::policy::may_see_invitations,
    },
    Act {
        name: "invite a CONTRIBUTOR, AUTHOR or EDITOR",
        policy: |who| member::policy::may_give(who, Role::Editor),
    },
    Act {
        name: "invite an ADMIN",
        policy: |who| member::policy::may_give(who, Role::Admin),
    },
    Act {
        name: "invite an OWNER",
        policy: |who| member::policy::may_give(who, Role::Owner),
    },
    Act {
        name: "remove a CONTRIBUTOR, AUTHOR or EDITOR",
        policy: |who| member::policy::may_take(who, Role::Editor),
    },
    Act {
        name: "remove an ADMIN",
        policy: |who| member::policy::may_take(who, Role::Admin),
    },
    Act {
        name: "remove an OWNER (never the last)",
        policy: |who| member::policy::may_take(who, Role::Owner),
    },
    Act {
        name: "leave a publication (never the last OWNER)",
        policy: member::policy::may_leave,
    },
    Act {
        name: "send an imported author the link to claim the account",
        policy: member::policy::may_send_claim,
    },
    Act {
        name: "read the audit of a publication",
        policy: audit::policy::may_read,
    },
    Act {
        name: "read the audit of the installation",
        policy: audit::policy::may_read_all,
    },
];

/// The matrix as Markdown: a row for each act, a column for each kind of person.
pub fn matrix() -> String {
    const PEOPLE: [(&str, Person); 8] = [
        ("nobody", Person::Stranger),
        ("account", Person::Account),
        ("CONTRIBUTOR", Person::Member(Role::Contributor)),
        ("AUTHOR", Person::Member(Role::Author)),
        ("EDITOR", Person::Member(Role::Editor)),
        ("ADMIN", Person::Member(Role::Admin)),
        ("OWNER", Person::Member(Role::Owner)),
        ("administrator", Person::Administrator),
    ];
    let standing = |person, scopes, has_session| Standing {
        person,
        scopes,
        is_own: true,
        has_session,
    };
    let mut table = String::from("| act | scope | API key |");
    for (name, _) in PEOPLE {
        table += &format!(" {name} |");
    }
    table += "\n| --- | --- | --- |";
    table += &" --- |".repeat(PEOPLE.len());
    for act in ACTS {
        let allowed = |person, scopes, session| (act.policy)(standing(person, scopes, session)).is_ok();
        let mightiest = [Person::Member(Role::Owner), Person::Administrator];
        let needs = |scope: &Scope| {
            !mightiest
                .iter()
                .any(|person| allowed(*person, Scopes::ALL.without(*scope), true))
        };
        let scopes: Vec<_> = Scope::ALL
            .iter()
            .filter(|scope| needs(scope))
            .map(|scope| format!("`{}`", scope.name()))
            .collect();
        let by_key = mightiest
            .iter()
            .any(|person| allowed(*person, Scopes::of_keys(), false));
        table += &format!(
            "\n| {} | {} | {} |",
            act.name,
            scopes.join(" "),
            if by_key { "yes" } else { "" }
        );
        for (_, person) in PEOPLE {
            table += if allowed(person, Scopes::ALL, true) {
                " yes |"
            } else {
                "  |"
            };
        }
    }
    table + "\n"
}
