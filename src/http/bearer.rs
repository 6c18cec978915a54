//! Who comes with a bearer token (RFC 6750 §2.1): in the header `Authorization`, never in an address, where logs would
//! keep it. A request with that header is either authenticated or refused, never served as an anonymous one.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};

use super::State;
use super::throttle::Subject;
use crate::domain::accounts::Accounts;
use crate::domain::authenticate::{Unrecognised, authenticate};
use crate::domain::refusal::{self, Refusal};
use crate::domain::{Viewer, post};
use crate::store::log_failure;
use crate::token::TokenFault;

/// Why a request with a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BearerFault {
    /// The header `Authorization` holds no bearer token.
    NoToken,
    /// The token is not good.
    Token(TokenFault),
    /// It cannot be found out at the moment.
    Unavailable,
}

/// What is known of the bearer: an extension of requests that come with a token.
#[derive(Clone, Copy, Debug)]
struct Bearer(Result<Viewer, BearerFault>);

/// The token of the header `Authorization`, if there is that header. One that is not ASCII text is malformed.
fn token(headers: &HeaderMap) -> Option<Result<&str, BearerFault>> {
    let mut given = headers.get_all(AUTHORIZATION).map(HeaderValue::as_bytes);
    let (header, more) = (given.next()?, given.next());
    let (scheme, token) = header.split_at_checked(BEARER.len()).unwrap_or_default();
    if more.is_some() || !scheme.eq_ignore_ascii_case(BEARER) {
        return Some(Err(BearerFault::NoToken));
    }
    let token = std::str::from_utf8(token).ok().filter(|token| token.is_ascii());
    Some(token.map(str::trim).ok_or(BearerFault::Token(TokenFault::Malformed)))
}

/// How a header with a bearer token begins, in any case of letters.
const BEARER: &[u8] = b"Bearer ";

/// The header with which a front end says that it was given leave to see a draft. It stands before any other token: what is
/// previewed is seen as anybody will see it.
pub const PREVIEW: &str = "quoin-preview";

/// Finds out who comes with a token, for whatever comes after. A bad token is counted against the address, and refused by
/// the handler.
pub async fn recognise(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(state) = request.app_data::<Data<State>>().cloned()
        && let Some(bearer) = authenticated(&state.accounts, request.headers()).await
    {
        if let Ok(viewer) = bearer {
            request.extensions_mut().insert(subject(viewer));
        }
        request.extensions_mut().insert(Bearer(bearer));
    }
    next.call(request).await
}

/// Who the headers prove to be there; none for an anonymous request.
async fn authenticated(accounts: &Accounts, headers: &HeaderMap) -> Option<Result<Viewer, BearerFault>> {
    if let Some(preview) = headers.get(PREVIEW) {
        return Some(previewing(accounts, preview.to_str().unwrap_or_default()).await);
    }
    match token(headers)? {
        Ok(token) => Some(bearing(accounts, token).await),
        Err(fault) => Some(Err(fault)),
    }
}

async fn bearing(accounts: &Accounts, token: &str) -> Result<Viewer, BearerFault> {
    authenticate(accounts, token).await.map_err(|error| match error {
        Unrecognised::Token(fault) => BearerFault::Token(fault),
        Unrecognised::Refused(refusal) => unavailable(&refusal),
    })
}

async fn previewing(accounts: &Accounts, token: &str) -> Result<Viewer, BearerFault> {
    match post::previewed_by(accounts, token).await {
        Ok(post) => post.map(Viewer::Preview).map_err(BearerFault::Token),
        Err(error) => Err(unavailable(&Refusal::Database(error))),
    }
}

fn unavailable(refusal: &Refusal) -> BearerFault {
    match refusal {
        Refusal::Database(error) => log_failure(error, "a token cannot be checked: the database failed"),
        refusal => tracing::error!(?refusal, "a token cannot be checked"),
    }
    BearerFault::Unavailable
}

/// What the limits count by: all sessions, keys and external tokens of an account share one limit.
fn subject(viewer: Viewer) -> Subject {
    Subject(match viewer {
        Viewer::User(actor) => format!("account {}", actor.user),
        Viewer::Client(client) => format!("client {client}"),
        Viewer::Preview(post) => format!("preview {post}"),
        Viewer::Anonymous | Viewer::Operator => "nobody".to_owned(),
    })
}

/// On whose behalf a request is: of the bearer, or of nobody.
///
/// # Errors
/// When it comes with a token that is not good.
pub fn viewer(request: &HttpRequest) -> Result<Viewer, BearerFault> {
    let bearer = request.extensions().get::<Bearer>().copied();
    bearer.map_or(Ok(Viewer::Anonymous), |bearer| bearer.0)
}

impl BearerFault {
    /// The code in the error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Token(TokenFault::Expired) => "TOKEN_EXPIRED",
            Self::NoToken | Self::Token(_) => super::error::UNAUTHENTICATED,
            Self::Unavailable => super::error::UNAVAILABLE,
        }
    }

    /// What the client reads.
    pub fn message(self) -> String {
        match self {
            Self::NoToken => "The header `Authorization` must be `Bearer` and a token, once.".to_owned(),
            Self::Token(fault) => fault.to_string(),
            Self::Unavailable => refusal::UNAVAILABLE.to_owned(),
        }
    }

    /// The header `WWW-Authenticate` (RFC 6750 §3), without an error code where there was no token.
    pub fn challenge(self) -> String {
        match self {
            Self::NoToken => CHALLENGE.to_owned(),
            fault => format!(
                "Bearer error=\"invalid_token\", error_description=\"{}\"",
                fault.message()
            ),
        }
    }
}

/// The header `WWW-Authenticate` for a request without a token.
pub const CHALLENGE: &str = "Bearer";
