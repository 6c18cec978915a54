//! Does what is to be done later. Workers look for jobs that are due (`domain::job`), a few at a time, until they are told
//! to stop; any number of processes may do so on one database. A file per kind of job says what is done.

mod purge_cdn;
mod run;
mod send_letter;
mod work;

pub use work::{Duties, Work, duties};

use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::domain::job::{self, Backoff, Bell, Claim};
use crate::store::{Store, log_failure};

/// How long a job stays with a worker that was not heard of even once. Short, so that a post whose worker dies just when its
/// time comes is public within two seconds of it.
const FIRST_LEASE: Duration = Duration::from_secs(1);

/// How jobs are run.
#[derive(Clone, Copy, Debug)]
pub struct JobSettings {
    /// How many at a time; with 0, other processes run them.
    pub workers: usize,
    /// How often a worker looks for jobs that other processes asked for. Well below the two seconds within which a job
    /// must be begun that is due.
    pub poll: Duration,
    /// How long a job stays with a worker that was heard of, and is no more.
    pub lease: Duration,
    /// How long jobs may take that are running when the process is to stop.
    pub grace: Duration,
    /// How long to wait before a job is begun again.
    pub backoff: Backoff,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self {
            workers: 2,
            poll: Duration::from_millis(500),
            lease: Duration::from_secs(30),
            grace: Duration::from_secs(10),
            backoff: Backoff::default(),
        }
    }
}

impl JobSettings {
    fn first_lease(&self) -> Duration {
        self.lease.min(FIRST_LEASE)
    }
}

/// Runs jobs. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    store: Store,
    bell: Bell,
    settings: JobSettings,
    duties: Arc<Duties>,
}

/// Workers that run; without [`Running::stop`], those of them that hold a job leave it to others when its lease is over.
pub struct Running {
    stop: watch::Sender<bool>,
    workers: JoinSet<()>,
}

/// What a worker does next.
enum Next {
    Run(Claim),
    Wait(Duration),
}

impl Runner {
    /// A runner of the jobs of a database, which does them as `duties` say. `bell` wakes it.
    pub fn new(store: Store, bell: Bell, settings: JobSettings, duties: Arc<Duties>) -> Self {
        Self {
            store,
            bell,
            settings,
            duties,
        }
    }

    /// Has workers run in the background. Needs the runtime.
    pub fn start(&self) -> Running {
        let (stop, stopped) = watch::channel(false);
        let mut workers = JoinSet::new();
        for _ in 0..self.settings.workers {
            workers.spawn(self.clone().work(stopped.clone()));
        }
        Running { stop, workers }
    }

    /// Runs every job that is due, one after the other, until none is; how many were begun.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_due(&self) -> Result<usize, DbErr> {
        // Nobody tells it to stop.
        let (_stop, stopped) = watch::channel(false);
        let mut count = 0;
        while let Next::Run(claim) = self.next().await? {
            self.run(&claim, stopped.clone()).await;
            count += 1;
        }
        Ok(count)
    }

    async fn work(self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let pause = match self.next().await {
                Ok(Next::Run(claim)) => {
                    // There may be more to do than this worker can.
                    self.bell.ring();
                    self.run(&claim, stopped.clone()).await;
                    continue;
                }
                Ok(Next::Wait(pause)) => pause,
                Err(error) => {
                    log_failure(&error, "jobs cannot be looked for");
                    self.settings.poll
                }
            };
            tokio::select! {
                () = self.bell.rung() => {}
                () = tokio::time::sleep(pause) => {}
                _ = stopped.changed() => {}
            }
        }
    }

    /// Takes the next job, or says how long there is nothing to do.
    async fn next(&self) -> Result<Next, DbErr> {
        let (read, poll) = (self.store.read(), self.settings.poll);
        let mut due = job::due(read).await?;
        if due.lost.is_some_and(|time| time <= entity::now()) {
            job::reclaim(read).await?;
            due = job::due(read).await?;
        }
        if due.ready.is_some_and(|time| time <= entity::now())
            && let Some(claim) = job::claim(&self.store, self.settings.first_lease()).await?
        {
            return Ok(Next::Run(claim));
        }
        let now = entity::now();
        let until = |time: entity::Timestamp| (time - now).to_std().ok();
        let pauses = [due.ready, due.lost].into_iter().flatten().filter_map(until);
        Ok(Next::Wait(pauses.fold(poll, Duration::min)))
    }
}

impl Running {
    /// Stops the workers. Jobs that are running may finish within the grace, and are given back after it.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.workers.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker ended badly");
            }
        }
    }
}
