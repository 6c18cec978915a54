//! Jobs: what the installation does later, for those who look after it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::JobId;
use entity::job as stored;

use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, encode, given};
use super::loader::by_id;
use super::page::{Connection, Listed, PageArguments, Total};
use super::payload::payload;
use super::plan::{Plan, Step};
use crate::domain::account;
use crate::domain::job::{self, JobFilter, JobRow, policy};
use crate::domain::page::{Position, SortKind};
use crate::domain::refusal::Refusal;

/// Where a job stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::JobStatus")]
pub enum JobStatus {
    /// It waits for its time.
    Ready,
    /// A worker has it.
    Running,
    /// It was done; kept for a day.
    Done,
    /// It failed for good; kept for 30 days. `jobRetry` has it tried again.
    Dead,
}

/// Something that the installation does later: sends a letter, say.
#[derive(Clone)]
pub struct Job(pub(super) Arc<JobRow>);

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        Self(Arc::new(row))
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

impl Plan for Job {
    fn plan(_: &mut Step<'_, Self>) {}
}

/// Something that the installation does later: sends a letter, say.
#[Object]
impl Job {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Job, self.0.id)
    }

    /// What is to be done, such as `send-letter`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Where it stands.
    async fn status(&self) -> JobStatus {
        self.0.status.into()
    }

    /// When it is due; of a job that failed, when it is tried again.
    async fn run_at(&self) -> DateTime<Utc> {
        self.0.run_at
    }

    /// How often it was begun.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// After how many attempts it is given up.
    async fn most_attempts(&self) -> i32 {
        self.0.most_attempts
    }

    /// Why it failed the last time; none when it never did.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// Until when the worker has it that runs it, unless that asks for more time.
    async fn locked_until(&self) -> Option<DateTime<Utc>> {
        self.0.locked_until
    }

    /// What only one job may be about at a time, until it is done.
    async fn unique_key(&self) -> Option<&str> {
        self.0.unique_key.as_deref()
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was done or given up.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}

by_id! {
    /// Jobs by id, for those who look after them.
    JobById: JobId => Job, |source, ids| job::by_ids(&source.database, source.viewer, ids)
}

/// Which jobs: all conditions that are given hold at once.
#[derive(Clone, Debug, Default, InputObject)]
pub struct JobWhere {
    /// Where they stand.
    pub status: Option<JobStatus>,
    /// What is to be done, such as `send-letter`.
    pub kind: Option<String>,
}

impl From<JobWhere> for JobFilter {
    fn from(input: JobWhere) -> Self {
        Self {
            status: input.status.map(Into::into),
            kind: input.kind,
        }
    }
}

/// Which job to try again.
#[derive(InputObject)]
pub struct JobRetryInput {
    /// Its global id.
    id: ID,
}

payload! {
    /// What `jobRetry` did.
    JobRetryPayload {
        /// The job.
        job: Option<Job>,
    }
}

/// Jobs, of the query.
#[derive(Default)]
pub struct JobQuery;

#[Object]
impl JobQuery {
    /// What the installation does later, does now, and did lately, the newest first. For administrators, with the scope
    /// `admin`.
    async fn jobs(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.", name = "where")] filter: Option<JobWhere>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Job>>> {
        let request = RequestContext::of(context)?;
        let database = request.database();
        policy::may_manage(account::standing(database, request.viewer()).await?)?;
        let filter = JobFilter::from(filter.unwrap_or_default());
        let page = PageArguments::given(context, first, after, last, before).request::<Job>(())?;
        let page = job::list(database, &filter, &page).await?.map(Job::from);
        let total = Total::Counted(Arc::new(move |request: &RequestContext| {
            let filter = filter.clone();
            Box::pin(async move { Ok(job::count(request.database(), &filter).await?) })
        }));
        Ok(Some(Connection::new(Arc::new(page), (), total)))
    }
}

/// Jobs, of the mutation.
#[derive(Default)]
pub struct JobMutation;

#[Object]
impl JobMutation {
    /// Has a job tried again now that failed, with as many attempts as a new one. For administrators, with the scope
    /// `admin`.
    async fn job_retry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: JobRetryInput,
    ) -> Result<Option<JobRetryPayload>> {
        let request = RequestContext::of(context)?;
        let retrying = async {
            let transaction = request.accounts.store.write().await?;
            let id = given(NodeType::Job, &input.id);
            let row = job::retry(&transaction, request.viewer(), id).await?;
            request.accounts.commit(transaction).await?;
            Ok::<_, Refusal>(row)
        };
        let retried = retrying.await.map(|row| (Some(row.into()),));
        JobRetryPayload::told(request, retried).map(Some)
    }
}
