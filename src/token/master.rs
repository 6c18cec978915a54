use std::fmt::{Debug, Formatter};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::Hidden;

use super::secret::matches;

/// Length of the keys that are derived, in bytes.
const KEY_BYTES: usize = 32;
/// Length of the nonce before what is sealed, in bytes.
const NONCE_BYTES: usize = 12;

/// The secret of this installation, which its replicas share: what is kept in the database is sealed with it, and what
/// browsers bring back is signed with it. Each use has a key of its own, derived by HKDF (RFC 5869).
#[derive(Clone)]
pub struct Master {
    seal: [u8; KEY_BYTES],
    sign: [u8; KEY_BYTES],
}

/// What was sealed cannot be opened: it was changed, or sealed with another secret.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it was changed, or sealed with another secret")]
pub struct SealBroken;

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

impl Master {
    /// From the configured or stored secret, which should have 32 random characters or more.
    pub fn new(secret: &str) -> Self {
        let extracted = Salt::new(HKDF_SHA256, b"quoin").extract(secret.as_bytes());
        let derive = |purpose: &[u8]| {
            let mut key = [0; KEY_BYTES];
            // Fails for lengths beyond 255 hashes alone.
            let filled = extracted
                .expand(&[purpose], Length)
                .and_then(|derived| derived.fill(&mut key));
            debug_assert!(filled.is_ok(), "one hash is enough");
            key
        };
        Self {
            seal: derive(b"seal 1"),
            sign: derive(b"sign 1"),
        }
    }

    /// Seals bytes (AES-256-GCM) so that they open only as what they were sealed as.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Hidden, SealBroken> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.seal).map_err(|_| SealBroken)?;
        let mut sealed = plain.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut sealed)
            .map_err(|_| SealBroken)?;
        let mut bytes = nonce.as_ref().to_vec();
        bytes.append(&mut sealed);
        Ok(Hidden(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed for the same purpose.
    ///
    /// # Errors
    /// When it was changed, or sealed with another secret or for another purpose.
    pub fn open(&self, purpose: &str, sealed: &Hidden) -> Result<Vec<u8>, SealBroken> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed.expose()).map_err(|_| SealBroken)?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_BYTES).ok_or(SealBroken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealBroken)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.seal).map_err(|_| SealBroken)?;
        let mut rest = rest.to_vec();
        let plain = key
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut rest)
            .map_err(|_| SealBroken)?;
        Ok(plain.to_vec())
    }

    /// A signature (HMAC-SHA-256) over a text, good for one purpose.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.sign);
        let mut context = hmac::Context::with_key(&key);
        // The length parts the two: no other purpose and text give the same bytes.
        context.update(&(purpose.len() as u64).to_be_bytes());
        context.update(purpose.as_bytes());
        context.update(text.as_bytes());
        URL_SAFE_NO_PAD.encode(context.sign())
    }

    /// Whether this is the signature over the text for the purpose.
    pub fn verifies(&self, purpose: &str, text: &str, signature: &str) -> bool {
        matches(&self.sign(purpose, text), signature)
    }
}

impl Debug for Master {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Master")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_secret_and_purpose_alone() {
        let master = Master::new("0123456789abcdef0123456789abcdef");
        let sealed = master.seal("key", b"private").expect("random numbers");
        assert_eq!(master.open("key", &sealed).expect("its own"), b"private");
        assert!(master.open("other", &sealed).is_err());
        assert!(Master::new("another").open("key", &sealed).is_err());
        for broken in ["", "AAAA", "?", &sealed.expose()[1..]] {
            assert!(master.open("key", &Hidden(broken.to_owned())).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_signature_is_good_for_its_text_and_purpose_alone() {
        let master = Master::new("0123456789abcdef0123456789abcdef");
        let signature = master.sign("form", "browser");
        assert!(master.verifies("form", "browser", &signature));
        assert!(!master.verifies("form", "browse", &signature));
        assert!(!master.verifies("formb", "rowser", &signature));
        assert!(!master.verifies("form", "browser", ""));
        assert!(!Master::new("another").verifies("form", "browser", &signature));
    }

    #[test]
    fn it_is_not_shown() {
        assert_eq!(format!("{:?}", Master::new("hunter2")), "Master");
    }
}
