//! `/oauth/authorize`: a person lets an application in.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::fault::OauthFault;
use super::request::{Wanted, Wrong};
use crate::domain::account;
use crate::domain::oauth::{CodeRequest, issue_code};
use crate::domain::oauth_client;
use crate::domain::refusal::Refusal;
use crate::domain::session::SessionRow;
use crate::http::auth::{see_other, session_of};
use crate::http::browser::{Browser, CSRF_FIELD};
use crate::http::input::Input;
use crate::http::page::{self, Form};
use crate::http::{State, error};

/// The field of the form that holds what the application asked for.
const REQUEST: &str = "request";

/// An application asks for a code.
pub async fn get(request: HttpRequest, state: Data<State>) -> HttpResponse {
    let query = request.query_string();
    let answered = async {
        let wanted = Wanted::read(query, &state).await?;
        let Some(session) = fitting(&request, &state, &wanted).await? else {
            return Ok(if wanted.prompt.none {
                let fault = OauthFault::new("login_required", "Nobody is signed in.");
                return Err(Wrong::Redirect(wanted.back(), fault).into());
            } else {
                sign_in_first(query)
            });
        };
        let given = oauth_client::consented(state.accounts.store.read(), session.user_id, wanted.client.id).await;
        let given = given.map_err(Refusal::from)?;
        let is_given = wanted.client.is_trusted || given.covers(wanted.scopes);
        if is_given && !wanted.prompt.consent {
            return Ok(grant(&state, wanted, &session, false).await?);
        }
        if wanted.prompt.none {
            let fault = OauthFault::new("consent_required", "The person has not consented yet.");
            return Err(Wrong::Redirect(wanted.back(), fault).into());
        }
        ask(&request, &state, &wanted, &session).await
    };
    answered.await.unwrap_or_else(|failed| failed.answer(&state))
}

/// The person has decided.
pub async fn post(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let input = match Input::read(&request, &body, &state) {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let query = input.fields.text(REQUEST);
    let answered = async {
        let wanted = Wanted::read(&query, &state).await?;
        let Some(session) = session_of(&request, &state).await? else {
            return Ok(sign_in_first(&query));
        };
        if input.fields.get("decision") != Some("allow") {
            let fault = OauthFault::new("access_denied", "The person said no.");
            return Err(Wrong::Redirect(wanted.back(), fault).into());
        }
        Ok::<_, Failed>(grant(&state, wanted, &session, true).await?)
    };
    answered.await.unwrap_or_else(|failed| failed.answer(&state))
}

/// The browser's session, if the application is content with when it began.
async fn fitting(request: &HttpRequest, state: &State, wanted: &Wanted) -> Result<Option<SessionRow>, Failed> {
    let session = session_of(request, state).await?;
    let is_fresh = |session: &SessionRow| {
        let age = (entity::now() - session.authenticated_at).num_seconds();
        !wanted.prompt.login && wanted.max_age.is_none_or(|most| age <= most)
    };
    Ok(session.filter(is_fresh))
}

/// Has the person sign in, and come back. That they are to sign in anew holds for this once.
fn sign_in_first(query: &str) -> HttpResponse {
    let mut back = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let kept = match &*name {
            "prompt" => {
                let rest: Vec<_> = value
                    .split(' ')
                    .filter(|word| !matches!(*word, "login" | "select_account"))
                    .collect();
                rest.join(" ")
            }
            _ => value.into_owned(),
        };
        if !kept.is_empty() {
            back.append_pair(&name, &kept);
        }
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("returnTo", &format!("/oauth/authorize?{}", back.finish()))
        .finish();
    see_other(&format!("/auth/sign-in?{query}"))
}

/// Asks the person whether they consent.
async fn ask(
    request: &HttpRequest,
    state: &State,
    wanted: &Wanted,
    session: &SessionRow,
) -> Result<HttpResponse, Failed> {
    let account = account::by_id(state.accounts.store.read(), session.user_id).await;
    let account = account.map_err(Refusal::from)?;
    let name = account.map(|account| account.display_name).unwrap_or_default();
    let browser = Browser::of(request, state);
    let mut texts = vec![
        format!("You are signed in as {name}."),
        format!("{} wants to:", wanted.client.name),
    ];
    texts.extend(
        wanted
            .scopes
            .iter()
            .map(|scope| format!("\u{2022} {}", scope.meaning())),
    );
    texts.push(format!("It will send you back to {}.", wanted.redirect_uri));
    let form = Form {
        title: "Let an application in",
        texts,
        action: "/oauth/authorize".to_owned(),
        hidden: vec![
            (CSRF_FIELD, browser.csrf_token(state)),
            (REQUEST, request.query_string().to_owned()),
        ],
        buttons: vec![
            ("decision", "allow", "Allow".to_owned()),
            ("decision", "deny", "Do not allow".to_owned()),
        ],
        ..Form::default()
    };
    let mut response = form.answer(StatusCode::OK);
    browser.remember(state, &mut response);
    Ok(response)
}

/// Sends the application its code.
async fn grant(state: &State, wanted: Wanted, session: &SessionRow, consents: bool) -> Result<HttpResponse, Refusal> {
    let back = wanted.back();
    let transaction = state.accounts.store.write().await?;
    if consents {
        oauth_client::give(&transaction, session.user_id, wanted.client.id, wanted.scopes).await?;
    }
    let request = CodeRequest {
        client: wanted.client.id,
        redirect_uri: wanted.redirect_uri,
        scopes: wanted.scopes,
        challenge: wanted.challenge,
        nonce: wanted.nonce,
        user: session.user_id,
        authenticated_at: session.authenticated_at,
    };
    let code = issue_code(&transaction, request).await?;
    transaction.commit().await?;
    Ok(see_other(&back.with(state, &[("code", code.expose())])))
}

/// Why there is no code.
enum Failed {
    Wrong(Wrong),
    Answered(HttpResponse),
}

impl Failed {
    fn answer(self, state: &State) -> HttpResponse {
        match self {
            Self::Answered(response) => response,
            Self::Wrong(Wrong::Page(text)) => page::message(StatusCode::BAD_REQUEST, "That did not work", &text),
            Self::Wrong(Wrong::Refused(refusal)) => error::refusal_page(&refusal),
            Self::Wrong(Wrong::Redirect(back, fault)) => {
                let answer = [("error", fault.code), ("error_description", &fault.description)];
                see_other(&back.with(state, &answer))
            }
        }
    }
}

impl From<Wrong> for Failed {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Wrong(Wrong::Refused(refusal))
    }
}

impl From<HttpResponse> for Failed {
    fn from(response: HttpResponse) -> Self {
        Self::Answered(response)
    }
}
