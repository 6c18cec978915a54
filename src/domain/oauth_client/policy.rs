//! Who may look after applications.

use crate::domain::policy::{Standing, Verdict};

/// Registering, changing and removing applications.
pub fn may_manage(who: Standing) -> Verdict {
    who.administrator()
}

/// Taking back what one let an application do.
pub fn may_withdraw(who: Standing) -> Verdict {
    who.in_person()
}
