//! The public keys of an issuer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// How long keys are believed without asking again.
const FRESH: Duration = Duration::from_hours(1);
/// How long they are believed while the issuer cannot be asked.
const USABLE: Duration = Duration::from_hours(24);
/// The most keys of one issuer.
const MOST_KEYS: usize = 100;

const RSA: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// A public key, and what it may be used for.
#[derive(Debug)]
pub(super) struct Key {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    decoding: DecodingKey,
}

impl Key {
    pub fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// None for keys that do not sign, and for those that are shared secrets (RFC 7517, sections 4.2 to 4.4).
    fn of(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let is_for_signing = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
        let operations = common.key_operations.as_deref();
        if !is_for_signing || operations.is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
            return None;
        }
        let possible: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => RSA,
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[Algorithm::ES256],
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => &[Algorithm::ES384],
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
            _ => return None,
        };
        let algorithms = match common.key_algorithm {
            None => possible.to_vec(),
            Some(only) => vec![*possible.iter().find(|algorithm| only == (**algorithm).into())?],
        };
        Some(Self {
            kid: common.key_id.clone(),
            algorithms,
            decoding: DecodingKey::from_jwk(jwk).ok()?,
        })
    }
}

/// The keys of an issuer, and when they were fetched.
#[derive(Debug)]
pub(super) struct Keys {
    fetched: Instant,
    keys: Vec<Arc<Key>>,
}

impl Keys {
    /// Reads a set of keys (RFC 7517, section 5), fetched now; leaves out those that are not understood.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(json)?;
        let known = set.keys.into_iter().take(MOST_KEYS).filter_map(|key| {
            let key: Jwk = serde_json::from_value(key).ok()?;
            Key::of(&key).map(Arc::new)
        });
        Ok(Self {
            fetched: Instant::now(),
            keys: known.collect(),
        })
    }

    pub fn is_fresh(&self) -> bool {
        self.fetched.elapsed() < FRESH
    }

    pub fn is_usable(&self) -> bool {
        self.fetched.elapsed() < USABLE
    }

    /// The key of this name; without a name the only one for this algorithm.
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<Arc<Key>> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.algorithms.contains(&algorithm) && (kid.is_none() || key.kid.as_deref() == kid));
        let first = fitting.next()?;
        (kid.is_some() || fitting.next().is_none()).then(|| Arc::clone(first))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn keys(keys: &Value) -> Keys {
        Keys::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn only_keys_that_sign_and_are_public_are_kept() {
        let set = keys(&json!([
            { "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "good" },
            { "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "enc", "use": "enc" },
            { "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "ops", "key_ops": ["sign"] },
            { "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "alg", "alg": "RS256" },
            { "kty": "OKP", "crv": "X25519", "x": X, "kid": "curve" },
            { "kty": "oct", "k": "c2VjcmV0", "kid": "shared", "alg": "HS256" },
            { "kty": "what", "kid": "unknown" },
            { "kid": "none" },
            5,
            null,
        ]));
        for (kid, algorithm) in [
            ("enc", Algorithm::EdDSA),
            ("ops", Algorithm::EdDSA),
            ("alg", Algorithm::EdDSA),
            ("alg", Algorithm::RS256),
            ("curve", Algorithm::EdDSA),
            ("shared", Algorithm::HS256),
            ("good", Algorithm::HS256),
            ("good", Algorithm::ES256),
            ("goo", Algorithm::EdDSA),
            ("", Algorithm::EdDSA),
        ] {
            assert!(set.find(Some(kid), algorithm).is_none(), "{kid} {algorithm:?}");
        }
        assert!(set.find(Some("good"), Algorithm::EdDSA).is_some());
        assert!(set.find(None, Algorithm::EdDSA).is_some());
    }

    #[test]
    fn a_token_that_names_no_key_needs_a_single_one() {
        let set = keys(&json!([
            { "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "a" },
            { "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "b" },
        ]));
        assert!(set.find(None, Algorithm::EdDSA).is_none());
        assert!(set.find(Some("b"), Algorithm::EdDSA).is_some());
    }

    #[test]
    fn what_is_no_set_of_keys_is_refused() {
        for text in ["", "[]", "{}", "{\"keys\": 5}", "<html>"] {
            assert!(Keys::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
