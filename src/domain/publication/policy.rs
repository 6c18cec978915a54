//! Who may make a publication, and change its settings and menus.

use entity::membership::Role;

use crate::domain::policy::{Standing, Verdict};
use crate::domain::scope::Scope;

/// Making one: everybody with an account.
pub fn may_add(who: Standing) -> Verdict {
    who.signed_in(Scope::Publication)
}

/// Its settings.
pub fn may_change(who: Standing) -> Verdict {
    who.at_least(Role::Admin, Scope::Publication, "an ADMIN or OWNER of the publication")
}

/// Its menus.
pub fn may_set_navigation(who: Standing) -> Verdict {
    may_change(who)
}
