//! What the claims of a verified token say.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::super::identity::{email, is_subject, line};
use super::{LEEWAY, OutsideToken, TokenFault, TrustedIssuerSettings};

/// Reads the claims that the settings name.
pub(super) fn read(claims: &Map<String, Value>, settings: &TrustedIssuerSettings) -> Result<OutsideToken, TokenFault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let subject = text(&settings.subject_claim)
        .filter(|subject| is_subject(subject))
        .ok_or_else(|| TokenFault::Claim(settings.subject_claim.clone()))?;
    let issued_at = time(claims, "iat")?;
    if issued_at > Utc::now() + TimeDelta::seconds(LEEWAY.cast_signed()) {
        return Err(TokenFault::NotYetValid);
    }
    let email = text(&settings.email_claim).and_then(email);
    // Some issuers write it as text.
    let is_verified = match claims.get("email_verified") {
        Some(Value::Bool(verified)) => *verified,
        Some(Value::String(text)) => text == "true",
        _ => false,
    };
    Ok(OutsideToken {
        issuer: settings.issuer.clone(),
        subject: subject.to_owned(),
        email_verified: is_verified && email.is_some(),
        email,
        name: text("name").and_then(line),
        scopes: scopes(claims.get(&settings.scope_claim)),
        issued_at,
        expires_at: time(claims, "exp")?,
    })
}

/// A `NumericDate` (RFC 7519, section 2), which may have a fraction.
fn time(claims: &Map<String, Value>, name: &str) -> Result<DateTime<Utc>, TokenFault> {
    #[allow(clippy::cast_possible_truncation)] // What does not fit is no date.
    let seconds = claims
        .get(name)
        .and_then(|value| value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64)));
    seconds
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or_else(|| TokenFault::Claim(name.to_owned()))
}

/// Words separated by spaces (RFC 8693, section 4.2), or a list of them, as some issuers write it.
fn scopes(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
