//! Answers of the surfaces other than GraphQL to requests that are refused: `{"error": {"code", "message"}}`.

use actix_web::http::header::ALLOW;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Resource, Route, guard, web};
use serde_json::json;

use crate::graphql::limits::BAD_REQUEST;

/// There is no such thing, or not for this viewer.
pub const NOT_FOUND: &str = "NOT_FOUND";
/// Too many requests of one client.
pub const RATE_LIMITED: &str = "RATE_LIMITED";
/// What is needed for an answer does not answer now; it may later.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// The fault is ours; the log has the cause.
pub const INTERNAL: &str = "INTERNAL";

/// The methods of what can only be read.
pub const READ: &str = "GET, HEAD, OPTIONS";

/// An error with its code and a message for the client.
pub fn refuse(status: StatusCode, code: &str, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": { "code": code, "message": message } }))
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
