//! Who may say what may be asked.

use crate::domain::policy::{Standing, Verdict};

/// Registering, seeing and removing trusted documents.
pub fn may_manage(who: Standing) -> Verdict {
    who.administrator()
}
