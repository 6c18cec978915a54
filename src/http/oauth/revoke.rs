//! `/oauth/revoke` (RFC 7009).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::client::call;
use super::fault::{OauthFault, fresh};
use crate::domain::authenticate::access_claims;
use crate::domain::session;
use crate::http::State;
use crate::token::Secret;

/// Makes a token worthless, with the session that it belongs to. Unknown tokens are worthless already, and answered alike
/// (§2.2).
pub async fn post(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let call = match call(&request, &body, &state).await {
        Ok(call) => call,
        Err(refusal) => return refusal,
    };
    let Some(token) = call.fields.get("token") else {
        return OauthFault::request("token is missing.").answer();
    };
    let revoked = if token.contains('.') {
        match access_claims(&state.accounts, token).await {
            Ok(claims) if claims.client_id == session::client_name(call.client.id) => {
                session::end_of_token(&state.accounts, &claims).await
            }
            _ => Ok(()),
        }
    } else {
        let secret = Secret::given(token);
        session::ended_by_secret(&state.accounts, &secret, Some(call.client.id))
            .await
            .map(drop)
    };
    match revoked {
        Ok(()) => fresh(HttpResponse::Ok().finish()),
        Err(refusal) => OauthFault::of(&refusal).answer(),
    }
}
