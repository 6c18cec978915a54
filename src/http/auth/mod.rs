//! `/auth`: pages and calls for people who sign up and in. Each address takes forms, and answers with pages that work
//! without scripts, and JSON, which it answers with JSON; a file for each thing that somebody does here.

mod invitation;
mod password;
mod provider;
mod session;
mod set_up;
mod sign_in;
mod sign_up;
mod verify;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, USER_AGENT};
use actix_web::web::{Bytes, Data, ServiceConfig, post};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use entity::one_time_link::LinkPurpose;
use serde_json::{Value, json};

use super::address::{self, ClientAddress};
use super::browser::{self, CSRF_FIELD};
use super::error;
use super::input::{Fields, Input};
use super::page::{self, Form};
use super::{State, throttle};
use crate::domain::account;
use crate::domain::refusal::{Problem, Refusal};
use crate::domain::session::{Device, SessionRow, Tokens};
use crate::token::Secret;

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    let form = |path| error::resource(path, "GET, HEAD, POST, OPTIONS");
    let call = |path| error::resource(path, "POST, OPTIONS");
    let read = |path| error::resource(path, error::READ);
    config
        .service(
            form("/auth/sign-in")
                .route(error::read().to(sign_in::get))
                .route(post().to(sign_in::post)),
        )
        .service(
            form("/auth/sign-up")
                .route(error::read().to(sign_up::get))
                .route(post().to(sign_up::post)),
        )
        .service(
            form("/auth/verify-email")
                .route(error::read().to(verify::get))
                .route(post().to(verify::post)),
        )
        .service(
            form("/auth/forgot-password")
                .route(error::read().to(password::get_forgot))
                .route(post().to(password::post_forgot)),
        )
        .service(
            form("/auth/reset-password")
                .route(error::read().to(password::get_reset))
                .route(post().to(password::post_reset)),
        )
        .service(
            form("/auth/setup")
                .route(error::read().to(set_up::get))
                .route(post().to(set_up::post)),
        )
        .service(
            form("/auth/invitation")
                .route(error::read().to(invitation::get))
                .route(post().to(invitation::post)),
        )
        .service(call("/auth/sign-out").route(post().to(session::sign_out)))
        .service(call("/auth/refresh").route(post().to(session::refresh)))
        .service(read("/auth/csrf").route(error::read().to(session::csrf)))
        .service(read("/auth/account").route(error::read().to(session::account)))
        .service(read("/auth/style.css").route(error::read().to(page::style)))
        .service(
            form("/auth/oauth/{provider}")
                .route(error::read().to(provider::begin))
                .route(post().to(provider::link)),
        )
        .service(read("/auth/oauth/{provider}/callback").route(error::read().to(provider::callback)));
}

/// The device that a request comes from.
pub fn device(request: &HttpRequest) -> Device {
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let address = request
        .extensions()
        .get::<ClientAddress>()
        .map(|address| address.0.to_string());
    Device::new(agent.unwrap_or_default(), address.unwrap_or_default())
}

/// The session that the browser has, if it lasts.
pub async fn session_of(request: &HttpRequest, state: &State) -> Result<Option<SessionRow>, HttpResponse> {
    let Some(secret) = browser::session(request, state) else {
        return Ok(None);
    };
    let found = crate::domain::session::by_secret(state.accounts.store.read(), &secret).await;
    found.map_err(|error| error::refusal(&error.into()))
}

/// What was sent, held to the limit of sign-ins: by its address, and by the account that the field of this name has.
async fn attempt(
    request: &HttpRequest,
    body: &Bytes,
    state: &State,
    account: Option<&str>,
) -> Result<Input, HttpResponse> {
    let input = Input::read(request, body, state)?;
    let account = account.map(|field| input.fields.text(field));
    limited(request, state, account.as_deref()).await?;
    Ok(input)
}

/// Holds a request to the limit of sign-ins, by its address and by the account that it names.
async fn limited(request: &HttpRequest, state: &State, account: Option<&str>) -> Result<(), HttpResponse> {
    let quota = &state.settings.limits.sign_ins;
    let account = account.map(|account| format!("account {}", account.trim().to_lowercase()));
    for key in std::iter::once(address::key(request)).chain(account) {
        if let Err(limited) = throttle::check(&state.limiter, quota, &key).await {
            return Err(limited.answer(request));
        }
    }
    Ok(())
}

/// A form with what every form sends along.
fn form(input_or_browser: &browser::Browser, state: &State, fields: &Fields, form: Form) -> Form {
    let mut form = form;
    form.hidden.push((CSRF_FIELD, input_or_browser.csrf_token(state)));
    for name in ["token", "returnTo"] {
        if let Some(value) = fields.get(name) {
            form.hidden.push((name, value.to_owned()));
        }
    }
    form
}

/// A form for a browser that asks for it.
fn show(request: &HttpRequest, state: &State, make: impl FnOnce(&Fields) -> Form) -> HttpResponse {
    let fields = Fields::of_form(request.query_string().as_bytes()).unwrap_or_default();
    let browser = browser::Browser::of(request, state);
    let mut response = form(&browser, state, &fields, make(&fields)).answer(StatusCode::OK);
    browser.remember(state, &mut response);
    response
}

/// A form that a link leads to, for one of these purposes; a page that says so where the link does not work. Looking does
/// not use it up.
async fn show_linked(
    request: &HttpRequest,
    state: &State,
    purposes: &[LinkPurpose],
    make: impl FnOnce(&Fields) -> Form,
) -> HttpResponse {
    let fields = Fields::of_form(request.query_string().as_bytes()).unwrap_or_default();
    let secret = Secret::given(fields.text("token"));
    for purpose in purposes {
        match account::find_link(state.accounts.store.read(), &secret, *purpose).await {
            Ok(Some(_)) => return show(request, state, make),
            Ok(None) => {}
            Err(cause) => return error::refusal_page(&cause.into()),
        }
    }
    page::message(StatusCode::NOT_FOUND, "This link does not work", account::EXPIRED_LINK)
}

/// What a verb refused: JSON for a script, the form anew for a person.
fn refused(input: &Input, state: &State, refusal: &Refusal, make: impl FnOnce(&Fields) -> Form) -> HttpResponse {
    if input.is_json {
        return error::refusal(refusal);
    }
    match refusal {
        Refusal::Invalid(problems) => again(input, state, problems, make),
        other => error::refusal_page(other),
    }
}

fn again(input: &Input, state: &State, problems: &[Problem], make: impl FnOnce(&Fields) -> Form) -> HttpResponse {
    let mut response = form(&input.browser, state, &input.fields, make(&input.fields))
        .with(problems)
        .answer(StatusCode::UNPROCESSABLE_ENTITY);
    input.browser.remember(state, &mut response);
    response
}

/// Sends the browser elsewhere, with a GET (RFC 9110 §15.4.4).
pub fn see_other(address: &str) -> HttpResponse {
    let mut response = HttpResponse::SeeOther()
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish();
    let fallback = HeaderValue::from_static("/auth/account");
    let address = HeaderValue::from_str(address).unwrap_or(fallback);
    response.headers_mut().insert(LOCATION, address);
    response
}

/// What a script gets for tokens.
fn tokens_json(tokens: &Tokens, csrf_token: &str) -> Value {
    json!({
        "accessToken": tokens.access.jwt,
        "tokenType": "Bearer",
        "expiresIn": (tokens.access.expires_at - chrono::Utc::now()).num_seconds().max(0),
        "expiresAt": tokens.access.expires_at,
        "csrfToken": csrf_token,
    })
}

/// The answer to whoever is signed in now: the session goes into a cookie, the access token to a script, a person to
/// where they wanted to go.
fn signed_in(input: &Input, state: &State, tokens: &Tokens) -> HttpResponse {
    let mut response = if input.is_json {
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(tokens_json(tokens, &input.browser.csrf_token(state)))
    } else {
        let wanted = browser::return_to(input.fields.get("returnTo"), state);
        see_other(wanted.as_deref().unwrap_or("/auth/account"))
    };
    if let Some(secret) = &tokens.refresh {
        browser::keep_session(state, &mut response, secret);
    }
    input.browser.remember(state, &mut response);
    response
}

/// What whoever is to look into their letters gets.
fn look_into_letters(input: &Input) -> HttpResponse {
    if input.is_json {
        return HttpResponse::Accepted()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(json!({ "status": "LETTER_SENT" }));
    }
    let text = "We sent a letter to this address. Open the link in it to go on.";
    page::message(StatusCode::OK, "Look into your mail", text)
}

/// The state that handlers share, as they get it.
type Shared = Data<State>;
