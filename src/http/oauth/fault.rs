use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::json;

use crate::domain::refusal::{ProblemCode, Refusal};
use crate::http::error::RETRY_SECONDS;
use crate::store::log_failure;

/// What is wrong with a request, in the standard's own words (RFC 6749 §5.2 and §4.1.2.1, OpenID Connect Core §3.1.2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthFault {
    /// The code.
    pub code: &'static str,
    /// What is wrong, for developers.
    pub description: String,
}

impl OauthFault {
    /// A fault.
    pub fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
        }
    }

    /// `invalid_request`
    pub fn request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    /// `invalid_grant`
    pub fn grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// `invalid_client`
    pub fn client(description: impl Into<String>) -> Self {
        Self::new("invalid_client", description)
    }

    /// As a verb refused it.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Invalid(problems) => {
                let first = problems.first();
                let description = first.map(|problem| problem.message.clone()).unwrap_or_default();
                match first.map(|problem| (problem.code, problem.field)) {
                    Some((ProblemCode::NotAllowed, Some("scope"))) => Self::new("invalid_scope", description),
                    _ => Self::grant(description),
                }
            }
            Refusal::Busy | Refusal::TooOften(_) => Self::new("temporarily_unavailable", "Please try again later."),
            Refusal::Database(error) => {
                log_failure(error, "a request of a client cannot be executed: the database failed");
                Self::new("temporarily_unavailable", "Please try again later.")
            }
            // No verb of this server asks for a version.
            Refusal::Conflict(conflict) => Self::grant(conflict.message()),
            Refusal::Internal(cause) => {
                tracing::error!(cause, "a request failed");
                Self::new("server_error", "Something went wrong on our side.")
            }
            Refusal::Denied(denied) => Self::new("access_denied", denied.message()),
            Refusal::NotFound(what) => Self::grant(format!("There is no such {what}.")),
        }
    }

    /// The answer of a token endpoint (RFC 6749 §5.2).
    pub fn answer(&self) -> HttpResponse {
        let status = match self.code {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
            "server_error" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut response = fresh(HttpResponse::build(status).json(json!({
            "error": self.code,
            "error_description": self.description,
        })));
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"quoin\", charset=\"UTF-8\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS.into());
        }
        response
    }
}

/// An answer that nobody keeps (RFC 6749 §5.1).
pub fn fresh(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
