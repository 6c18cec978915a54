use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, HeaderValue, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use async_graphql::parser::types::OperationType;
use async_graphql::{Response, ServerError, Value};
use serde_json::json;

use super::accept::Media;
use crate::budget::Budget;
use crate::domain::refusal;
use crate::graphql::exceeded;
use crate::graphql::limits::{BAD_REQUEST, Cost, RESPONSE_TOO_LARGE, Refusal};
use crate::http::HttpSettings;
use crate::http::bearer::BearerFault;
use crate::http::error::{INTERNAL, RETRY_SECONDS, UNAVAILABLE};
use crate::http::guard::RequestId;
use crate::http::pieces::Pieces;

/// Longest message of an error, in bytes: messages repeat what the client wrote.
const MAX_MESSAGE: usize = 500;

/// A request that is not executed.
#[derive(Debug)]
pub struct Refused {
    /// None for a request that is well-formed for HTTP but not for GraphQL: the media type decides.
    status: Option<StatusCode>,
    error: Box<ServerError>,
    header: Option<(actix_web::http::header::HeaderName, String)>,
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

    /// For a token that is not good (RFC 6750 §3).
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

    /// For what may be tried again later.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, message).retry_after(RETRY_SECONDS)
    }

    /// For a client that takes neither media type.
    pub fn not_acceptable() -> Self {
        let message = "Answers are application/graphql-response+json or application/json.";
        Self::bad_request(StatusCode::NOT_ACCEPTABLE, message)
    }

    /// For a mutation or a subscription in an address: <https://graphql.github.io/graphql-over-http/draft/#sec-GET>.
    pub fn unsafe_over_get(kind: OperationType) -> Self {
        let message = format!("A {kind} cannot be sent with GET: send it with POST.");
        Self {
            header: Some((ALLOW, "POST".into())),
            ..Self::bad_request(StatusCode::METHOD_NOT_ALLOWED, message)
        }
    }

    /// Says after how many seconds to try again.
    pub fn retry_after(self, seconds: u32) -> Self {
        Self {
            header: Some((RETRY_AFTER, seconds.to_string())),
            ..self
        }
    }

    /// Forbids caches to keep it.
    pub fn not_to_be_kept(self) -> Self {
        Self {
            header: Some((CACHE_CONTROL, "private, no-store".to_owned())),
            ..self
        }
    }

    /// Says what the request would have cost.
    pub fn costing(self, cost: Cost) -> Self {
        Self {
            cost: Some(cost),
            ..self
        }
    }

    /// The answer, in the media type that the client takes.
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

/// Turns what was executed into an answer whose errors carry codes and say nothing that only the log may know.
pub fn answer(
    request: &HttpRequest,
    settings: &HttpSettings,
    response: Response,
    cost: Cost,
    media: Media,
    budget: &Budget,
) -> HttpResponse {
    let Response { data, mut errors, .. } = response;
    // An error without a path was raised before the execution began, unless it ended it.
    let began = |error: &ServerError| !error.path.is_empty() || code(error) == Some(RESPONSE_TOO_LARGE);
    let refused = data == Value::Null && !errors.is_empty() && !errors.iter().any(began);
    errors.truncate(settings.limits.listed_errors);
    for error in &mut errors {
        clean(error, request, settings.suggestions);
    }
    if refused {
        let is_any = |wanted| errors.iter().any(|error| code(error) == Some(wanted));
        if is_any(UNAVAILABLE) {
            return Refused::unavailable(refusal::UNAVAILABLE).costing(cost).answer(media);
        }
        let status = if is_any(INTERNAL) {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            request_error(media)
        };
        return send(status, media, None, &errors, Some(cost));
    }
    // Once fields were executed the status stays 200, even when all of them were denied: the draft has 401 and 403 for a
    // request that "the client is not permitted to issue", and does not recommend them for an answer with `data`, null
    // or not, since another field of the same request may have been executed. The codes of the errors tell.
    match body(Some(&data), &errors, Some(cost), budget) {
        Some(body) => own(StatusCode::OK, media, body, settings.limits.write_timeout),
        None => match budget.is_exceeded() {
            Some(reason) => answer(request, settings, exceeded(reason), cost, media, budget),
            None => HttpResponse::InternalServerError().finish(),
        },
    }
}

/// What is answered when the execution broke off.
pub fn panicked() -> Response {
    failed(INTERNAL)
}

/// What is answered when nothing was executed, since the database cannot be reached.
pub fn unavailable() -> Response {
    failed(UNAVAILABLE)
}

fn failed(code: &str) -> Response {
    let mut error = ServerError::new("", None);
    error.extensions.get_or_insert_default().set("code", code);
    Response::from_errors(vec![error])
}

/// Whether every field of a query was unavailable.
pub fn is_unavailable(response: &Response) -> bool {
    let is_empty = match &response.data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|field| *field == Value::Null),
        _ => false,
    };
    let mut errors = response.errors.iter();
    is_empty && !response.errors.is_empty() && errors.all(|error| code(error) == Some(UNAVAILABLE))
}

/// The status of a well-formed request that GraphQL refuses: section "Status Codes" of the draft.
fn request_error(media: Media) -> StatusCode {
    match media {
        Media::GraphQl => StatusCode::BAD_REQUEST,
        Media::Json => StatusCode::OK,
    }
}

fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        Value::Enum(code) => Some(code),
        _ => None,
    }
}

/// Gives an error its code. An error of the execution that has none was not written for clients.
fn clean(error: &mut ServerError, request: &HttpRequest, suggestions: bool) {
    let given = code(error);
    let internal = match given {
        Some(code) => code == INTERNAL,
        None => !error.path.is_empty() && !WRONG_VALUE.iter().any(|start| error.message.starts_with(start)),
    };
    if internal {
        tracing::error!(error = ?error, "a request failed");
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        "Something went wrong on our side.".clone_into(&mut error.message);
        let mut extensions = async_graphql::ErrorExtensionValues::default();
        extensions.set("code", INTERNAL);
        extensions.set("requestId", id.unwrap_or_default());
        error.extensions = Some(extensions);
        error.source = None;
        return;
    }
    if given.is_none() {
        error.extensions.get_or_insert_default().set("code", BAD_REQUEST);
    }
    if !suggestions && let Some(end) = error.message.find(" Did you mean") {
        error.message.truncate(end);
    }
    if error.message.len() > MAX_MESSAGE {
        let end = error.message.floor_char_boundary(MAX_MESSAGE);
        error.message.truncate(end);
        error.message.push('…');
    }
}

/// How the library's errors begin about an argument that scalars and validators refuse, which runs with the fields: one of
/// their type that they cannot read, and one of another type.
const WRONG_VALUE: [&str; 2] = ["Failed to parse \"", "Expected input type \""];

/// What caches are told of an answer that is not for others: an error, or what somebody may see who said who they are.
pub const OWN: HeaderValue = HeaderValue::from_static("private, no-store");

fn send(
    status: StatusCode,
    media: Media,
    data: Option<&Value>,
    errors: &[ServerError],
    cost: Option<Cost>,
) -> HttpResponse {
    // A few short errors, which every client takes at once.
    match body(data, errors, cost, &Budget::default()) {
        Some(body) => own(status, media, body, Duration::MAX),
        None => HttpResponse::InternalServerError().finish(),
    }
}

/// A response that is not for others.
fn own(status: StatusCode, media: Media, body: Bytes, write_timeout: Duration) -> HttpResponse {
    let mut response = with_body(status, media, body, write_timeout);
    response.headers_mut().insert(CACHE_CONTROL, OWN);
    response
}

/// A response with a body that was written before.
pub fn with_body(status: StatusCode, media: Media, body: Bytes, write_timeout: Duration) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(media.content_type())
        .insert_header((VARY, "Accept"))
        .body(Pieces::new(body, write_timeout))
}

/// The body of a response; none when it cannot be written, or is larger than its budget.
pub fn body(data: Option<&Value>, errors: &[ServerError], cost: Option<Cost>, budget: &Budget) -> Option<Bytes> {
    let body = write(data, errors, cost).inspect_err(|error| tracing::error!(%error, "an answer cannot be written"));
    budget.body(body.ok()?).ok()
}

fn write(data: Option<&Value>, errors: &[ServerError], cost: Option<Cost>) -> serde_json::Result<Vec<u8>> {
    let mut body = Vec::with_capacity(data.map_or(0, written_before) + 256);
    let mut separator = b'{';
    let mut begin = |body: &mut Vec<u8>, name: &str| {
        body.push(std::mem::replace(&mut separator, b','));
        body.extend_from_slice(name.as_bytes());
    };
    if let Some(data) = data {
        begin(&mut body, "\"data\":");
        write_data(data, &mut body)?;
    }
    if !errors.is_empty() {
        begin(&mut body, "\"errors\":");
        serde_json::to_writer(&mut body, errors)?;
    }
    if let Some(cost) = cost {
        begin(&mut body, "\"extensions\":");
        let cost = json!({ "cost": { "requested": cost.requested, "limit": cost.limit } });
        serde_json::to_writer(&mut body, &cost)?;
    }
    body.push(b'}');
    Ok(body)
}

/// Bytes of what was written before.
fn written_before(data: &Value) -> usize {
    let Value::Object(fields) = data else { return 0 };
    let written = fields.values().filter_map(|value| match value {
        Value::Binary(json) => Some(json.len()),
        _ => None,
    });
    written.sum()
}

/// Writes what was asked for. What was written before, a [`Value::Binary`], is taken as it is.
fn write_data(data: &Value, body: &mut Vec<u8>) -> serde_json::Result<()> {
    let Value::Object(fields) = data else {
        return serde_json::to_writer(body, data);
    };
    body.push(b'{');
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        serde_json::to_writer(&mut *body, name)?;
        body.push(b':');
        match value {
            Value::Binary(json) => body.extend_from_slice(json),
            value => serde_json::to_writer(&mut *body, value)?,
        }
    }
    body.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;
    use async_graphql::PathSegment;

    use super::*;

    fn field_error(message: &str, code: Option<&str>) -> ServerError {
        let mut error = ServerError::new(message, None);
        error.path = vec![PathSegment::Field("post".into())];
        if let Some(code) = code {
            error.extensions.get_or_insert_default().set("code", code);
        }
        error
    }

    async fn answered(data: Value, errors: Vec<ServerError>) -> (u16, serde_json::Value) {
        let request = TestRequest::default().to_http_request();
        let settings = HttpSettings::default();
        let cost = Cost {
            requested: 1,
            limit: 2,
            introspects: false,
        };
        let mut response = Response::new(data);
        response.errors = errors;
        let answer = answer(&request, &settings, response, cost, Media::GraphQl, &Budget::default());
        let status = answer.status().as_u16();
        let Ok(body) = to_bytes(answer.into_body()).await else {
            panic!("no body");
        };
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    #[actix_web::test]
    async fn an_error_not_written_for_clients_stays_in_the_log() {
        for code in [None, Some(INTERNAL)] {
            let error = field_error("no such table: secret", code);
            let (status, body) = answered(Value::Null, vec![error]).await;
            assert_eq!(status, 200, "the execution began");
            assert_eq!(body["data"], json!(null));
            assert_eq!(body["errors"][0]["extensions"]["code"], "INTERNAL");
            assert!(body["errors"][0]["extensions"]["requestId"].is_string());
            assert!(!body.to_string().contains("secret"), "{body}");
        }
    }

    #[actix_web::test]
    async fn an_error_with_a_code_is_told_as_it_is() {
        let error = field_error("There is no such post.", Some("NOT_FOUND"));
        let (status, body) = answered(Value::from_json(json!({ "post": null })).expect("a value"), vec![error]).await;
        assert_eq!(status, 200);
        assert_eq!(body["errors"][0]["message"], "There is no such post.");
        assert_eq!(body["errors"][0]["extensions"], json!({ "code": "NOT_FOUND" }));
        assert_eq!(body["errors"][0]["path"], json!(["post"]));
    }

    #[actix_web::test]
    async fn what_is_denied_while_executing_is_told_by_its_code() {
        for code in ["UNAUTHENTICATED", "FORBIDDEN"] {
            let (status, body) = answered(Value::Null, vec![field_error("Sign in first.", Some(code))]).await;
            assert_eq!(status, 200, "the execution began");
            assert_eq!(body["data"], json!(null));
            assert_eq!(body["errors"][0]["extensions"], json!({ "code": code }));
            assert_eq!(body["errors"][0]["message"], "Sign in first.");
        }
    }

    #[actix_web::test]
    async fn a_value_that_a_scalar_refuses_is_the_clients_fault() {
        for message in [
            "Failed to parse \"DateTime\": premature end of input",
            "Expected input type \"DateTime\", found 5.",
        ] {
            let (_, body) = answered(Value::Null, vec![field_error(message, None)]).await;
            assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_REQUEST");
        }
    }

    #[actix_web::test]
    async fn a_broken_execution_is_a_500_without_data() {
        let (status, body) = answered(Value::Null, panicked().errors).await;
        assert_eq!(status, 500);
        assert!(body.get("data").is_none());
        assert_eq!(body["errors"][0]["extensions"]["code"], "INTERNAL");
    }

    #[actix_web::test]
    async fn a_message_is_clipped_between_characters() {
        let error = field_error(&"é".repeat(1_000), Some("NOT_FOUND"));
        let (_, body) = answered(Value::Null, vec![error]).await;
        assert_eq!(
            body["errors"][0]["message"]
                .as_str()
                .map(|message| message.chars().count()),
            Some(251)
        );
    }
}
