//! Probes for those who run Quoin.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpResponse, web::Data};
use serde_json::json;

use super::State;
use super::error::{UNAVAILABLE, refuse};

/// How long the database may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process lives.
pub async fn live() -> HttpResponse {
    fresh(HttpResponse::Ok().json(json!({ "status": "ok" })))
}

/// Requests can be answered: the database does. What is wrong stands in the log alone.
pub async fn ready(state: Data<State>) -> HttpResponse {
    let patience = PATIENCE.min(state.settings.limits.answer_timeout);
    let problem = match tokio::time::timeout(patience, state.accounts.store.ping()).await {
        Ok(Ok(())) => return live().await,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    tracing::warn!(problem, "the database is not ready");
    fresh(refuse(
        StatusCode::SERVICE_UNAVAILABLE,
        UNAVAILABLE,
        "The database does not answer.",
    ))
}

fn fresh(mut response: HttpResponse) -> HttpResponse {
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
