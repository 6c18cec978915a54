use chrono::TimeDelta;
use entity::session::ActiveModel;
use entity::{OauthClientId, SessionId, Timestamp, UserId, refresh_token};
use sea_orm::{ActiveModelTrait, ActiveValue, ConnectionTrait, DbErr};

use super::{Device, Subject, Tokens, access_token};
use crate::domain::accounts::Accounts;
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scopes;
use crate::token::Secret;

/// What a session is for.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// Who is signed in.
    pub user: UserId,
    /// The application; none for Quoin's own sign-in.
    pub client: Option<OauthClientId>,
    /// What it may do.
    pub scopes: Scopes,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
}

impl Grant {
    /// Quoin's own sign-in, which just happened.
    pub fn own(user: UserId) -> Self {
        Self {
            user,
            client: None,
            scopes: Scopes::ALL,
            authenticated_at: entity::now(),
        }
    }
}

/// Begins a session.
///
/// # Errors
/// When the database fails or the signing key cannot be used.
pub async fn start(
    transaction: &impl ConnectionTrait,
    accounts: &Accounts,
    grant: Grant,
    device: &Device,
) -> Result<Tokens, Refusal> {
    let (session, now) = (SessionId::new(), entity::now());
    let row = ActiveModel {
        id: ActiveValue::Set(session),
        user_id: ActiveValue::Set(grant.user),
        client_id: ActiveValue::Set(grant.client),
        scope: ActiveValue::Set(grant.scopes.to_string()),
        user_agent: ActiveValue::Set(device.user_agent.clone()),
        address: ActiveValue::Set(device.address.clone()),
        authenticated_at: ActiveValue::Set(grant.authenticated_at),
        created_at: ActiveValue::Set(now),
        last_used_at: ActiveValue::Set(now),
        expires_at: ActiveValue::Set(expiry(accounts, now)),
        ended_at: ActiveValue::Set(None),
    };
    row.insert(transaction).await?;
    let refresh = next_secret(transaction, session).await?;
    let subject = Subject::Session {
        user: grant.user,
        session,
        client: grant.client,
        authenticated_at: grant.authenticated_at,
    };
    Ok(Tokens {
        user: grant.user,
        session,
        access: access_token(accounts, subject, grant.scopes)?,
        refresh: Some(refresh),
        scopes: grant.scopes,
        authenticated_at: grant.authenticated_at,
    })
}

/// When a session that is used now ends, should it not be used again.
pub(super) fn expiry(accounts: &Accounts, now: Timestamp) -> Timestamp {
    now + TimeDelta::from_std(accounts.settings.session_lifetime).unwrap_or_default()
}

/// A new refresh token of a session.
pub(super) async fn next_secret(transaction: &impl ConnectionTrait, session: SessionId) -> Result<Secret, DbErr> {
    let secret = Secret::new();
    let row = refresh_token::ActiveModel {
        digest: ActiveValue::Set(secret.digest()),
        session_id: ActiveValue::Set(session),
        created_at: ActiveValue::Set(entity::now()),
        used_at: ActiveValue::Set(None),
    };
    row.insert(transaction).await?;
    Ok(secret)
}
