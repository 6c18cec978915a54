//! Who may read what happened.

use entity::membership::Role;

use crate::domain::policy::{Standing, Verdict};
use crate::domain::scope::Scope;

/// What concerns a publication.
pub fn may_read(who: Standing) -> Verdict {
    who.at_least(Role::Owner, Scope::Publication, "an OWNER of the publication")
}

/// Everything.
pub fn may_read_all(who: Standing) -> Verdict {
    who.administrator()
}
