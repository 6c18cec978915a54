//! `/oauth/token` (RFC 6749 §3.2).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::client::{Call, call};
use super::fault::{OauthFault, fresh};
use crate::domain::oauth::{Exchange, client_credentials, exchange_code, id_token};
use crate::domain::oauth_client::GrantType;
use crate::domain::refusal::Refusal;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::session::{self, AccessToken, Reuse, Tokens};
use crate::http::State;
use crate::http::auth::device;
use crate::token::Secret;

/// What an application gets (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Serialize)]
struct Granted {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl Granted {
    fn new(access: AccessToken, scopes: Scopes) -> Self {
        Self {
            expires_in: seconds_until(access.expires_at),
            access_token: access.jwt,
            token_type: "Bearer",
            refresh_token: None,
            scope: scopes.to_string(),
            id_token: None,
        }
    }

    fn of_session(tokens: Tokens, with_refresh: bool, id_token: Option<String>) -> Self {
        let refresh = tokens.refresh.filter(|_| with_refresh);
        Self {
            refresh_token: refresh.map(|secret| secret.expose().to_owned()),
            id_token,
            ..Self::new(tokens.access, tokens.scopes)
        }
    }
}

fn seconds_until(time: DateTime<Utc>) -> i64 {
    (time - Utc::now()).num_seconds().max(0)
}

/// Exchanges what an application has for tokens.
pub async fn post(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let call = match call(&request, &body, &state).await {
        Ok(call) => call,
        Err(refusal) => return refusal,
    };
    let grant = call.fields.get("grant_type");
    let granted = match grant.map(GrantType::named) {
        None => Err(OauthFault::request("grant_type is missing.")),
        Some(None) => {
            let message = "grant_type must be authorization_code, refresh_token or client_credentials.";
            Err(OauthFault::new("unsupported_grant_type", message))
        }
        Some(Some(grant)) if !call.client.has_grant(grant) => {
            let message = format!("The client is not registered for {}.", grant.name());
            Err(OauthFault::new("unauthorized_client", message))
        }
        Some(Some(GrantType::AuthorizationCode)) => by_code(&request, &state, &call).await,
        Some(Some(GrantType::RefreshToken)) => by_refresh_token(&request, &state, &call).await,
        Some(Some(GrantType::ClientCredentials)) => by_credentials(&state, &call),
    };
    match granted {
        Ok(granted) => fresh(HttpResponse::Ok().json(granted)),
        Err(fault) => fault.answer(),
    }
}

async fn by_code(request: &HttpRequest, state: &State, call: &Call) -> Result<Granted, OauthFault> {
    let Call { fields, client } = call;
    let code = fields
        .get("code")
        .ok_or_else(|| OauthFault::request("code is missing."))?;
    let verifier = fields.get("code_verifier");
    let verifier = verifier.ok_or_else(|| OauthFault::request("code_verifier is missing."))?;
    let code = Secret::given(code);
    let exchange = Exchange {
        code: &code,
        redirect_uri: fields.get("redirect_uri"),
        verifier,
    };
    let exchanged = exchange_code(&state.accounts, client, exchange, &device(request)).await;
    let (tokens, nonce) = exchanged.map_err(|refusal| OauthFault::of(&refusal))?;
    let id_token = id_token(&state.accounts, client, &tokens, nonce).await;
    let id_token = id_token.map_err(|refusal| OauthFault::of(&refusal))?;
    Ok(Granted::of_session(
        tokens,
        client.has_grant(GrantType::RefreshToken),
        id_token,
    ))
}

async fn by_refresh_token(request: &HttpRequest, state: &State, call: &Call) -> Result<Granted, OauthFault> {
    let Call { fields, client } = call;
    let secret = fields.get("refresh_token");
    let secret = secret.ok_or_else(|| OauthFault::request("refresh_token is missing."))?;
    let scopes = scopes(call)?;
    let secret = Secret::given(secret);
    let device = device(request);
    let refreshed = session::refresh(&state.accounts, &secret, Some(client.id), scopes, Reuse::Never, &device).await;
    let tokens = refreshed.map_err(|refusal| OauthFault::of(&refusal))?;
    let id_token = if tokens.scopes.has(Scope::OpenId) {
        let id_token = id_token(&state.accounts, client, &tokens, None).await;
        id_token.map_err(|refusal| OauthFault::of(&refusal))?
    } else {
        None
    };
    Ok(Granted::of_session(tokens, true, id_token))
}

fn by_credentials(state: &State, call: &Call) -> Result<Granted, OauthFault> {
    let scopes = scopes(call)?;
    let granted = client_credentials(&state.accounts, &call.client, scopes);
    let (token, scopes) = granted.map_err(|refusal: Refusal| OauthFault::of(&refusal))?;
    Ok(Granted::new(token, scopes))
}

fn scopes(call: &Call) -> Result<Option<Scopes>, OauthFault> {
    let parsed = call.fields.get("scope").map(Scopes::parse).transpose();
    parsed.map_err(|unknown| OauthFault::new("invalid_scope", format!("There is no scope {unknown:?}.")))
}
