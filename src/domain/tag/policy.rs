//! Who may change a publication's tags.

use entity::membership::Role;

use crate::domain::policy::{Standing, Verdict};
use crate::domain::scope::Scope;

/// Making one: whoever publishes here. Authors tag as they write.
pub fn may_add(who: Standing) -> Verdict {
    who.at_least(
        Role::Author,
        Scope::Write,
        "an AUTHOR, EDITOR, ADMIN or OWNER of the publication",
    )
}

/// Renaming, merging and deleting them: those who look after everybody's posts.
pub fn may_manage(who: Standing) -> Verdict {
    who.at_least(
        Role::Editor,
        Scope::Write,
        "an EDITOR, ADMIN or OWNER of the publication",
    )
}
