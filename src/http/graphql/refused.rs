//! Requests that are refused before they are executed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use async_graphql::ServerError;
use async_graphql::parser::types::OperationType;

use super::accept::Media;
use super::answer::request_error;
use super::encode::send;
use crate::graphql::limits::{BAD_REQUEST, Cost, Refusal};
use crate::http::bearer::BearerFault;
use crate::http::error::{RETRY_SECONDS, UNAVAILABLE};

/// A request that is not executed.
#[derive(Debug)]
pub struct Refused {
    /// None for a request that is well-formed for HTTP but not for GraphQL: the media type decides.
    status: Option<StatusCode>,
    error: Box<ServerError>,
    header: Option<(HeaderName, String)>,
    cost: Option<Cost>,
}

impl Refused {
    /// A refusal with its status in either media type.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let refusal = Refusal {
            code,
            message: message.into(),
            position: None,
        };
        Self {
            status: Some(status),
            ..refusal.into()
        }
    }

    /// A refusal of what is wrong before GraphQL comes into it.
    pub fn bad_request(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, BAD_REQUEST, message)
    }

    /// For an invalid token (RFC 6750 §3).
    pub fn unrecognised(fault: BearerFault) -> Self {
        match fault {
            BearerFault::Unavailable => Self::unavailable(fault.message()),
            _ => Self::unauthenticated(fault.code(), fault.message(), fault.challenge()),
        }
    }

    /// For a request that needs a token, or a better one.
    pub fn unauthenticated(code: &'static str, message: String, challenge: String) -> Self {
        Self {
            header: Some((WWW_AUTHENTICATE, challenge)),
            ..Self::new(StatusCode::UNAUTHORIZED, code, message)
        }
    }

    /// For a request that can be sent again later.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, message).retry_after(RETRY_SECONDS)
    }

    /// For a client that has closed its side of the connection, so that hardly one reads it; the log has the status, which
    /// nginx uses for the same.
    pub fn left() -> Self {
        let status = StatusCode::from_u16(499).unwrap_or(StatusCode::REQUEST_TIMEOUT);
        Self::new(
            status,
            UNAVAILABLE,
            "The client closed the connection before its response was there.",
        )
    }

    /// For a client that accepts neither media type.
    pub fn not_acceptable() -> Self {
        let message = "Responses are application/graphql-response+json or application/json.";
        Self::bad_request(StatusCode::NOT_ACCEPTABLE, message)
    }

    /// For a mutation or a subscription over GET: <https://graphql.github.io/graphql-over-http/draft/#sec-GET>.
    pub fn unsafe_over_get(kind: OperationType) -> Self {
        let message = format!("A {kind} cannot be sent with GET: send it with POST.");
        Self {
            header: Some((ALLOW, "POST".into())),
            ..Self::bad_request(StatusCode::METHOD_NOT_ALLOWED, message)
        }
    }

    /// Sets `Retry-After`, in seconds.
    pub fn retry_after(self, seconds: u32) -> Self {
        Self {
            header: Some((RETRY_AFTER, seconds.to_string())),
            ..self
        }
    }

    /// Forbids caches to store the response.
    pub fn not_to_be_kept(self) -> Self {
        Self {
            header: Some((CACHE_CONTROL, "private, no-store".to_owned())),
            ..self
        }
    }

    /// Adds the cost of the request.
    pub fn costing(self, cost: Cost) -> Self {
        Self {
            cost: Some(cost),
            ..self
        }
    }

    /// The response, in the media type that the client accepts.
    pub fn answer(self, media: Media) -> HttpResponse {
        let status = self.status.unwrap_or_else(|| request_error(media));
        let mut response = send(status, media, None, &[*self.error], self.cost);
        if let Some((name, value)) = self.header
            && let Ok(value) = value.parse()
        {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        ServerError::from(refusal).into()
    }
}

impl From<ServerError> for Refused {
    fn from(error: ServerError) -> Self {
        Self {
            status: None,
            error: Box::new(error),
            header: None,
            cost: None,
        }
    }
}
