//! Answers of the surfaces other than GraphQL to requests that are refused: `{"error": {"code", "message"}}`.

use actix_web::http::header::{ALLOW, CACHE_CONTROL, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Resource, Route, guard, web};
use serde_json::{Value, json};

use super::{graphql, page};
use crate::domain::refusal::{self, Denied, Problem, ProblemCode, Refusal, too_often};
use crate::graphql::limits::BAD_REQUEST;
use crate::store::log_failure;

/// There is no such thing, or not for this viewer.
pub const CONFLICT: &str = "CONFLICT";
/// There is no such thing.
pub const NOT_FOUND: &str = "NOT_FOUND";
/// Nobody is signed in, or the token is not good.
pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
/// Whoever is signed in may not.
pub const FORBIDDEN: &str = "FORBIDDEN";
/// Too many requests of one client.
pub const RATE_LIMITED: &str = "RATE_LIMITED";
/// What is needed for an answer does not answer now; it may later.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// Seconds after which a client may try again what is unavailable.
pub const RETRY_SECONDS: u32 = 5;
/// The fault is ours; the log has the cause.
pub const INTERNAL: &str = "INTERNAL";

/// For a body that broke off.
pub const NOT_WHOLE: &str = "The body did not arrive whole.";

/// The methods of what can only be read.
pub const READ: &str = "GET, HEAD, OPTIONS";

/// An error with its code and a message for the client.
pub fn refuse(status: StatusCode, code: &str, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": { "code": code, "message": message } }))
}

/// An error in the format of the endpoint: that of GraphQL for `/graphql`.
pub fn refuse_in_form(request: &HttpRequest, status: StatusCode, code: &'static str, message: &str) -> HttpResponse {
    if request.path() == "/graphql" {
        graphql::refuse(request, status, code, message)
    } else {
        refuse(status, code, message)
    }
}

/// 503 with `Retry-After`: nothing was executed, and it may be sent again.
pub fn unavailable(message: &str) -> HttpResponse {
    let mut response = refuse(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, message);
    response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS.into());
    response
}

/// An error of a domain operation as JSON, with every problem of the input, the first of which gives code and message. The codes are
/// those of `UserError` in GraphQL.
pub fn refusal(refusal: &Refusal) -> HttpResponse {
    let (status, code, message) = told(refusal);
    let problems: Vec<_> = match refusal {
        Refusal::Invalid(problems) => problems.iter().map(problem).collect(),
        _ => Vec::new(),
    };
    let mut error = json!({ "code": code, "message": message });
    if !problems.is_empty() {
        error["problems"] = problems.into();
    }
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    if let Some(seconds) = retry_after(refusal) {
        response.insert_header((RETRY_AFTER, seconds));
    }
    response.json(json!({ "error": error }))
}

/// What a verb refused, as a page.
pub fn refusal_page(refusal: &Refusal) -> HttpResponse {
    let (status, _, message) = told(refusal);
    let mut response = page::message(status, "That did not work", &message);
    if let Some(seconds) = retry_after(refusal) {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// After how many seconds it may be tried again, if that would help.
fn retry_after(refusal: &Refusal) -> Option<u64> {
    match refusal {
        Refusal::Busy | Refusal::Database(_) => Some(RETRY_SECONDS.into()),
        Refusal::TooOften(wait) => Some(wait.as_secs() + 1),
        _ => None,
    }
}

fn problem(problem: &Problem) -> Value {
    json!({ "code": problem.code.name(), "field": problem.field, "message": problem.message })
}

/// Status, code and message for the client; the cause of what is ours goes to the log.
fn told(refusal: &Refusal) -> (StatusCode, &'static str, String) {
    const LATER: &str = "There is too much to do at the moment. Please try again later.";
    match refusal {
        Refusal::Denied(Denied::Unauthenticated) => (
            StatusCode::UNAUTHORIZED,
            UNAUTHENTICATED,
            Denied::Unauthenticated.message(),
        ),
        Refusal::Denied(denied) => (StatusCode::FORBIDDEN, FORBIDDEN, denied.message()),
        Refusal::NotFound(what) => (StatusCode::NOT_FOUND, NOT_FOUND, format!("There is no such {what}.")),
        Refusal::Invalid(problems) => {
            let first = problems.first();
            let status = match first.map(|problem| problem.code) {
                Some(ProblemCode::WrongCredentials) => StatusCode::UNAUTHORIZED,
                Some(ProblemCode::NotAllowed) => StatusCode::FORBIDDEN,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let code = first.map_or(BAD_REQUEST, |problem| problem.code.name());
            let message = first.map(|problem| problem.message.clone());
            (status, code, message.unwrap_or_default())
        }
        Refusal::Conflict(conflict) => (StatusCode::CONFLICT, CONFLICT, conflict.message()),
        Refusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, LATER.to_owned()),
        Refusal::TooOften(wait) => (StatusCode::TOO_MANY_REQUESTS, RATE_LIMITED, too_often(*wait)),
        Refusal::Database(error) => {
            log_failure(error, "a request cannot be executed: the database failed");
            let message = refusal::UNAVAILABLE.to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, message)
        }
        Refusal::Internal(cause) => {
            tracing::error!(cause, "a request failed");
            let message = "Something went wrong on our side.".to_owned();
            (StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, message)
        }
    }
}

/// A path that knows the given methods, refuses others, and tells them when asked.
pub fn resource(path: &'static str, methods: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move |request: HttpRequest| async move {
        if request.method() == Method::OPTIONS {
            return HttpResponse::NoContent().insert_header((ALLOW, methods)).finish();
        }
        let message = format!("This address knows the methods {methods} only.");
        let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, BAD_REQUEST, &message);
        response
            .headers_mut()
            .insert(ALLOW, actix_web::http::header::HeaderValue::from_static(methods));
        response
    }))
}

/// A route for GET, and for HEAD, of which only the headers are sent.
pub fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// For every path that is not in the table.
pub async fn not_found() -> HttpResponse {
    refuse(StatusCode::NOT_FOUND, NOT_FOUND, "There is nothing at this address.")
}
