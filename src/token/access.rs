use chrono::{DateTime, Utc};
use entity::{SessionId, SigningKeyId};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keyring::{KeyBroken, Keyring};

/// Longest token that is looked at, in bytes; ours have some 600.
const LONGEST: usize = 8_192;
/// How far the clocks of replicas may differ, in seconds.
const LEEWAY: u64 = 5;
/// The media type of access tokens (RFC 9068 §2.1).
const ACCESS: &str = "at+jwt";

/// What an access token says (RFC 9068 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who issued it: this installation.
    pub iss: String,
    /// Whom it is for: this installation.
    pub aud: String,
    /// The account; the application, where no account takes part.
    pub sub: String,
    /// The application that it was given to.
    pub client_id: String,
    /// What it allows, as scopes parted by spaces.
    pub scope: String,
    /// Its own id.
    pub jti: Uuid,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
    /// The session that it belongs to; none where no account takes part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// When the person last proved who they are, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
}

/// What an ID token says (OpenID Connect Core §2), with the claims about the person that the scopes ask for.
#[derive(Clone, Debug, Serialize)]
pub struct IdClaims {
    /// Who issued it.
    pub iss: String,
    /// The account.
    pub sub: String,
    /// The application that it is for.
    pub aud: String,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
    /// When the person last proved who they are, in seconds since 1970.
    pub auth_time: i64,
    /// What the application sent along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// About the person.
    #[serde(flatten)]
    pub person: serde_json::Map<String, serde_json::Value>,
}

/// Why a token is not taken. `Display` is for clients: it tells what RFC 6750 §3.1 asks for and nothing of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It is no access token of the right form.
    #[error("The token is malformed.")]
    Malformed,
    /// Its key is not one of ours, or no longer.
    #[error("The token was signed with an unknown key.")]
    UnknownKey,
    /// Its signature is wrong.
    #[error("The token's signature is wrong.")]
    WrongSignature,
    /// It was issued by, or for, somebody else.
    #[error("The token is not for this service.")]
    WrongAudience,
    /// It is too old.
    #[error("The token has expired.")]
    Expired,
    /// It is too young.
    #[error("The token is not valid yet.")]
    NotYetValid,
    /// It is good, but nobody here is whom it speaks of.
    #[error("The token belongs to no account of this service.")]
    NoAccount,
    /// Its session was ended, or its account disabled or deleted.
    #[error("The token was revoked.")]
    Revoked,
    /// It is an API key that is not stored, or no longer good.
    #[error("The API key is unknown, expired or revoked.")]
    ApiKey,
}

impl Keyring {
    /// Signs an access token.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn sign_access(&self, claims: &AccessClaims) -> Result<String, KeyBroken> {
        self.sign(Some(ACCESS), claims)
    }

    /// Signs an ID token.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn sign_id(&self, claims: &IdClaims) -> Result<String, KeyBroken> {
        self.sign(Some("JWT"), claims)
    }

    fn sign(&self, kind: Option<&str>, claims: &impl Serialize) -> Result<String, KeyBroken> {
        let key = self.signing();
        let mut header = Header::new(key.algorithm.of_header());
        header.typ = kind.map(str::to_owned);
        header.kid = Some(key.id.to_string());
        jsonwebtoken::encode(&header, claims, &key.key).map_err(|_| KeyBroken)
    }
}

/// Checks access tokens of this installation, without asking anybody.
#[derive(Clone, Debug)]
pub struct Validator {
    issuer: String,
}

impl Validator {
    /// For tokens by and for the installation at this address.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into() }
    }

    /// What a token says, if it is ours and its time is now. Whether its session was ended meanwhile is for the caller.
    ///
    /// The header names the key by its id alone: keys that a token brings along or points to (`jwk`, `jku`, `x5u`,
    /// `x5c`) are refused, and the algorithm is the key's own, not the header's (RFC 8725 §3.1).
    ///
    /// # Errors
    /// Why not.
    pub fn verify(&self, keyring: &Keyring, token: &str) -> Result<AccessClaims, TokenFault> {
        if token.len() > LONGEST {
            return Err(TokenFault::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenFault::Malformed)?;
        let is_access = header
            .typ
            .as_deref()
            .map(str::to_ascii_lowercase)
            .is_some_and(|kind| kind.strip_prefix("application/").unwrap_or(&kind) == ACCESS);
        let brings_key = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some();
        if !is_access || brings_key || header.crit.is_some() {
            return Err(TokenFault::Malformed);
        }
        let id = header.kid.as_deref().and_then(|kid| Uuid::parse_str(kid).ok());
        let key = id
            .and_then(|id| keyring.find(SigningKeyId(id)))
            .ok_or(TokenFault::UnknownKey)?;
        let mut validation = Validation::new(key.algorithm.of_header());
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        decode(token, &key.key, &validation)
    }
}

fn decode<T: DeserializeOwned>(
    token: &str,
    key: &jsonwebtoken::DecodingKey,
    validation: &Validation,
) -> Result<T, TokenFault> {
    match jsonwebtoken::decode(token, key, validation) {
        Ok(token) => Ok(token.claims),
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidSignature => TokenFault::WrongSignature,
            ErrorKind::ExpiredSignature => TokenFault::Expired,
            ErrorKind::ImmatureSignature => TokenFault::NotYetValid,
            ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => TokenFault::WrongAudience,
            _ => TokenFault::Malformed,
        }),
    }
}

impl AccessClaims {
    /// When it expires.
    pub fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};

    use super::*;
    use crate::token::{Algorithm, SigningKey};

    const ISSUER: &str = "https://quoin.test";

    fn key(algorithm: Algorithm) -> SigningKey {
        let document = SigningKey::generate(algorithm).unwrap();
        SigningKey::new(SigningKeyId::new(), algorithm, &document)
    }

    fn claims() -> AccessClaims {
        let now = Utc::now().timestamp();
        AccessClaims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: Uuid::now_v7().to_string(),
            client_id: "quoin".into(),
            scope: "read write".into(),
            jti: Uuid::now_v7(),
            iat: now,
            exp: now + 600,
            sid: Some(SessionId::new()),
            auth_time: Some(now),
        }
    }

    fn verify(keyring: &Keyring, token: &str) -> Result<AccessClaims, TokenFault> {
        Validator::new(ISSUER).verify(keyring, token)
    }

    fn part(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// A token of ours with its header changed, signed by our own key.
    fn with_header(key: &SigningKey, change: impl FnOnce(&mut Header)) -> String {
        let mut header = Header::new(key.algorithm.of_header());
        header.typ = Some(ACCESS.into());
        header.kid = Some(key.id.to_string());
        change(&mut header);
        jsonwebtoken::encode(&header, &claims(), &key.key).unwrap()
    }

    /// A token of ours with its claims changed, signed by our own key.
    fn with_claims(keyring: &Keyring, change: impl FnOnce(&mut Value)) -> String {
        let mut said = serde_json::to_value(claims()).unwrap();
        change(&mut said);
        keyring.sign(Some(ACCESS), &said).unwrap()
    }

    #[test]
    fn a_token_comes_back_as_it_was_signed_by_either_algorithm() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let keyring = Keyring::new(key(algorithm), &[]).unwrap();
            let said = claims();
            let token = keyring.sign_access(&said).unwrap();
            assert_eq!(verify(&keyring, &token), Ok(said));
            let header = jsonwebtoken::decode_header(&token).unwrap();
            assert_eq!(header.typ.as_deref(), Some("at+jwt"));
            let public = serde_json::to_value(keyring.public()).unwrap();
            assert_eq!(public["keys"][0]["kid"], json!(header.kid), "{public}");
            assert_eq!(public["keys"][0]["alg"], algorithm.name());
            assert!(public["keys"][0].get("d").is_none(), "the private half stays here");
        }
    }

    #[test]
    fn a_token_of_a_key_that_signs_no_longer_is_taken_while_it_is_on_the_ring() {
        let (old, new) = (key(Algorithm::EdDsa), key(Algorithm::Es256));
        let token = Keyring::new(old.clone(), &[]).unwrap().sign_access(&claims()).unwrap();
        assert!(verify(&Keyring::new(new.clone(), &[old]).unwrap(), &token).is_ok());
        let without = Keyring::new(new, &[]).unwrap();
        assert_eq!(verify(&without, &token), Err(TokenFault::UnknownKey));
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let signing = key(Algorithm::EdDsa);
        let keyring = Keyring::new(signing.clone(), &[]).unwrap();
        for algorithm in ["none", "None", "NONE", ""] {
            let header = json!({ "alg": algorithm, "typ": ACCESS, "kid": signing.id.to_string() });
            let body = part(&serde_json::to_value(claims()).unwrap());
            for signature in ["", "AAAA"] {
                let token = format!("{}.{body}.{signature}", part(&header));
                assert_eq!(verify(&keyring, &token), Err(TokenFault::Malformed), "{token}");
            }
        }
    }

    #[test]
    fn a_public_key_is_no_shared_secret() {
        let signing = key(Algorithm::Es256);
        let keyring = Keyring::new(signing.clone(), &[]).unwrap();
        let public = serde_json::to_value(keyring.public()).unwrap()["keys"][0].to_string();
        for algorithm in [jsonwebtoken::Algorithm::HS256, jsonwebtoken::Algorithm::HS512] {
            let mut header = Header::new(algorithm);
            header.typ = Some(ACCESS.into());
            header.kid = Some(signing.id.to_string());
            let forged =
                jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(public.as_bytes())).unwrap();
            assert!(verify(&keyring, &forged).is_err());
        }
    }

    #[test]
    fn a_token_of_another_algorithm_than_its_keys_is_refused() {
        let signing = key(Algorithm::EdDsa);
        let keyring = Keyring::new(signing.clone(), &[]).unwrap();
        let other = key(Algorithm::Es256);
        let mut header = Header::new(jsonwebtoken::Algorithm::ES256);
        header.typ = Some(ACCESS.into());
        header.kid = Some(signing.id.to_string());
        let forged = jsonwebtoken::encode(&header, &claims(), &other.key).unwrap();
        assert!(verify(&keyring, &forged).is_err());
    }

    #[test]
    fn a_foreign_or_odd_key_id_is_unknown() {
        let signing = key(Algorithm::EdDsa);
        let keyring = Keyring::new(signing.clone(), &[]).unwrap();
        let foreign = key(Algorithm::EdDsa);
        let of_foreign = Keyring::new(foreign, &[]).unwrap().sign_access(&claims()).unwrap();
        assert_eq!(verify(&keyring, &of_foreign), Err(TokenFault::UnknownKey));
        for kid in [
            "",
            "../../etc/passwd",
            "/dev/null",
            "a'; DROP TABLE signing_key; --",
            "\0",
            "%2e%2e",
        ] {
            let token = with_header(&signing, |header| header.kid = Some(kid.into()));
            assert_eq!(verify(&keyring, &token), Err(TokenFault::UnknownKey), "{kid}");
        }
        let token = with_header(&signing, |header| header.kid = None);
        assert_eq!(verify(&keyring, &token), Err(TokenFault::UnknownKey));
    }

    #[test]
    fn a_token_that_brings_or_points_to_its_own_key_is_refused() {
        let signing = key(Algorithm::EdDsa);
        let keyring = Keyring::new(signing.clone(), &[]).unwrap();
        let jwk = signing.public().unwrap().jwk;
        let evil = || Some("https://evil.example/keys".to_owned());
        let tokens = [
            with_header(&signing, |header| header.jku = evil()),
            with_header(&signing, |header| header.x5u = evil()),
            with_header(&signing, |header| header.x5c = Some(vec!["AAAA".into()])),
            with_header(&signing, |header| header.jwk = Some(jwk)),
            with_header(&signing, |header| header.crit = Some(vec!["exp".into()])),
        ];
        for token in tokens {
            assert_eq!(verify(&keyring, &token), Err(TokenFault::Malformed));
        }
    }

    #[test]
    fn a_token_of_another_kind_is_refused() {
        let signing = key(Algorithm::EdDsa);
        let keyring = Keyring::new(signing.clone(), &[]).unwrap();
        for kind in [None, Some("JWT"), Some("at+jwt2"), Some("logout+jwt")] {
            let token = with_header(&signing, |header| header.typ = kind.map(str::to_owned));
            assert_eq!(verify(&keyring, &token), Err(TokenFault::Malformed), "{kind:?}");
        }
        let token = with_header(&signing, |header| header.typ = Some("application/AT+JWT".into()));
        assert!(verify(&keyring, &token).is_ok());
    }

    #[test]
    fn time_issuer_and_audience_are_checked() {
        let keyring = Keyring::new(key(Algorithm::EdDsa), &[]).unwrap();
        let now = Utc::now().timestamp();
        let cases: [(&str, Value, TokenFault); 7] = [
            ("exp", json!(now - 60), TokenFault::Expired),
            ("exp", json!(0), TokenFault::Expired),
            ("exp", json!(null), TokenFault::Malformed),
            ("nbf", json!(now + 600), TokenFault::NotYetValid),
            ("iss", json!("https://evil.test"), TokenFault::WrongAudience),
            ("aud", json!("https://evil.test"), TokenFault::WrongAudience),
            ("sub", json!(7), TokenFault::Malformed),
        ];
        for (claim, value, fault) in cases {
            let token = with_claims(&keyring, |said| said[claim] = value.clone());
            assert_eq!(verify(&keyring, &token), Err(fault), "{claim}: {value}");
        }
    }

    #[test]
    fn a_token_with_any_part_changed_is_refused() {
        let keyring = Keyring::new(key(Algorithm::EdDsa), &[]).unwrap();
        let token = keyring.sign_access(&claims()).unwrap();
        for cut in [1, 10, 43, 86] {
            assert!(verify(&keyring, &token[..token.len() - cut]).is_err(), "{cut}");
        }
        let (head, rest) = token.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let mut raised = serde_json::to_value(claims()).unwrap();
        raised["scope"] = json!("admin");
        let forged = format!("{head}.{}.{signature}", part(&raised));
        assert_eq!(verify(&keyring, &forged), Err(TokenFault::WrongSignature));
        for odd in ["", ".", "..", "...", "a.b.c", "🦀.🦀.🦀", &"a".repeat(LONGEST + 1)] {
            assert_eq!(verify(&keyring, odd), Err(TokenFault::Malformed), "{odd}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let signing = key(Algorithm::EdDsa);
        let shown = format!("{signing:?} {:?}", Keyring::new(signing.clone(), &[]).unwrap());
        let secret = URL_SAFE_NO_PAD.encode(signing.key.as_bytes());
        assert!(!shown.contains(&secret) && shown.len() < 250, "{shown}");
    }
}
