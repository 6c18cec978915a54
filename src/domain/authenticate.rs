//! Who comes with a bearer token (RFC 6750): an access token of ours, an API key, or a token of an outside issuer.

use entity::{OauthClientId, UserId};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::domain::accounts::Accounts;
use crate::domain::refusal::Refusal;
use crate::domain::revocation::Coverage;
use crate::domain::scope::Scopes;
use crate::domain::{Actor, Credential, Viewer};
use crate::domain::{api_key, outside, session};
use crate::token::{AccessClaims, TokenFault};

/// Why nobody is recognised.
#[derive(Debug)]
pub enum Unrecognised {
    /// The token is not good; why may be told.
    Token(TokenFault),
    /// It could not be found out.
    Refused(Refusal),
}

/// Who comes with this token. In the steady state that asks nobody: neither the database nor Redis.
///
/// # Errors
/// When the token is not good, or it cannot be found out.
pub async fn authenticate(accounts: &Accounts, token: &str) -> Result<Viewer, Unrecognised> {
    if token.starts_with(api_key::PREFIX) {
        let actor = api_key::check(accounts, token).await;
        let actor = actor.map_err(|error| Unrecognised::Refused(error.into()))?;
        return actor.map(Viewer::User).ok_or(Unrecognised::Token(TokenFault::ApiKey));
    }
    if let Some(viewer) = outside::recognise(accounts, token).await? {
        return Ok(viewer);
    }
    let claims = access_claims(accounts, token).await?;
    viewer(&claims).ok_or(Unrecognised::Token(TokenFault::Malformed))
}

/// What a good access token of ours says.
///
/// # Errors
/// As [`authenticate`].
pub async fn access_claims(accounts: &Accounts, token: &str) -> Result<AccessClaims, Unrecognised> {
    let claims = accounts
        .validator
        .verify(&accounts.keys.ring(), token)
        .map_err(Unrecognised::Token)?;
    match is_revoked(accounts, &claims).await {
        Ok(false) => Ok(claims),
        Ok(true) => Err(Unrecognised::Token(TokenFault::Revoked)),
        Err(error) => Err(Unrecognised::Refused(error.into())),
    }
}

async fn is_revoked(accounts: &Accounts, claims: &AccessClaims) -> Result<bool, DbErr> {
    let (store, revocations) = (&accounts.store, &accounts.revocations);
    let mut subjects = Vec::with_capacity(3);
    subjects.push(claims.jti);
    subjects.extend(claims.sid.map(|session| session.0));
    subjects.extend(Uuid::try_parse(&claims.client_id).ok());
    if revocations.cover(store, &subjects, claims.iat).await? != Coverage::None {
        return Ok(true);
    }
    let Ok(holder) = Uuid::try_parse(&claims.sub) else {
        return Ok(false);
    };
    match (revocations.cover(store, &[holder], claims.iat).await?, claims.sid) {
        (Coverage::None, _) => Ok(false),
        // An account that was disabled and enabled may have signed in since: the database knows.
        (Coverage::Possible, Some(session)) => Ok(!session::lasts(store.read(), UserId(holder), session).await?),
        (Coverage::Possible | Coverage::Certain, _) => Ok(true),
    }
}

fn viewer(claims: &AccessClaims) -> Option<Viewer> {
    let subject = Uuid::try_parse(&claims.sub).ok()?;
    match claims.sid {
        Some(session) => Some(Viewer::User(Actor {
            user: UserId(subject),
            scopes: Scopes::stored(&claims.scope),
            credential: Credential::Session(session),
        })),
        None => Some(Viewer::Client(OauthClientId(subject))),
    }
}
