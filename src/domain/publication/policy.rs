//! Who may create a publication, and change its settings and menus.

use entity::membership::Role;

use super::Creators;
use crate::domain::policy::{Standing, Verdict};
use crate::domain::refusal::Denied;
use crate::domain::scope::Scope;

/// Creating one: administrators, or every account where `publications.create` is `anyone`.
pub fn may_create(who: Standing, creators: Creators) -> Verdict {
    who.signed_in(Scope::Publication)?;
    if creators == Creators::Anyone || who.is_administrator() {
        Ok(())
    } else {
        Err(Denied::Role("an administrator"))
    }
}

/// Its settings.
pub fn may_change(who: Standing) -> Verdict {
    who.at_least(Role::Admin, Scope::Publication, "an ADMIN or OWNER of the publication")
}

/// Its menus.
pub fn may_set_navigation(who: Standing) -> Verdict {
    may_change(who)
}
