//! Sessions: sign-ins that last. A session gives out short access tokens against a refresh token that changes with
//! every use; using an old one again ends the session, since one of its two holders stole it (RFC 9700 §4.14.2).

mod end;
mod list;
mod own;
mod refresh;
mod start;

pub(in crate::domain) use end::revoke;
pub use end::{end, end_all, end_of_client, end_of_token, ended_by_secret};
pub(in crate::domain) use list::lasts;
pub use list::{SessionRow, by_ids, by_secret, count_of, list_of, of_client_by_secret};
pub use own::{end_every_own, end_own};
pub use refresh::{Reuse, refresh};
pub use start::{Grant, start};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{OauthClientId, SessionId, UserId};
use uuid::Uuid;

use crate::domain::accounts::Accounts;
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scopes;
use crate::domain::signing_key::KeyError;
use crate::token::{AccessClaims, Secret};

/// The `client_id` in access tokens of Quoin's own sign-in.
pub const OWN_CLIENT: &str = "quoin";

/// The device that somebody is at, as it shows itself.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// What the browser or app calls itself.
    pub user_agent: String,
    /// The network address.
    pub address: String,
}

impl Device {
    /// Longest `user_agent` that is kept, in characters.
    const LONGEST: usize = 300;

    /// A device; what is too long or unprintable is cut.
    pub fn new(user_agent: &str, address: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent
                .chars()
                .filter(|letter| !letter.is_control())
                .take(Self::LONGEST)
                .collect(),
            address: address.into(),
        }
    }
}

/// What whoever signed in gets.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Whose they are.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// The access token: for a short while, with every request.
    pub access: AccessToken,
    /// The refresh token: once, for the next pair. None when the last one is still good.
    pub refresh: Option<Secret>,
    /// What they allow.
    pub scopes: Scopes,
    /// When the person last proved who they are.
    pub authenticated_at: DateTime<Utc>,
}

/// An access token as its bearer gets it.
#[derive(Clone)]
pub struct AccessToken {
    /// The JWT.
    pub jwt: String,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "AccessToken(until {})", self.expires_at)
    }
}

/// Whom an access token is for.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// A session of an account.
    Session {
        /// The account.
        user: UserId,
        /// The session.
        session: SessionId,
        /// The application; none for Quoin's own sign-in.
        client: Option<OauthClientId>,
        /// When the person last proved who they are.
        authenticated_at: DateTime<Utc>,
    },
    /// An application on its own behalf.
    Client(OauthClientId),
}

/// Signs an access token.
///
/// # Errors
/// When the signing key cannot be used.
pub fn access_token(accounts: &Accounts, subject: Subject, scopes: Scopes) -> Result<AccessToken, Refusal> {
    let now = Utc::now();
    let lifetime = TimeDelta::from_std(accounts.settings.access_lifetime).unwrap_or_default();
    let issuer = accounts.settings.issuer();
    let (subject, client, session, authenticated_at) = match subject {
        Subject::Session {
            user,
            session,
            client,
            authenticated_at,
        } => (user.to_string(), client, Some(session), Some(authenticated_at)),
        Subject::Client(client) => (client_name(client), Some(client), None, None),
    };
    let claims = AccessClaims {
        iss: issuer.to_owned(),
        aud: issuer.to_owned(),
        sub: subject,
        client_id: client.map_or_else(|| OWN_CLIENT.to_owned(), client_name),
        scope: scopes.to_string(),
        jti: Uuid::now_v7(),
        iat: now.timestamp(),
        exp: (now + lifetime).timestamp(),
        sid: session,
        auth_time: authenticated_at.map(|time| time.timestamp()),
    };
    let jwt = accounts.keys.ring().sign_access(&claims).map_err(KeyError::from)?;
    Ok(AccessToken {
        jwt,
        expires_at: claims.expires_at(),
    })
}

/// The `client_id` of an application.
pub fn client_name(client: OauthClientId) -> String {
    client.0.simple().to_string()
}
