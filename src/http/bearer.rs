//! Who comes with a bearer token (RFC 6750 §2.1): in the header `Authorization`, never in an address, where logs would
//! keep it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};

use super::State;
use super::throttle::Subject;
use crate::domain::accounts::Accounts;
use crate::domain::authenticate::{Unrecognised, authenticate};
use crate::domain::refusal::{self, Refusal};
use crate::domain::{Credential, Viewer, post};
use crate::token::TokenFault;

/// Why a request with a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BearerFault {
    /// The token is not good.
    Token(TokenFault),
    /// It cannot be found out at the moment.
    Unavailable,
}

/// What is known of the bearer: an extension of requests that come with a token.
#[derive(Clone, Copy, Debug)]
struct Bearer(Result<Viewer, BearerFault>);

/// The token, if the request has one.
fn token(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The header with which a front end says that it was given leave to see a draft. It stands before any other token: what is
/// previewed is seen as anybody will see it.
pub const PREVIEW: &str = "quoin-preview";

/// Finds out who comes with a token, for whatever comes after. A bad token is counted against the address, and refused by
/// the handler.
pub async fn recognise(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let preview = request.headers().get(PREVIEW);
    let token = token(request.headers());
    if (preview.is_some() || token.is_some())
        && let Some(state) = request.app_data::<Data<State>>().cloned()
    {
        let bearer = match (preview, token) {
            (Some(preview), _) => previewing(&state.accounts, preview.to_str().unwrap_or_default()).await,
            (None, token) => bearing(&state.accounts, token.unwrap_or_default()).await,
        };
        if let Ok(viewer) = bearer {
            request.extensions_mut().insert(subject(viewer));
        }
        request.extensions_mut().insert(Bearer(bearer));
    }
    next.call(request).await
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
    tracing::error!(refusal = ?LogOnly(refusal), "a token cannot be checked");
    BearerFault::Unavailable
}

/// What the limits count by.
fn subject(viewer: Viewer) -> Subject {
    Subject(match viewer {
        Viewer::User(actor) => match actor.credential {
            Credential::ApiKey(key) => format!("key {key}"),
            Credential::Session(_) | Credential::Outside => format!("account {}", actor.user),
        },
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
            Self::Token(_) => super::error::UNAUTHENTICATED,
            Self::Unavailable => super::error::UNAVAILABLE,
        }
    }

    /// What the client reads.
    pub fn message(self) -> String {
        match self {
            Self::Token(fault) => fault.to_string(),
            Self::Unavailable => refusal::UNAVAILABLE.to_owned(),
        }
    }

    /// The header `WWW-Authenticate` (RFC 6750 §3).
    pub fn challenge(self) -> String {
        format!(
            "Bearer error=\"invalid_token\", error_description=\"{}\"",
            self.message()
        )
    }
}

/// What only the log may read of a refusal.
struct LogOnly<'a>(&'a Refusal);

impl std::fmt::Debug for LogOnly<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Refusal::Database(error) => formatter.write_str(&crate::store::driver_text(error)),
            other => other.fmt(formatter),
        }
    }
}
