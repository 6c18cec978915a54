use std::fmt::{Debug, Formatter};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use entity::SigningKeyId;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{DecodingKey, EncodingKey};

/// How tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037): small and quick.
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4): known to clients that do not know the other.
    Es256,
}

impl Algorithm {
    /// Its name in headers and metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::EdDsa, Self::Es256]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn of_header(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
        }
    }
}

/// A key could not be made or read; nothing more is told of keys.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the signing key cannot be used")]
pub struct KeyBroken;

/// A private key.
#[derive(Clone)]
pub struct SigningKey {
    pub(super) id: SigningKeyId,
    pub(super) algorithm: Algorithm,
    pub(super) key: EncodingKey,
}

impl SigningKey {
    /// A new private key as PKCS #8.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn generate(algorithm: Algorithm) -> Result<Vec<u8>, KeyBroken> {
        let random = SystemRandom::new();
        let document = match algorithm {
            // Version 1, without the public half: the only form that jsonwebtoken reads back.
            Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8v1(&random),
            Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random),
        };
        Ok(document.map_err(|_| KeyBroken)?.as_ref().to_vec())
    }

    /// Takes a private key of PKCS #8 into use.
    pub fn new(id: SigningKeyId, algorithm: Algorithm, document: &[u8]) -> Self {
        let key = match algorithm {
            Algorithm::EdDsa => EncodingKey::from_ed_der(document),
            Algorithm::Es256 => EncodingKey::from_ec_der(document),
        };
        Self { id, algorithm, key }
    }

    /// The public half.
    ///
    /// # Errors
    /// When the document was no such key.
    pub fn public(&self) -> Result<VerifyingKey, KeyBroken> {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm.of_header()).map_err(|_| KeyBroken)?;
        jwk.common.key_id = Some(self.id.to_string());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| KeyBroken)?;
        Ok(VerifyingKey {
            id: self.id,
            algorithm: self.algorithm,
            key,
            jwk,
        })
    }
}

impl Debug for SigningKey {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SigningKey({})", self.id)
    }
}

/// A public key.
#[derive(Clone)]
pub struct VerifyingKey {
    pub(super) id: SigningKeyId,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
    pub(super) jwk: Jwk,
}

impl Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "VerifyingKey({})", self.id)
    }
}

/// The keys of this moment: one that signs, and all whose tokens are taken, among them the next one to sign.
#[derive(Clone, Debug)]
pub struct Keyring {
    signing: SigningKey,
    verifying: Vec<VerifyingKey>,
}

impl Keyring {
    /// A keyring; `others` are the keys beside the one that signs.
    ///
    /// # Errors
    /// When a document was no key.
    pub fn new(signing: SigningKey, others: &[SigningKey]) -> Result<Self, KeyBroken> {
        let verifying = std::iter::once(&signing).chain(others).map(SigningKey::public);
        Ok(Self {
            verifying: verifying.collect::<Result<_, _>>()?,
            signing,
        })
    }

    /// The key that signs.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The key of this id, if its tokens are taken.
    pub fn find(&self, id: SigningKeyId) -> Option<&VerifyingKey> {
        self.verifying.iter().find(|key| key.id == id)
    }

    /// How the key that signs does it.
    pub fn algorithm(&self) -> Algorithm {
        self.signing.algorithm
    }

    /// The public keys, as the JWKS endpoint shows them (RFC 7517 §5).
    pub fn public(&self) -> JwkSet {
        JwkSet {
            keys: self.verifying.iter().map(|key| key.jwk.clone()).collect(),
        }
    }
}
