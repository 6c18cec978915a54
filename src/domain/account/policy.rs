//! Who may change accounts.

use crate::domain::policy::{Standing, Verdict};
use crate::domain::scope::Scope;

/// Profile, address, password, identities, deletion: the person alone, signed in, for no key should be able to lock its
/// owner out.
pub fn may_change(who: Standing) -> Verdict {
    who.in_person()
}

/// Sessions: whoever may change the account.
pub fn may_end_sessions(who: Standing) -> Verdict {
    who.signed_in(Scope::Account)
}

/// Other people's accounts.
pub fn may_disable(who: Standing) -> Verdict {
    who.administrator()
}
