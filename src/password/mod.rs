//! Passwords: which are good enough to be set, and their hashing, which is slow on purpose and has threads of its own so
//! that it never holds up an answer to somebody else. Knows nothing of accounts.

mod common;
mod hash;
mod input;
mod pool;

pub use hash::{PasswordHash, Verdict};
pub use input::{Attempt, Password, PasswordProblem};
pub use pool::{Busy, PasswordSettings, Passwords};
