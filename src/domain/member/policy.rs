//! Who may see, invite and remove members.

use entity::membership::Role;

use crate::domain::policy::{Person, Standing, Verdict, rank};
use crate::domain::refusal::Denied;
use crate::domain::scope::Scope;

/// The list of members.
pub fn may_see(who: Standing) -> Verdict {
    who.at_least(Role::Contributor, Scope::Read, "a member of the publication")
}

/// The list of invitations, which has the addresses of people who are no members yet: whoever may invite.
pub fn may_see_invitations(who: Standing) -> Verdict {
    who.at_least(Role::Admin, Scope::Publication, "an ADMIN or OWNER of the publication")
}

/// Making somebody a member with this role: what is below ADMIN by those who are at least that, the rest by an OWNER.
pub fn may_give(who: Standing, role: Role) -> Verdict {
    if rank(role) > rank(Role::Admin) {
        who.at_least(Role::Admin, Scope::Publication, "an ADMIN or OWNER of the publication")
    } else {
        who.at_least(Role::Owner, Scope::Publication, "an OWNER of the publication")
    }
}

/// Taking this role from somebody: whoever may give it.
pub fn may_take(who: Standing, role: Role) -> Verdict {
    may_give(who, role)
}

/// Leaving: any member. That somebody remains who owns it is for the verb to see.
pub fn may_leave(who: Standing) -> Verdict {
    who.signed_in(Scope::Publication)?;
    match who.person {
        Person::Member(_) => Ok(()),
        _ => Err(Denied::Role("a member of the publication")),
    }
}

/// Handing an imported author's account to somebody.
pub fn may_send_claim(who: Standing) -> Verdict {
    who.at_least(Role::Admin, Scope::Publication, "an ADMIN or OWNER of the publication")
}
