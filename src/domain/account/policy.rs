//! Who may change accounts.

use crate::domain::policy::{Standing, Verdict};
use crate::domain::scope::Scope;

/// Profile, address, password, identities, deletion: the person alone, signed in, for no key should be able to lock its
/// owner out.
pub fn may_change(who: Standing) -> Verdict {
    who.in_person()
}

/// Where one is a member, and whether one looks after the installation: whatever sees with one's eyes.
pub fn may_see_roles(who: Standing) -> Verdict {
    who.signed_in(Scope::Read)
}

/// One's own address: what was let know it (OpenID Connect Core §5.4), or may change the account.
pub fn may_see_address(who: Standing) -> Verdict {
    who.signed_in(Scope::Account).or_else(|_| who.signed_in(Scope::Email))
}

/// The account's own sessions, identities, applications and history.
pub fn may_see_own(who: Standing) -> Verdict {
    who.signed_in(Scope::Account)
}

/// Everybody's accounts, with their addresses.
pub fn may_see_all(who: Standing) -> Verdict {
    who.administrator()
}

/// Sessions: whoever may change the account.
pub fn may_end_sessions(who: Standing) -> Verdict {
    who.signed_in(Scope::Account)
}

/// Other people's accounts.
pub fn may_disable(who: Standing) -> Verdict {
    who.administrator()
}
