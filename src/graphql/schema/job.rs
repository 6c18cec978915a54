//! Background jobs, as administrators see them.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject};
use entity::{JobId, job as stored};

use super::{Mutation, Query, listing, node};
use crate::domain::account;
use crate::domain::job::{self, JobFilter, JobRow, policy};
use crate::domain::page::{Position, SortKind};
use crate::domain::refusal::Refusal;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Connection, Fields, Listed, Object, One, PageArguments, Payload, returns};

/// Status of a job.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::JobStatus")]
pub enum JobStatus {
    /// Waiting until it is due.
    Ready,
    /// Being run by a worker.
    Running,
    /// Done. Kept for a day.
    Done,
    /// Failed for good. Kept for 30 days; `jobRetry` retries it.
    Dead,
}

/// A job.
#[derive(Clone)]
pub struct Job(pub Arc<JobRow>);

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for Job {
    const DESCRIPTION: &'static str = "A background job, such as sending an email.";

    fn type_name() -> Cow<'static, str> {
        "Job".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Job, |job| job.0.id);
        fields.text("kind", "Kind of the job, such as `send-letter`.", |job| &job.0.kind);
        fields.value("status", "Status.", |job| JobStatus::from(job.0.status));
        fields.value(
            "runAt",
            "Time when the job is due; after a failure, of the next attempt.",
            |job| job.0.run_at,
        );
        fields.value("attempts", "Number of attempts so far.", |job| job.0.attempts);
        fields.value(
            "maxAttempts",
            "Maximum number of attempts, after which the job is `DEAD`.",
            |job| job.0.most_attempts,
        );
        fields.optional_text(
            "lastError",
            "Error of the last failed attempt; null if none failed.",
            |job| job.0.last_error.as_deref(),
        );
        fields.value(
            "lockedUntil",
            "Time until which the worker that runs the job holds it; the worker may extend it.",
            |job| job.0.locked_until,
        );
        fields.optional_text(
            "uniqueKey",
            "Key that only one unfinished job may have at a time.",
            |job| job.0.unique_key.as_deref(),
        );
        fields.value("createdAt", "Creation time.", |job| job.0.created_at);
        fields.value(
            "finishedAt",
            "Time when the job was done or failed for good; null until then.",
            |job| job.0.finished_at,
        );
    }
}

impl Listed for Job {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("c-", SortKind::Time)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

by_id! {
    /// Jobs by id, for administrators.
    JobById: JobId => Job, |source, ids| job::by_ids(&source.database, source.viewer, ids)
}

/// Conditions on jobs, all of which hold.
#[derive(Clone, Debug, Default, InputObject)]
struct JobWhere {
    /// Status.
    status: Option<JobStatus>,
    /// Kind of the job, such as `send-letter`.
    kind: Option<String>,
}

impl From<JobWhere> for JobFilter {
    fn from(input: JobWhere) -> Self {
        Self {
            status: input.status.map(Into::into),
            kind: input.kind,
        }
    }
}

/// Arguments of `jobs`.
#[derive(InputObject)]
struct JobListArguments {
    /// Conditions that all hold.
    #[graphql(name = "where")]
    filter: Option<JobWhere>,
    #[graphql(flatten)]
    page: PageArguments,
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "jobs",
        "Waiting, running and recently finished jobs, newest first. Requires an administrator and the `admin` scope.",
        |one| Box::pin(all(one)),
    );
}

async fn all(one: One<'_, Query, JobListArguments>) -> Result<Option<Connection<Job>>> {
    let (request, database) = (one.request, one.request.database());
    policy::may_manage(account::standing(database, request.viewer()).await?)?;
    let filter = JobFilter::from(one.arguments.filter.clone().unwrap_or_default());
    let page = one.arguments.page.request::<Job>((), one.look_ahead)?;
    let jobs = job::list(database, &filter, &page);
    listing::connection(one.look_ahead, jobs, job::count(database, &filter))
        .await
        .map(Some)
}

/// The mutations of jobs.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "jobRetry",
        "Retries a failed job now, with as many attempts as a new one. Requires an administrator and the `admin` \
         scope.",
        returns("job", "The job."),
        |request, input| Box::pin(retry(request, input)),
    );
}

#[derive(InputObject)]
struct JobRetryInput {
    /// Global id of the job.
    id: ID,
}

async fn retry(request: &RequestContext, input: JobRetryInput) -> Result<Payload<Job>> {
    let id = given(NodeType::Job, &input.id);
    let retrying = async {
        let transaction = request.accounts.store.write().await?;
        let row = job::retry(&transaction, request.viewer(), id).await?;
        request.accounts.commit(transaction).await?;
        Ok::<_, Refusal>(Job::from(row))
    };
    Payload::of(request, retrying.await)
}
