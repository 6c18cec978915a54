//! `/oauth/userinfo` (OpenID Connect Core §5.3).

use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::fault::{OauthFault, fresh};
use crate::domain::Viewer;
use crate::domain::oauth::claims;
use crate::domain::scope::Scope;
use crate::http::State;
use crate::http::bearer::{self, BearerFault};

/// Tells an application who the bearer of its token is.
pub async fn get(request: HttpRequest, state: Data<State>) -> HttpResponse {
    let actor = match bearer::viewer(&request) {
        Ok(Viewer::User(actor)) => actor,
        Ok(_) => {
            return challenged(
                StatusCode::UNAUTHORIZED,
                bearer::CHALLENGE,
                "invalid_token",
                "Send an access token.",
            );
        }
        Err(BearerFault::Unavailable) => {
            return OauthFault::new("temporarily_unavailable", "Please try again later.").answer();
        }
        Err(fault) => {
            return challenged(
                StatusCode::UNAUTHORIZED,
                &fault.challenge(),
                "invalid_token",
                &fault.message(),
            );
        }
    };
    if !actor.scopes.has(Scope::OpenId) {
        let challenge = "Bearer error=\"insufficient_scope\", scope=\"openid\"";
        let message = "The token does not have the scope openid.";
        return challenged(StatusCode::FORBIDDEN, challenge, "insufficient_scope", message);
    }
    match claims(&state.accounts, actor.user, actor.scopes).await {
        Ok(Some(mut person)) => {
            person.insert("sub".to_owned(), actor.user.to_string().into());
            fresh(HttpResponse::Ok().json(person))
        }
        Ok(None) => challenged(
            StatusCode::UNAUTHORIZED,
            "Bearer",
            "invalid_token",
            "There is no such account.",
        ),
        Err(refusal) => OauthFault::of(&refusal).answer(),
    }
}

fn challenged(status: StatusCode, challenge: &str, code: &str, message: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((WWW_AUTHENTICATE, challenge));
    fresh(response.json(json!({ "error": code, "error_description": message })))
}
