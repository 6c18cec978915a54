//! What the claims of a verified token say.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::super::identity::{email, is_subject, line};
use super::super::time::{is_future, numeric_date};
use super::{OutsideToken, TokenFault, TrustedIssuerSettings};

/// Reads the claims that the settings name.
pub(super) fn read(claims: &Map<String, Value>, settings: &TrustedIssuerSettings) -> Result<OutsideToken, TokenFault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let subject = text(&settings.subject_claim)
        .filter(|subject| is_subject(subject))
        .ok_or_else(|| TokenFault::Claim(settings.subject_claim.clone()))?;
    let issued_at = time(claims, "iat")?;
    if is_future(issued_at) {
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

fn time(claims: &Map<String, Value>, name: &str) -> Result<DateTime<Utc>, TokenFault> {
    let time = claims.get(name).and_then(numeric_date);
    time.ok_or_else(|| TokenFault::Claim(name.to_owned()))
}

/// Words separated by spaces (RFC 8693, section 4.2), or a list of them, as some issuers write it.
fn scopes(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
