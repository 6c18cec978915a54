//! Every act and who may, as a table for people.

use entity::membership::Role;

use super::{Person, Standing, Verdict};
use crate::domain::publication::Creators;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::{
    account, api_key, audit, category, job, media, member, oauth_client, post, publication, series, tag,
    trusted_document,
};

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
        name: "begin a post",
        policy: post::policy::may_create,
    },
    Act {
        name: "edit one's own posts, submit and preview them, delete them before they are public",
        policy: post::policy::may_edit,
    },
    Act {
        name: "do that to everybody's posts",
        policy: |who| post::policy::may_edit(who.own(false)),
    },
    Act {
        name: "publish, schedule, unpublish, archive, and delete one's own posts; edit them when they are scheduled",
        policy: post::policy::may_publish,
    },
    Act {
        name: "publish and so on everybody's posts",
        policy: |who| post::policy::may_publish(who.own(false)),
    },
    Act {
        name: "request changes, pin and erase posts, move pages",
        policy: post::policy::may_review,
    },
    Act {
        name: "create posts for other authors, change the authors of a post",
        policy: post::policy::may_name_authors,
    },
    Act {
        name: "create a publication",
        policy: |who| publication::policy::may_create(who, Creators::Administrators),
    },
    Act {
        name: "create a publication where `publications.create` is `anyone`",
        policy: |who| publication::policy::may_create(who, Creators::Anyone),
    },
    Act {
        name: "change the settings of a publication",
        policy: publication::policy::may_change,
    },
    Act {
        name: "set the menus of a publication",
        policy: publication::policy::may_set_navigation,
    },
    Act {
        name: "make a tag",
        policy: tag::policy::may_add,
    },
    Act {
        name: "change, merge and delete tags",
        policy: tag::policy::may_manage,
    },
    Act {
        name: "make, change, move and delete categories",
        policy: category::policy::may_manage,
    },
    Act {
        name: "make, change, order and delete series",
        policy: series::policy::may_manage,
    },
    Act {
        name: "read the audit of a publication",
        policy: audit::policy::may_read,
    },
    Act {
        name: "read the audit of the installation",
        policy: audit::policy::may_read_all,
    },
    Act {
        name: "see jobs and have failed ones tried again",
        policy: job::policy::may_manage,
    },
    Act {
        name: "register, see and remove trusted documents",
        policy: trusted_document::policy::may_manage,
    },
    Act {
        name: "see the media library of a publication",
        policy: media::policy::may_see,
    },
    Act {
        name: "upload a file",
        policy: media::policy::may_upload,
    },
    Act {
        name: "change or delete a file that one uploaded",
        policy: media::policy::may_change,
    },
    Act {
        name: "change or delete a file of somebody else",
        policy: |who| media::policy::may_change(who.own(false)),
    },
];

/// The columns of people.
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

/// Who may do whatever anybody may.
const MIGHTIEST: [Person; 2] = [Person::Member(Role::Owner), Person::Administrator];

impl Act {
    /// Whether this person may do it to what is theirs.
    fn allows(&self, person: Person, scopes: Scopes, has_session: bool) -> bool {
        let who = Standing {
            person,
            scopes,
            is_own: true,
            has_session,
        };
        (self.policy)(who).is_ok()
    }

    /// The scopes without which nobody may.
    fn scopes(&self) -> Vec<Scope> {
        let is_needed = |scope: &Scope| {
            let without = Scopes::ALL.without(*scope);
            !MIGHTIEST.iter().any(|person| self.allows(*person, without, true))
        };
        Scope::ALL.into_iter().filter(is_needed).collect()
    }

    /// Whether an API key, or an outside token, is enough.
    fn by_key(&self) -> bool {
        MIGHTIEST
            .iter()
            .any(|person| self.allows(*person, Scopes::of_keys(), false))
    }

    /// Its row: scopes, whether a key is enough, and the people.
    fn row(&self) -> String {
        let scopes: Vec<_> = self
            .scopes()
            .iter()
            .map(|scope| format!("`{}`", scope.name()))
            .collect();
        let mut cells = vec![self.name, "", yes(self.by_key())];
        let scopes = scopes.join(" ");
        cells[1] = &scopes;
        cells.extend(PEOPLE.map(|(_, person)| yes(self.allows(person, Scopes::ALL, true))));
        line(&cells)
    }
}

fn yes(may: bool) -> &'static str {
    if may { "yes" } else { "–" }
}

fn line(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The matrix as Markdown: a row for each act, a column for each kind of person.
pub fn matrix() -> String {
    let mut head = vec!["act", "scope", "API key"];
    head.extend(PEOPLE.map(|(name, _)| name));
    let rule = vec!["---"; head.len()];
    let rows = ACTS.iter().map(Act::row);
    [line(&head), line(&rule)].into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each column may, written by hand, so that the matrix is compared with more than itself.
    const EXPECTED: &[(&str, &str, bool, &str)] = &[
        // The act, its scopes, whether a key will do, and for each of PEOPLE whether they may.
        ("change one's own account", "account", false, "-yyyyyyy"),
        ("see one's own roles", "read", true, "-yyyyyyy"),
        (
            "see one's own address (scope `account` or `email`)",
            "",
            false,
            "-yyyyyyy",
        ),
        (
            "see one's own sessions, identities, applications and history",
            "account",
            false,
            "-yyyyyyy",
        ),
        ("see everybody's accounts", "admin", true, "-------y"),
        ("end one's own sessions", "account", false, "-yyyyyyy"),
        ("disable or enable accounts", "admin", true, "-------y"),
        ("make and revoke one's own API keys", "account", false, "-yyyyyyy"),
        ("register and change OAuth applications", "admin", true, "-------y"),
        ("take back what one let an application do", "account", false, "-yyyyyyy"),
        ("see the members of a publication", "read", true, "--yyyyy-"),
        ("see the invitations of a publication", "publication", true, "-----yy-"),
        (
            "invite a CONTRIBUTOR, AUTHOR or EDITOR",
            "publication",
            true,
            "-----yy-",
        ),
        ("invite an ADMIN", "publication", true, "------y-"),
        ("invite an OWNER", "publication", true, "------y-"),
        (
            "remove a CONTRIBUTOR, AUTHOR or EDITOR",
            "publication",
            true,
            "-----yy-",
        ),
        ("remove an ADMIN", "publication", true, "------y-"),
        ("remove an OWNER (never the last)", "publication", true, "------y-"),
        (
            "leave a publication (never the last OWNER)",
            "publication",
            true,
            "--yyyyy-",
        ),
        (
            "send an imported author the link to claim the account",
            "publication",
            true,
            "-----yy-",
        ),
        ("begin a post", "write", true, "--yyyyy-"),
        (
            "edit one's own posts, submit and preview them, delete them before they are public",
            "write",
            true,
            "--yyyyy-",
        ),
        ("do that to everybody's posts", "write", true, "----yyy-"),
        (
            "publish, schedule, unpublish, archive, and delete one's own posts; edit them when they are scheduled",
            "write",
            true,
            "---yyyy-",
        ),
        ("publish and so on everybody's posts", "write", true, "----yyy-"),
        (
            "request changes, pin and erase posts, move pages",
            "write",
            true,
            "----yyy-",
        ),
        (
            "create posts for other authors, change the authors of a post",
            "write",
            true,
            "----yyy-",
        ),
        ("create a publication", "publication", true, "-------y"),
        (
            "create a publication where `publications.create` is `anyone`",
            "publication",
            true,
            "-yyyyyyy",
        ),
        ("change the settings of a publication", "publication", true, "-----yy-"),
        ("set the menus of a publication", "publication", true, "-----yy-"),
        ("make a tag", "write", true, "---yyyy-"),
        ("change, merge and delete tags", "write", true, "----yyy-"),
        ("make, change, move and delete categories", "write", true, "----yyy-"),
        ("make, change, order and delete series", "write", true, "----yyy-"),
        ("read the audit of a publication", "publication", true, "------y-"),
        ("read the audit of the installation", "admin", true, "-------y"),
        ("see jobs and have failed ones tried again", "admin", true, "-------y"),
        ("register, see and remove trusted documents", "admin", true, "-------y"),
        (
            "see the media library of a publication",
            "read read:drafts",
            true,
            "--yyyyy-",
        ),
        ("upload a file", "write", true, "--yyyyy-"),
        ("change or delete a file that one uploaded", "write", true, "--yyyyy-"),
        ("change or delete a file of somebody else", "write", true, "----yyy-"),
    ];

    fn act(name: &str) -> &'static Act {
        let found = ACTS.iter().find(|act| act.name == name);
        found.unwrap_or_else(|| panic!("there is no act {name:?}"))
    }

    #[test]
    fn each_act_is_allowed_to_those_who_were_meant() {
        for (name, scopes, by_key, people) in EXPECTED {
            let act = act(name);
            let may: String = PEOPLE
                .iter()
                .map(|(_, person)| {
                    if act.allows(*person, Scopes::ALL, true) {
                        'y'
                    } else {
                        '-'
                    }
                })
                .collect();
            assert_eq!(&may, people, "{name}");
            let needed: Scopes = act.scopes().into_iter().collect();
            assert_eq!(&needed.to_string(), scopes, "{name}");
            assert_eq!(act.by_key(), *by_key, "{name}");
        }
        let missing: Vec<_> = ACTS
            .iter()
            .filter(|act| EXPECTED.iter().all(|(name, ..)| *name != act.name))
            .map(|act| act.name)
            .collect();
        assert!(missing.is_empty(), "say here who may: {missing:?}");
    }

    #[test]
    fn without_its_scope_nobody_but_the_operator_may() {
        for act in ACTS {
            for (name, person) in PEOPLE {
                assert!(!act.allows(person, Scopes::NONE, true), "{name}: {}", act.name);
            }
            // The operator is a member of nothing.
            let is_leaving = act.name.starts_with("leave");
            assert_eq!(
                act.allows(Person::Operator, Scopes::NONE, false),
                !is_leaving,
                "{}",
                act.name
            );
        }
    }

    #[test]
    fn what_is_somebody_elses_is_not_ones_own() {
        for name in [
            "change one's own account",
            "make and revoke one's own API keys",
            "take back what one let an application do",
        ] {
            let standing = Standing {
                person: Person::Administrator,
                scopes: Scopes::ALL,
                is_own: false,
                has_session: true,
            };
            assert!((act(name).policy)(standing).is_err(), "{name}");
        }
    }

    #[test]
    fn the_page_of_permissions_is_the_matrix() {
        let page = include_str!("../../../docs/permissions.md");
        assert!(
            page.ends_with(&matrix()),
            "docs/permissions.md should end with this table:\n{}",
            matrix()
        );
    }
}
