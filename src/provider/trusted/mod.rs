//! Access tokens of outside issuers: which are trusted, and what they say. Which key verifies a token is a matter of the
//! configured issuer alone; whatever addresses or keys a token carries itself (`jku`, `x5u`, `jwk`) is not looked at.

mod claims;
mod issuer;
mod keys;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::time::LEEWAY;
use crate::outbound::Exchange;
use issuer::Issuer;
use keys::Key;

/// The longest token that is looked at, in bytes: more than any header of HTTP holds.
const LONGEST_TOKEN: usize = 16_384;

/// An outside issuer whose access tokens are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedIssuerSettings {
    /// Its name for itself, letter by letter.
    pub issuer: String,
    /// Whom its tokens for us are for.
    pub audience: String,
    /// The claim that says who acts.
    pub subject_claim: String,
    /// The claim with the e-mail.
    pub email_claim: String,
    /// The claim with the scopes.
    pub scope_claim: String,
}

/// What a token of an outside issuer says, proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideToken {
    /// Who says so.
    pub issuer: String,
    /// Who acts, as the issuer knows them.
    pub subject: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Whether the issuer has proved that the address is theirs.
    pub email_verified: bool,
    /// What they are called.
    pub name: Option<String>,
    /// What they may do.
    pub scopes: Vec<String>,
    /// Since when.
    pub issued_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Why a token is not accepted. `Display` is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It is no signed token, or has a header that is not understood.
    #[error("not a token: {0}")]
    Malformed(&'static str),
    /// Its issuer is not one that is trusted.
    #[error("the issuer is not trusted")]
    UnknownIssuer,
    /// Its issuer has no such key, or uses it otherwise.
    #[error("the issuer has no such key for this algorithm")]
    UnknownKey,
    /// Its signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// It is for somebody else.
    #[error("it is for another audience")]
    Audience,
    /// It was good once.
    #[error("it has expired")]
    Expired,
    /// It will be good later.
    #[error("it is not valid yet")]
    NotYetValid,
    /// It says too little, or in a form that is not understood.
    #[error("claim {0} is missing or not understood")]
    Claim(String),
    /// The issuer's keys are not to be had. Nothing is known about the token.
    #[error("the issuer's keys are not to be had")]
    Unavailable,
}

/// All issuers whose tokens are trusted.
#[derive(Debug)]
pub struct TrustedIssuers {
    issuers: HashMap<String, Arc<Issuer>>,
}

impl TrustedIssuers {
    /// Talks to nobody yet.
    pub fn new(settings: impl IntoIterator<Item = TrustedIssuerSettings>, client: &Exchange) -> Self {
        let issuer = |settings: TrustedIssuerSettings| {
            let name = settings.issuer.clone();
            (name, Arc::new(Issuer::new(settings, client.clone())))
        };
        Self {
            issuers: settings.into_iter().map(issuer).collect(),
        }
    }

    /// Whether a token claims to come from one of them; nothing is proven by that.
    pub fn knows_issuer_of(&self, token: &str) -> bool {
        token.len() <= LONGEST_TOKEN && self.issuer_of(token).is_ok()
    }

    /// Whether an issuer can be reached and its keys be read; what is wrong otherwise.
    pub async fn probe(&self, issuer: &str) -> Result<(), String> {
        match self.issuers.get(issuer) {
            Some(issuer) => issuer.ask().await.map(drop),
            None => Err(TokenFault::UnknownIssuer.to_string()),
        }
    }

    /// What a token says, if it can be believed. In the steady state nobody is asked.
    pub async fn verify(&self, token: &str) -> Result<OutsideToken, TokenFault> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenFault::Malformed("too long"));
        }
        let header = decode_header(token).map_err(|_| TokenFault::Malformed("the header is not understood"))?;
        check_header(&header)?;
        let issuer = self.issuer_of(token)?;
        let key = issuer.key(header.kid.as_deref(), header.alg).await?;
        let claims = decode_with(&key, &header, issuer.settings(), token)?;
        claims::read(&claims, issuer.settings())
    }

    /// The issuer that a token names.
    fn issuer_of(&self, token: &str) -> Result<&Arc<Issuer>, TokenFault> {
        #[derive(serde::Deserialize)]
        struct Claims {
            iss: Option<Value>,
        }
        let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(token)
            .map_err(|_| TokenFault::Malformed("the claims are not understood"))?;
        let name = claims.iss.as_ref().and_then(Value::as_str);
        name.and_then(|name| self.issuers.get(name))
            .ok_or(TokenFault::UnknownIssuer)
    }
}

/// RFC 8725, section 3.11: a token of another kind is none of ours. RFC 7515, section 4.1.11: what is critical and not
/// understood refuses the token.
fn check_header(header: &Header) -> Result<(), TokenFault> {
    if let Some(kind) = &header.typ {
        let kind = kind.to_ascii_lowercase();
        if !matches!(kind.trim_start_matches("application/"), "jwt" | "at+jwt") {
            return Err(TokenFault::Malformed("it is of another type"));
        }
    }
    if header.crit.is_some() {
        return Err(TokenFault::Malformed("critical headers are not understood"));
    }
    Ok(())
}

fn decode_with(
    key: &Key,
    header: &Header,
    settings: &TrustedIssuerSettings,
    token: &str,
) -> Result<Map<String, Value>, TokenFault> {
    use jsonwebtoken::errors::ErrorKind;
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    let decoded = decode(token, key.decoding(), &validation);
    decoded.map(|token| token.claims).map_err(|error| match error.kind() {
        ErrorKind::ExpiredSignature => TokenFault::Expired,
        ErrorKind::ImmatureSignature => TokenFault::NotYetValid,
        ErrorKind::InvalidAudience => TokenFault::Audience,
        ErrorKind::InvalidIssuer => TokenFault::UnknownIssuer,
        ErrorKind::MissingRequiredClaim(name) | ErrorKind::InvalidClaimFormat(name) => TokenFault::Claim(name.clone()),
        ErrorKind::Json(_) | ErrorKind::Utf8(_) => TokenFault::Malformed("the claims are not understood"),
        _ => TokenFault::Signature,
    })
}
