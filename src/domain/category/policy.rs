//! Who may change a publication's tree of categories.

use entity::membership::Role;

use crate::domain::policy::{Standing, Verdict};
use crate::domain::scope::Scope;

/// All of it: those who look after everybody's posts.
pub fn may_manage(who: Standing) -> Verdict {
    who.at_least(
        Role::Editor,
        Scope::Write,
        "an EDITOR, ADMIN or OWNER of the publication",
    )
}
