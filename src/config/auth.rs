//! How people and programs prove who they are.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::secret::Secret;

/// How people and programs prove who they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Outside providers that people sign in with, by name.
    pub providers: BTreeMap<String, AuthProvider>,
    /// Outside issuers whose access tokens are trusted, by name.
    pub issuers: BTreeMap<String, AuthIssuer>,
}

/// An outside provider that people sign in with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthProvider {
    /// The provider's name for itself, letter by letter as it writes it; none: GitHub, which speaks no OpenID.
    pub issuer: Option<String>,
    /// Who we are there.
    pub client_id: String,
    /// How we prove that.
    pub client_secret: Secret,
    /// What its button says.
    pub label: String,
}

/// An outside issuer whose access tokens are trusted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthIssuer {
    /// The issuer's name for itself, letter by letter as its tokens have it.
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
