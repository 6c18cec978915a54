use chrono::{DateTime, TimeDelta, Utc};
use entity::UserId;
use serde_json::{Map, Value};

use crate::domain::accounts::Accounts;
use crate::domain::oauth_client::ClientRow;
use crate::domain::refusal::Refusal;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::session::{Tokens, client_name};
use crate::domain::signing_key::KeyError;
use crate::domain::user;
use crate::domain::{Viewer, account};
use crate::token::IdClaims;

/// How long an ID token says who somebody is.
const LASTS: TimeDelta = TimeDelta::minutes(10);

/// What the scopes let an application know of a person (OpenID Connect Core §5.1, §5.4); none when there is no such
/// account.
///
/// # Errors
/// When the database fails.
pub async fn claims(accounts: &Accounts, id: UserId, scopes: Scopes) -> Result<Option<Map<String, Value>>, Refusal> {
    let read = accounts.store.read();
    let Some(account) = account::by_id(read, id).await? else {
        return Ok(None);
    };
    let mut claims = Map::new();
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    if scopes.has(Scope::Profile) {
        say("name", account.display_name.into());
        say("preferred_username", account.username.into());
        let website = user::by_ids(read, Viewer::Operator, &[id]).await?.remove(&id);
        if let Some(website) = website.and_then(|user| user.website_url) {
            say("website", website.into());
        }
    }
    if scopes.has(Scope::Email)
        && let Some(email) = account.email
    {
        say("email", email.into());
        say("email_verified", true.into());
    }
    Ok(Some(claims))
}

/// An ID token for an application that somebody just let in, or that comes back for them.
///
/// # Errors
/// When the database fails or the signing key cannot be used.
pub async fn id_token(
    accounts: &Accounts,
    client: &ClientRow,
    tokens: &Tokens,
    nonce: Option<String>,
) -> Result<Option<String>, Refusal> {
    if !tokens.scopes.has(Scope::OpenId) {
        return Ok(None);
    }
    let Some(person) = claims(accounts, tokens.user, tokens.scopes).await? else {
        return Ok(None);
    };
    let now: DateTime<Utc> = Utc::now();
    let said = IdClaims {
        iss: accounts.settings.issuer().to_owned(),
        sub: tokens.user.to_string(),
        aud: client_name(client.id),
        iat: now.timestamp(),
        exp: (now + LASTS).timestamp(),
        auth_time: tokens.authenticated_at.timestamp(),
        nonce,
        person,
    };
    Ok(Some(accounts.keys.ring().sign_id(&said).map_err(KeyError::from)?))
}
