//! Responses of executed requests: their errors get codes, and tell clients nothing that is for the log alone.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use async_graphql::{Response, ServerError, Value};
use std::collections::HashMap;

use super::accept::Media;
use super::encode::{body, own, send};
use super::refused::Refused;
use crate::budget::Budget;
use crate::domain::refusal;
use crate::graphql::exceeded;
use crate::graphql::limits::{BAD_REQUEST, Cost, RESPONSE_TOO_LARGE};
use crate::http::HttpSettings;
use crate::http::error::{INTERNAL, UNAVAILABLE};
use crate::http::guard::RequestId;

/// Longest message of an error, in bytes: messages repeat what the client wrote.
const MAX_MESSAGE: usize = 500;

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

/// The response when the execution panicked.
pub fn panicked() -> Response {
    failed(INTERNAL)
}

/// The response when nothing was executed because the database cannot be reached.
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
    let is_empty = || match &response.data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|field| *field == Value::Null),
        Value::Binary(json) => serde_json::from_slice::<HashMap<String, serde_json::Value>>(json)
            .is_ok_and(|fields| fields.values().all(serde_json::Value::is_null)),
        _ => false,
    };
    let mut errors = response.errors.iter();
    !response.errors.is_empty() && errors.all(|error| code(error) == Some(UNAVAILABLE)) && is_empty()
}

/// The status of a well-formed request that GraphQL refuses: section "Status Codes" of the draft.
pub fn request_error(media: Media) -> StatusCode {
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
        None => !error.path.is_empty(),
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

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;
    use async_graphql::PathSegment;
    use serde_json::json;

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
            depends_on_variables: false,
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
