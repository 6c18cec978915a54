//! Who may make keys.

use crate::domain::policy::{Standing, Verdict};

/// Making, listing and revoking one's own keys: the person alone, so that no key makes another.
pub fn may_manage(who: Standing) -> Verdict {
    who.in_person()
}
