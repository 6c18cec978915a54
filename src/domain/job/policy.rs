//! Who may see what is to be done.

use crate::domain::policy::{Standing, Verdict};

/// Seeing jobs, and having those tried again that were given up.
pub fn may_manage(who: Standing) -> Verdict {
    who.administrator()
}
