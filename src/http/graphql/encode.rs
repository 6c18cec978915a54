//! Responses as bytes: their JSON, and the headers that every one has.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, VARY};
use actix_web::web::Bytes;
use async_graphql::{ServerError, Value};
use serde_json::json;

use super::accept::Media;
use crate::budget::Budget;
use crate::graphql::limits::Cost;
use crate::http::pieces::Pieces;

/// `Cache-Control` of responses that shared caches must not store: errors, and responses for authenticated clients.
pub const OWN: HeaderValue = HeaderValue::from_static("private, no-store");

/// A response of errors, which is not cached.
pub fn send(
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

/// A response that shared caches do not store.
pub fn own(status: StatusCode, media: Media, body: Bytes, write_timeout: Duration) -> HttpResponse {
    let mut response = with_body(status, media, body, write_timeout);
    response.headers_mut().insert(CACHE_CONTROL, OWN);
    response
}

/// A response with this body.
pub fn with_body(status: StatusCode, media: Media, body: Bytes, write_timeout: Duration) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(media.content_type())
        .insert_header((VARY, "Accept"))
        .body(Pieces::new(body, write_timeout))
}

/// The body of a response; none when it cannot be written, or is larger than its budget.
pub fn body(data: Option<&Value>, errors: &[ServerError], cost: Option<Cost>, budget: &Budget) -> Option<Bytes> {
    let body =
        write(data, errors, cost).inspect_err(|error| tracing::error!(%error, "a response cannot be serialized"));
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

/// Bytes of fields that are JSON already.
fn written_before(data: &Value) -> usize {
    let fields = match data {
        Value::Object(fields) => fields,
        Value::Binary(json) => return json.len(),
        _ => return 0,
    };
    let written = fields.values().filter_map(|value| match value {
        Value::Binary(json) => Some(json.len()),
        _ => None,
    });
    written.sum()
}

/// Writes the data. Fields that are JSON already, as [`Value::Binary`], are copied.
fn write_data(data: &Value, body: &mut Vec<u8>) -> serde_json::Result<()> {
    let fields = match data {
        Value::Object(fields) => fields,
        Value::Binary(json) => {
            body.extend_from_slice(json);
            return Ok(());
        }
        _ => return serde_json::to_writer(body, data),
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
