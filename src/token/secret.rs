use std::fmt::{Debug, Formatter};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest as hash};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::Hidden;

/// Longest text that is taken for a secret, in bytes: ours have 43.
const LONGEST: usize = 200;

/// An opaque secret that is handed out once: 256 random bits in base64url. The database keeps its digest alone; a
/// slow hash would add nothing, since nobody can guess it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    ///
    /// # Panics
    /// When the system gives no random numbers, without which nothing here is safe.
    #[allow(clippy::expect_used)] // See above.
    pub fn new() -> Self {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).expect("the system gives random numbers");
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What a client brought back; it may be anything.
    pub fn given(text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.len() > LONGEST {
            text.clear();
        }
        Self(text)
    }

    /// The secret itself: for its owner, never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database keeps of it.
    pub fn digest(&self) -> Hidden {
        digest(&self.0)
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self::new()
    }
}

impl Debug for Secret {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

/// SHA-256 of a text, in base64url.
pub fn digest(text: &str) -> Hidden {
    Hidden(URL_SAFE_NO_PAD.encode(hash(&SHA256, text.as_bytes())))
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub fn matches(left: &str, right: &str) -> bool {
    verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_not_shown() {
        let (one, other) = (Secret::new(), Secret::new());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), 43);
        assert_eq!(format!("{one:?}{:?}", one.digest()), "SecretHidden");
    }

    #[test]
    fn a_digest_is_that_of_rfc_7636() {
        // The example of RFC 7636, appendix B.
        let challenge = digest("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge.expose(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn an_endless_secret_is_none() {
        assert_eq!(Secret::given("a".repeat(LONGEST + 1)), Secret::given(""));
    }
}
