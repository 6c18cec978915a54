//! Jobs whose work a test says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entity::job::{ActiveModel, Column, Entity, JobStatus, Model};
use entity::{Hidden, Timestamp, audit_event};
use futures_util::FutureExt;
use quoin::domain::Viewer;
use quoin::domain::audit::{self, Event, EventKind};
use quoin::domain::job::{self, Bell, Claim, Failure, NewJob, Task};
use quoin::domain::letter::SealedLetter;
use quoin::jobs::{JobSettings, Runner, Work};
use quoin::store::Store;
use sea_orm::{ActiveModelTrait, ActiveValue, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryOrder};

use super::TestDb;

/// Longer than anything takes here, however slow the machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A table of jobs.
pub struct Bench {
    pub database: TestDb,
    pub bell: Bell,
}

/// What a job is about is the test's matter; this is something that can be asked for.
pub fn task() -> Task {
    Task::SendLetter(SealedLetter(Hidden("nothing".to_owned())))
}

/// Workers that look often.
pub fn eager() -> JobSettings {
    JobSettings {
        poll: Duration::from_millis(10),
        ..JobSettings::default()
    }
}

/// Leaves a trace in the database.
pub async fn trace(transaction: &impl ConnectionTrait) -> Result<(), Failure> {
    let event = Event::new(EventKind::SignedIn);
    Ok(audit::record(transaction, Viewer::Operator, event).await?)
}

/// Work that leaves a trace.
pub fn tracing() -> Work {
    Work::inside(|transaction| trace(transaction).boxed())
}

/// Waits until something is so.
#[track_caller]
pub fn until(mut holds: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < PATIENCE, "it never came so, at {place}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Bench {
    pub async fn new() -> Self {
        Self {
            database: TestDb::new().await,
            bell: Bell::default(),
        }
    }

    pub fn store(&self) -> &Store {
        self.database.store()
    }

    /// Whether others can write while a transaction does.
    pub fn has_many_writers(&self) -> bool {
        self.store().read().get_database_backend() == DbBackend::Postgres
    }

    /// Runs jobs, each of which is this work.
    pub fn runner(
        &self,
        settings: JobSettings,
        work: impl Fn() -> Result<Work, Failure> + Send + Sync + 'static,
    ) -> Runner {
        let duties = Arc::new(move |_: &str, _: &serde_json::Value| work());
        Runner::new(self.store().clone(), self.bell.clone(), settings, duties)
    }

    /// Asks for a job.
    pub async fn ask(&self, new: NewJob) {
        let transaction = self.store().write().await.unwrap();
        job::enqueue(&transaction, new).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Takes the next job, as a worker does.
    pub async fn claim(&self, lease: Duration) -> Option<Claim> {
        job::claim(self.store(), lease).await.unwrap()
    }

    /// Every job, the oldest first.
    pub async fn jobs(&self) -> Vec<Model> {
        let found = Entity::find().order_by_asc(Column::Id).all(self.store().read());
        found.await.unwrap()
    }

    /// The one job that there is.
    pub async fn job(&self) -> Model {
        let mut jobs = self.jobs().await;
        assert_eq!(jobs.len(), 1, "{jobs:?}");
        jobs.remove(0)
    }

    /// Where the one job stands.
    pub async fn status(&self) -> JobStatus {
        self.job().await.status
    }

    /// Changes the one job behind everybody's back.
    pub async fn change(&self, change: impl FnOnce(&mut ActiveModel)) {
        let mut row = self.job().await.into();
        change(&mut row);
        row.update(self.store().read()).await.unwrap();
    }

    /// Has the one job's lease, or pause, be over.
    pub async fn time_passes(&self) {
        let past: Timestamp = entity::now() - TimeDelta::hours(2);
        self.change(|row| match row.status.clone().unwrap() {
            JobStatus::Running => row.locked_until = ActiveValue::Set(Some(past)),
            _ => row.run_at = ActiveValue::Set(past),
        })
        .await;
    }

    /// How many traces jobs have left.
    pub async fn traces(&self) -> u64 {
        audit_event::Entity::find().count(self.store().read()).await.unwrap()
    }
}
