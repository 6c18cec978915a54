//! Proofs of who somebody is: opaque secrets, the installation's own secret, and signed access tokens. Nothing here
//! knows of accounts; `domain` says what a proof is worth.

mod access;
mod keyring;
mod master;
mod secret;

pub use access::{AccessClaims, IdClaims, TokenFault, Validator};
pub use keyring::{Algorithm, KeyBroken, Keyring, SigningKey, VerifyingKey};
pub use master::{Master, SealBroken};
pub use secret::{Secret, digest, matches};
