//! `/oauth/introspect` (RFC 7662).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::client::{Call, call};
use super::fault::{OauthFault, fresh};
use crate::domain::authenticate::{Unrecognised, access_claims};
use crate::domain::refusal::Refusal;
use crate::domain::session;
use crate::http::State;
use crate::token::Secret;

/// Tells a confidential client about a token: about its own, and a trusted one about every access token.
pub async fn post(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let call = match call(&request, &body, &state).await {
        Ok(call) => call,
        Err(refusal) => return refusal,
    };
    if !call.client.is_confidential() {
        return OauthFault::client("Only a client with a secret may ask.").answer();
    }
    let Some(token) = call.fields.get("token") else {
        return OauthFault::request("token is missing.").answer();
    };
    match tell(&state, &call, token).await {
        // What is not known, not good or not theirs to know is one answer (§2.2).
        Ok(told) => fresh(HttpResponse::Ok().json(told.unwrap_or_else(|| json!({ "active": false })))),
        Err(refusal) => OauthFault::of(&refusal).answer(),
    }
}

async fn tell(state: &State, call: &Call, token: &str) -> Result<Option<Value>, Refusal> {
    let own = session::client_name(call.client.id);
    if !token.contains('.') {
        let secret = Secret::given(token);
        let found = session::of_client_by_secret(state.accounts.store.read(), &secret, call.client.id).await?;
        return Ok(found.map(|session| {
            json!({
                "active": true,
                "token_type": "refresh_token",
                "client_id": own,
                "sub": session.user_id.to_string(),
                "scope": session.scope,
                "iat": session.last_used_at.timestamp(),
                "exp": session.expires_at.timestamp(),
            })
        }));
    }
    match access_claims(&state.accounts, token).await {
        Ok(claims) if claims.client_id == own || call.client.is_trusted => {
            let mut told = serde_json::to_value(&claims).map_err(|error| Refusal::Internal(error.to_string()))?;
            told["active"] = true.into();
            told["token_type"] = "Bearer".into();
            Ok(Some(told))
        }
        Ok(_) | Err(Unrecognised::Token(_)) => Ok(None),
        Err(Unrecognised::Refused(refusal)) => Err(refusal),
    }
}
