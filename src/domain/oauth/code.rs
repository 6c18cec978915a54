use chrono::TimeDelta;
use entity::authorization_code::ActiveModel;
use entity::{OauthClientId, Timestamp, UserId};
use sea_orm::{ActiveModelTrait, ActiveValue, ConnectionTrait, DbErr};

use crate::domain::scope::Scopes;
use crate::token::Secret;

/// How long a code can be exchanged (RFC 6749 §4.1.2 advises at most ten minutes).
pub(super) const LASTS: TimeDelta = TimeDelta::minutes(1);

/// A PKCE challenge of the method S256 (RFC 7636 §4.2): 43 letters of base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// Reads a challenge; none when it cannot be a SHA-256.
    pub fn parse(text: &str) -> Option<Self> {
        let is_base64 = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        (text.len() == 43 && is_base64).then(|| Self(text.to_owned()))
    }
}

/// What was asked for, and by whom it was consented to.
#[derive(Clone, Debug)]
pub struct CodeRequest {
    /// The application.
    pub client: OauthClientId,
    /// Where the code is sent.
    pub redirect_uri: String,
    /// What was consented to.
    pub scopes: Scopes,
    /// The PKCE challenge.
    pub challenge: Challenge,
    /// OpenID's `nonce`.
    pub nonce: Option<String>,
    /// Who consented.
    pub user: UserId,
    /// When they proved who they are.
    pub authenticated_at: Timestamp,
}

/// Makes a code.
///
/// # Errors
/// When the database fails.
pub async fn issue_code(transaction: &impl ConnectionTrait, request: CodeRequest) -> Result<Secret, DbErr> {
    let code = Secret::new();
    let row = ActiveModel {
        digest: ActiveValue::Set(code.digest()),
        client_id: ActiveValue::Set(request.client),
        user_id: ActiveValue::Set(request.user),
        redirect_uri: ActiveValue::Set(request.redirect_uri),
        scope: ActiveValue::Set(request.scopes.to_string()),
        code_challenge: ActiveValue::Set(request.challenge.0),
        nonce: ActiveValue::Set(request.nonce),
        authenticated_at: ActiveValue::Set(request.authenticated_at),
        created_at: ActiveValue::Set(entity::now()),
        session_id: ActiveValue::Set(None),
        used_at: ActiveValue::Set(None),
    };
    row.insert(transaction).await?;
    Ok(code)
}
