//! How people and programs prove who they are.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::secret::Secret;

/// How people and programs prove who they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// What keys are sealed with and forms are signed with; none: kept in the data folder.
    pub secret: Option<Secret>,
    /// How new signing keys sign tokens: `EdDSA` or `ES256`.
    pub signing_algorithm: String,
    /// Seconds that an access token lives.
    pub access_token_seconds: u64,
    /// Days that a session lasts without being used.
    pub session_days: u64,
    /// Whether anybody may sign up.
    pub sign_up: SignUp,
    /// Outside providers that people sign in with, by name.
    pub providers: BTreeMap<String, AuthProvider>,
    /// Outside issuers whose access tokens are trusted, by name.
    pub issuers: BTreeMap<String, AuthIssuer>,
}

/// Whether anybody may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Anybody.
    Open,
    /// Those who are invited.
    Closed,
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
