//! Background jobs, as administrators see them.

use std::borrow::Cow;

use async_graphql::InputObject;

use super::{Query, listing, node};
use crate::domain::account;
use crate::domain::job::{self, JobFilter, policy};
use crate::domain::page::{Position, SortKind};
use crate::graphql::engine::{Connection, Fields, Listed, Object, One, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::id::NodeType;
use crate::graphql::job::{Job, JobStatus, JobWhere};

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
            "mostAttempts",
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
