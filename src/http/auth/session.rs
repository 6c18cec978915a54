use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::{Shared, device, see_other, session_of, tokens_json};
use crate::domain::refusal::Refusal;
use crate::domain::session::{self, Reuse};
use crate::domain::{account, identity};
use crate::http::browser::{self, Browser, CSRF_FIELD};
use crate::http::error::{self, UNAUTHENTICATED, refuse};
use crate::http::input::Input;
use crate::http::page::Form;

/// A new access token for the browser's session. The cookie changes with every use.
pub async fn refresh(request: HttpRequest, body: Bytes, state: Shared) -> HttpResponse {
    let input = match read(&request, &body, &state) {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let ended = || {
        let mut response = refuse(
            StatusCode::UNAUTHORIZED,
            UNAUTHENTICATED,
            "There is no session. Sign in first.",
        );
        browser::forget_session(&state, &mut response);
        response
    };
    let Some(secret) = browser::session(&request, &state) else {
        return ended();
    };
    let refreshed = session::refresh(
        &state.accounts,
        &secret,
        None,
        None,
        Reuse::AmongTabs,
        &device(&request),
    )
    .await;
    match refreshed {
        Ok(tokens) => {
            let mut response = HttpResponse::Ok()
                .insert_header((CACHE_CONTROL, "no-store"))
                .json(tokens_json(&tokens, &input.browser.csrf_token(&state)));
            if let Some(secret) = &tokens.refresh {
                browser::keep_session(&state, &mut response, secret);
            }
            response
        }
        Err(Refusal::Invalid(_)) => ended(),
        Err(refusal) => error::refusal(&refusal),
    }
}

/// Reads a call that may come without a body.
fn read(request: &HttpRequest, body: &Bytes, state: &super::State) -> Result<Input, HttpResponse> {
    let is_bare = body.is_empty() && !request.headers().contains_key(actix_web::http::header::CONTENT_TYPE);
    if is_bare {
        return Input::bare(request, state);
    }
    Input::read(request, body, state)
}

/// Ends the browser's session.
pub async fn sign_out(request: HttpRequest, body: Bytes, state: Shared) -> HttpResponse {
    let input = match read(&request, &body, &state) {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    if let Some(secret) = browser::session(&request, &state)
        && let Err(refusal) = session::ended_by_secret(&state.accounts, &secret, None).await
    {
        return error::refusal(&refusal);
    }
    let mut response = if input.is_json {
        HttpResponse::NoContent()
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish()
    } else {
        see_other("/auth/sign-in")
    };
    browser::forget_session(&state, &mut response);
    response
}

/// The token that scripts send along with what bears cookies.
pub async fn csrf(request: HttpRequest, state: Shared) -> HttpResponse {
    let browser = Browser::of(&request, &state);
    let mut response = HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "csrfToken": browser.csrf_token(&state) }));
    browser.remember(&state, &mut response);
    response
}

/// A page that says who is signed in, and lets them sign out and link providers.
pub async fn account(request: HttpRequest, state: Shared) -> HttpResponse {
    let session = match session_of(&request, &state).await {
        Ok(Some(session)) => session,
        Ok(None) => return see_other("/auth/sign-in"),
        Err(refusal) => return refusal,
    };
    let read = state.accounts.store.read();
    let found = async {
        Ok((
            account::by_id(read, session.user_id).await?,
            identity::list_of(read, session.user_id).await?,
        ))
    };
    let (account, identities) = match found.await {
        Ok((Some(account), identities)) => (account, identities),
        Ok((None, _)) => return see_other("/auth/sign-in"),
        Err(cause) => return error::refusal_page(&Refusal::Database(cause)),
    };
    let browser = Browser::of(&request, &state);
    let mut texts = vec![format!("You are signed in as {}.", account.display_name)];
    texts.extend(
        identities
            .iter()
            .map(|identity| format!("Linked with {}.", identity.issuer)),
    );
    let form = Form {
        title: "Your account",
        texts,
        action: "/auth/sign-out".to_owned(),
        hidden: vec![(CSRF_FIELD, browser.csrf_token(&state))],
        buttons: vec![("act", "sign-out", "Sign out".to_owned())],
        ..Form::default()
    };
    let mut response = form.answer(StatusCode::OK);
    browser.remember(&state, &mut response);
    response
}
