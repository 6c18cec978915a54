//! Who may see, bring, change and remove files.

use entity::membership::Role;

use crate::domain::policy::{Standing, Verdict};
use crate::domain::scope::Scope;

/// The library of a publication, which holds the files of drafts too.
pub fn may_see(who: Standing) -> Verdict {
    who.signed_in(Scope::Read)?;
    who.at_least(Role::Contributor, Scope::ReadDrafts, "a member of the publication")
}

/// Bringing a file.
pub fn may_upload(who: Standing) -> Verdict {
    who.at_least(Role::Contributor, Scope::Write, "a member of the publication")
}

/// Changing or removing a file: what one brought oneself as long as one is a member, what others brought as an editor.
pub fn may_change(who: Standing) -> Verdict {
    if who.is_own {
        return may_upload(who);
    }
    who.at_least(
        Role::Editor,
        Scope::Write,
        "whoever uploaded the file, or an EDITOR of the publication",
    )
}
