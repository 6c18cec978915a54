//! `quoin jobs`

use clap::{Args, Subcommand, ValueEnum};
use entity::JobId;
use entity::job::JobStatus;
use serde_json::json;
use uuid::Uuid;

use super::{Output, database, refused};
use crate::config::Config;
use crate::domain::Viewer;
use crate::domain::job::{self, JobFilter, JobRow};
use crate::domain::page::{MOST_ITEMS, PageRequest};
use crate::domain::refusal::Refusal;
use crate::error::Error;
use crate::log;
use crate::store::Store;

#[derive(Debug, Args)]
pub struct JobsArguments {
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List jobs, the newest first
    List {
        /// Only those that stand here
        #[arg(long)]
        status: Option<Status>,
        /// Only those of this kind, such as send-letter
        #[arg(long)]
        kind: Option<String>,
    },
    /// Have failed jobs tried again now
    #[group(required = true)]
    Retry {
        /// The id of a job, as the list shows it
        id: Option<Uuid>,
        /// Every job that was given up
        #[arg(long, conflicts_with = "id")]
        all_dead: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Status {
    /// Waits for its time
    Ready,
    /// Is being done
    Running,
    /// Was done
    Done,
    /// Was given up
    Dead,
}

impl From<Status> for JobStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Ready => Self::Ready,
            Status::Running => Self::Running,
            Status::Done => Self::Done,
            Status::Dead => Self::Dead,
        }
    }
}

/// Lists jobs, or has them tried again.
pub async fn run(config: &Config, arguments: &JobsArguments) -> Result<(), Error> {
    log::start(&config.log);
    let store = database(config).await?;
    let output = Output(arguments.json);
    match &arguments.act {
        Act::List { status, kind } => {
            let filter = JobFilter {
                status: status.map(Into::into),
                kind: kind.clone(),
            };
            list(&store, output, &filter).await
        }
        Act::Retry { id: Some(id), .. } => {
            let retrying = async {
                let transaction = store.write().await?;
                let row = job::retry(&transaction, Viewer::Operator, JobId(*id)).await?;
                transaction.commit().await?;
                Ok::<_, Refusal>(row)
            };
            say(output, &retrying.await.map_err(refused(&[("id", "ID")]))?)
        }
        Act::Retry { id: None, .. } => {
            let retrying = async {
                let transaction = store.write().await?;
                let count = job::retry_all_dead(&transaction, Viewer::Operator).await?;
                transaction.commit().await?;
                Ok::<_, Refusal>(count)
            };
            let count = retrying.await.map_err(refused(&[]))?;
            output.say(
                &json!({ "retried": count }),
                &format!("jobs to be tried again: {count}"),
            )
        }
    }
}

async fn list(store: &Store, output: Output, filter: &JobFilter) -> Result<(), Error> {
    let mut request = PageRequest::first(MOST_ITEMS);
    loop {
        let page = job::list(store.read(), filter, &request).await;
        let page = page.map_err(Error::database("listing jobs"))?;
        for row in &page.items {
            say(output, row)?;
        }
        match page.items.last() {
            Some(last) if page.has_next != Some(false) => request.after = Some(last.position()),
            _ => return Ok(()),
        }
    }
}

fn say(output: Output, row: &JobRow) -> Result<(), Error> {
    let status = match row.status {
        JobStatus::Ready => "ready",
        JobStatus::Running => "running",
        JobStatus::Done => "done",
        JobStatus::Dead => "dead",
    };
    let due = row.run_at.format("%Y-%m-%d %H:%M:%S UTC");
    let problem = row.last_error.as_deref();
    output.say(
        &json!({
            "id": row.id.to_string(),
            "kind": row.kind,
            "status": status,
            "runAt": row.run_at,
            "attempts": row.attempts,
            "maxAttempts": row.most_attempts,
            "lastError": problem,
            "uniqueKey": row.unique_key,
            "createdAt": row.created_at,
            "finishedAt": row.finished_at,
        }),
        &format!(
            "{}  {}  {status}  due {due}  attempts {} of {}{}",
            row.id,
            row.kind,
            row.attempts,
            row.most_attempts,
            problem.map(|problem| format!("  {problem}")).unwrap_or_default()
        ),
    )
}
