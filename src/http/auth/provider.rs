//! Sign-in with an outside provider: there, and back.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use actix_web::{HttpRequest, HttpResponse};
use entity::UserId;

use super::{Shared, device, limited, see_other, session_of};
use crate::domain::identity::{self, NewAttempt};
use crate::domain::refusal::Refusal;
use crate::http::browser::{self, Browser, return_to};
use crate::http::input::{Fields, Input};
use crate::http::{State, error, page};
use crate::provider::{Attempt, CallbackParameters, ProviderFault};
use crate::token::Secret;

/// Sends the browser to the provider, to sign in.
pub async fn begin(request: HttpRequest, provider: Path<String>, state: Shared) -> HttpResponse {
    let fields = Fields::of_form(request.query_string().as_bytes()).unwrap_or_default();
    let browser = Browser::of(&request, &state);
    depart(&request, &state, &provider, &browser, &fields, None).await
}

/// Sends the browser to the provider, to link it to the account that is signed in.
pub async fn link(request: HttpRequest, body: Bytes, provider: Path<String>, state: Shared) -> HttpResponse {
    let input = match Input::read(&request, &body, &state) {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    match session_of(&request, &state).await {
        Ok(Some(session)) => {
            let user = Some(session.user_id);
            depart(&request, &state, &provider, &input.browser, &input.fields, user).await
        }
        Ok(None) => see_other("/auth/sign-in"),
        Err(refusal) => refusal,
    }
}

async fn depart(
    request: &HttpRequest,
    state: &State,
    provider: &str,
    browser: &Browser,
    fields: &Fields,
    user: Option<UserId>,
) -> HttpResponse {
    if let Err(limited) = limited(request, state, None).await {
        return limited;
    }
    let begun = match state.providers.begin(provider).await {
        Ok(begun) => begun,
        Err(fault) => return failed(provider, &fault),
    };
    let onward = return_to(fields.get("returnTo"), state);
    let attempt = NewAttempt {
        provider,
        state: &Secret::given(begun.state),
        browser: browser.digest(),
        nonce: begun.nonce,
        pkce_verifier: begun.pkce_verifier,
        return_to: onward.unwrap_or_else(|| "/auth/account".to_owned()),
        user,
    };
    if let Err(refusal) = identity::begin(&state.accounts, attempt).await {
        return error::refusal_page(&refusal);
    }
    let mut response = see_other(begun.url.as_str());
    browser.remember(state, &mut response);
    response
}

/// Where the provider sends the browser back to.
pub async fn callback(request: HttpRequest, provider: Path<String>, state: Shared) -> HttpResponse {
    if let Err(limited) = limited(&request, &state, None).await {
        return limited;
    }
    let Some(fields) = Fields::of_form(request.query_string().as_bytes()) else {
        return stale();
    };
    let given = |name: &str| fields.get(name).map(str::to_owned);
    let parameters = CallbackParameters {
        state: given("state"),
        code: given("code"),
        iss: given("iss"),
        error: given("error"),
        error_description: given("error_description"),
    };
    let browser = Browser::of(&request, &state);
    let secret = Secret::given(fields.text("state"));
    let attempt = match identity::resume(&state.accounts, &secret, &browser.digest()).await {
        Ok(Some(attempt)) if attempt.provider == *provider => attempt,
        Ok(_) => return stale(),
        Err(refusal) => return error::refusal_page(&refusal),
    };
    let kept = Attempt {
        nonce: attempt.nonce.expose().to_owned(),
        pkce_verifier: attempt.pkce_verifier.expose().to_owned(),
    };
    let found = match state.providers.finish(&provider, &kept, &parameters).await {
        Ok(found) => found,
        Err(fault) => return failed(&provider, &fault),
    };
    let device = device(&request);
    match identity::sign_in(&state.accounts, found, attempt.user_id, &device).await {
        Ok(tokens) => {
            let mut response = see_other(&attempt.return_to);
            if let Some(secret) = &tokens.refresh {
                browser::keep_session(&state, &mut response, secret);
            }
            response
        }
        Err(Refusal::Invalid(problems)) => {
            let text = problems.first().map(|problem| problem.message.as_str());
            page::message(
                StatusCode::FORBIDDEN,
                "You were not signed in",
                text.unwrap_or_default(),
            )
        }
        Err(refusal) => error::refusal_page(&refusal),
    }
}

fn stale() -> HttpResponse {
    let text = "This sign-in was finished already, took too long, or began in another browser. Please begin anew.";
    page::message(StatusCode::BAD_REQUEST, "You were not signed in", text)
}

/// What goes wrong at the provider is neither the person's fault nor ours.
fn failed(provider: &str, fault: &ProviderFault) -> HttpResponse {
    tracing::warn!(provider, cause = ?fault.cause(), "a sign-in with an outside provider failed");
    let status = match fault {
        ProviderFault::Unknown => StatusCode::NOT_FOUND,
        ProviderFault::Declined(_) | ProviderFault::Stale(_) => StatusCode::BAD_REQUEST,
        ProviderFault::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    };
    page::message(status, "You were not signed in", fault.public_text())
}
