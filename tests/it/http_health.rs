//! `/health/ready` reports what Quoin needs, and what it can do without, as states.

use chrono::TimeDelta;
use entity::job::{Column, Entity, JobStatus};
use quoin::domain::job::{self, NewJob};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};

use crate::support::jobs::task;
use crate::support::server::TestServer;
use crate::support::serving::Serving;

async fn report(url: String) -> Value {
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.json().await.unwrap()
}

#[tokio::test]
async fn jobs_that_wait_or_were_given_up_are_reported() {
    let server = TestServer::start().await;
    let url = || server.url("/health/ready");
    let mut report_of = report(url()).await;
    let disk = report_of.as_object_mut().unwrap().remove("disk").unwrap();
    assert!(disk == "ok" || disk == "low", "{disk}");
    assert_eq!(
        report_of,
        json!({ "status": "ok", "database": "ok", "redis": "none", "jobs": "ok" })
    );
    let transaction = server.store.write().await.unwrap();
    let long_ago = entity::now() - TimeDelta::hours(1);
    job::enqueue(&transaction, NewJob::new(task()).at(long_ago))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(report(url()).await["jobs"], "late");
    let dead = Entity::update_many().col_expr(Column::Status, Expr::value(JobStatus::Dead));
    dead.exec(server.store.read()).await.unwrap();
    assert_eq!(report(url()).await["jobs"], "failed");
}

#[tokio::test]
async fn redis_that_does_not_answer_is_reported_and_can_be_done_without() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[("REDIS_URL", "redis://127.0.0.1:1")]);
    let address = serving.address();
    assert_eq!(
        report(format!("http://{address}/health/ready")).await["redis"],
        "unavailable"
    );
}
