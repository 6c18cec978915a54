//! What every request and every answer goes through: the request's id, safe headers, one line in the log.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::ConnectionType;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use tracing::Instrument;
use uuid::Uuid;

use super::State;
use super::connection::{Activity, Handled};

/// The header with a request's id, taken from the client when it is sane, told in every answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken from a client.
const MAX_ID: usize = 64;

/// What a request is called in the log, and in errors that only the log explains.
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

/// The name of the operation that a request executes, for the log.
#[derive(Clone, Debug)]
pub struct OperationName(pub Arc<str>);

impl RequestId {
    /// The client's own, when it is 1 to 64 of `A-Z a-z 0-9 . _ -`, else a new one.
    fn of(headers: &HeaderMap) -> Self {
        let sane = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        let given = headers.get(REQUEST_ID).filter(|id| {
            let id = id.as_bytes();
            (1..=MAX_ID).contains(&id.len()) && id.iter().all(sane)
        });
        Self(given.cloned().unwrap_or_else(Self::fresh))
    }

    fn fresh() -> HeaderValue {
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(Uuid::now_v7().simple().encode_lower(&mut text))
            .unwrap_or_else(|_| HeaderValue::from_static("none"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// Names the request, has it answered, and logs it: no query text, variables, or cookies.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let handling = request.conn_data::<Activity>().map(Activity::handle);
    let state = request.app_data::<Data<State>>().cloned();
    let span = tracing::info_span!("request", request_id = %id);
    let line = Line {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        started: Instant::now(),
    };
    match next.call(request).instrument(span.clone()).await {
        Ok(mut response) => {
            let operation = response.request().extensions().get::<OperationName>().cloned();
            let operation = operation.as_ref().map(|name| &*name.0);
            span.in_scope(|| line.log(response.status().as_u16(), operation));
            protect(response.headers_mut(), id);
            if state.is_some_and(|state| state.is_closing.load(Ordering::Relaxed)) {
                let head = response.response_mut().head_mut();
                head.set_connection_type(ConnectionType::Close);
            }
            Ok(response.map_body(|_, body| Handled::new(body, handling)))
        }
        Err(error) => {
            let mut response = error.error_response();
            span.in_scope(|| line.log(response.status().as_u16(), None));
            protect(response.headers_mut(), id);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

fn protect(headers: &mut HeaderMap, id: RequestId) {
    headers.insert(REQUEST_ID, id.0);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
}

/// One request in the log.
struct Line {
    method: String,
    path: String,
    started: Instant,
}

impl Line {
    fn log(self, status: u16, operation: Option<&str>) {
        let Self { method, path, started } = self;
        let duration_ms = started.elapsed().as_secs_f64() * 1_000.0;
        tracing::info!(method, path, status, duration_ms, operation, "answered");
    }
}
