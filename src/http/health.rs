//! Probes for those who run Quoin.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{self, Data};
use chrono::TimeDelta;
use entity::job::JobStatus;
use sea_orm::DbErr;
use serde_json::{Value, json};

use super::State;
use super::error;
use crate::domain::job::{self, JobFilter};
use crate::store::files::LOW_SPACE_BYTES;

/// How long the database may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the state of the jobs may take, which Quoin can do without.
const JOBS_TIMEOUT: Duration = Duration::from_millis(500);

/// The process lives.
pub async fn live() -> HttpResponse {
    fresh(HttpResponse::Ok().json(json!({ "status": "ok" })))
}

/// Ready when the database responds and writes can be committed. The cause of a failure is only logged.
pub async fn ready(state: Data<State>) -> HttpResponse {
    if state.is_draining.load(Ordering::Relaxed) {
        return fresh(error::unavailable("The process is about to stop."));
    }
    let patience = PATIENCE.min(state.settings.limits.answer_timeout);
    let problem = match tokio::time::timeout(patience, state.accounts.store.check_ready()).await {
        Ok(Ok(())) => return fresh(HttpResponse::Ok().json(report(&state).await)),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    tracing::warn!(problem, "the database is not ready");
    fresh(error::unavailable("The database does not respond."))
}

/// How long a job may wait for a worker before that is reported.
const LATE: TimeDelta = TimeDelta::minutes(1);

/// What is needed, and what Quoin can do without for a while: the state of each, and nothing else about it.
async fn report(state: &State) -> Value {
    let files = state.library.files.clone();
    let (redis, disk, jobs) = tokio::join!(
        state.limiter.is_reachable(),
        web::block(move || files.free_bytes()),
        tokio::time::timeout(JOBS_TIMEOUT, jobs(state)),
    );
    json!({
        "status": "ok",
        "database": "ok",
        "redis": match redis {
            None => "none",
            Some(true) => "ok",
            Some(false) => "unavailable",
        },
        "disk": disk.ok().and_then(Result::ok).map_or("unknown", disk_state),
        "jobs": match jobs {
            Ok(Ok(jobs)) => jobs,
            _ => "unknown",
        },
    })
}

/// The state of a disk with so many free bytes.
fn disk_state(free: u64) -> &'static str {
    if free < LOW_SPACE_BYTES { "low" } else { "ok" }
}

async fn jobs(state: &State) -> Result<&'static str, DbErr> {
    let database = state.accounts.store.read();
    if job::count(database, &JobFilter::status(JobStatus::Dead)).await? > 0 {
        return Ok("failed");
    }
    let is_late = job::count_waiting_since(database, entity::now() - LATE).await? > 0;
    Ok(if is_late { "late" } else { "ok" })
}

fn fresh(mut response: HttpResponse) -> HttpResponse {
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_nearly_full_is_low() {
        assert_eq!(
            [LOW_SPACE_BYTES, LOW_SPACE_BYTES - 1, 0].map(disk_state),
            ["ok", "low", "low"]
        );
    }
}
