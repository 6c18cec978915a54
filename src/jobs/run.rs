//! One job, from its claim to its end.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};

use entity::job::JobStatus;
use futures_util::FutureExt;
use sea_orm::{ConnectionTrait, DbErr};
use tokio::sync::watch;

use super::{Runner, Work};
use crate::domain::job::{self, Claim, Failure};
use crate::store::dialect::has_one_writer;
use crate::store::log_failure;

/// How many times a lease is extended before it would end.
const EXTENSIONS: u32 = 3;

/// How an attempt ended.
enum End {
    /// It was done, or failed.
    Tried(Result<(), Failure>),
    /// Somebody else has the job, or nobody is to do it any more.
    Lost,
    /// The process has to stop.
    Stopped,
}

impl Runner {
    /// Does a job, and notes how it ended. Whatever happens in it ends it alone.
    pub(super) async fn run(&self, claim: &Claim, stopped: watch::Receiver<bool>) {
        let end = match (self.duties)(&claim.kind, &claim.payload) {
            Ok(work) => self.do_work(claim, work, stopped).await,
            Err(failure) => End::Tried(Err(failure)),
        };
        if let Err(error) = self.note(claim, end).await {
            span(claim).in_scope(|| {
                log_failure(
                    &error,
                    "the result of a job cannot be stored; it runs again when its lease ends",
                );
            });
        }
    }

    async fn do_work(&self, claim: &Claim, work: Work, stopped: watch::Receiver<bool>) -> End {
        // As long as a transaction keeps everybody else from writing, nobody can take its job away either.
        let is_alone = matches!(work, Work::Inside(_)) && has_one_writer(self.store.read().get_database_backend());
        let finishing = AtomicBool::new(false);
        let attempt = AssertUnwindSafe(self.attempt(claim, work, &finishing)).catch_unwind();
        tokio::select! {
            biased;
            tried = attempt => {
                // What the panic said is in the log, and may be secret.
                End::Tried(tried.unwrap_or_else(|_| Err(Failure::passing("it panicked; the log has more"))))
            }
            () = self.lost(claim, &finishing), if !is_alone => End::Lost,
            () = self.must_stop(stopped) => End::Stopped,
        }
    }

    async fn attempt(&self, claim: &Claim, work: Work, finishing: &AtomicBool) -> Result<(), Failure> {
        match work {
            Work::Inside(act) => {
                let transaction = self.store.write().await?;
                let mut done = act(&transaction).await;
                if done.is_ok() {
                    finishing.store(true, Ordering::Relaxed);
                    done = finish(&transaction, claim).await;
                }
                match done {
                    Ok(()) => Ok(transaction.commit().await?),
                    Err(failure) => {
                        transaction.rollback().await?;
                        Err(failure)
                    }
                }
            }
            Work::Outside(act) => {
                // Others must not begin what cannot be undone, only because this process was held up for a moment.
                job::extend(self.store.read(), claim, self.settings.lease).await?;
                act.await?;
                finishing.store(true, Ordering::Relaxed);
                finish(self.store.read(), claim).await
            }
        }
    }

    /// Extends the lease of a job for as long as it is waited for; done when somebody else has the job.
    async fn lost(&self, claim: &Claim, finishing: &AtomicBool) {
        let read = self.store.read();
        let mut pause = self.settings.first_lease() / EXTENSIONS;
        loop {
            tokio::time::sleep(pause).await;
            pause = self.settings.lease / EXTENSIONS;
            let extended = job::extend(read, claim, self.settings.lease).await;
            if finishing.load(Ordering::Relaxed) {
                // It is nobody's any more because it is done.
                std::future::pending::<()>().await;
            }
            match extended {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => span(claim).in_scope(|| log_failure(&error, "the lease of a job cannot be extended")),
            }
        }
    }

    /// Done when a process that is told to stop has waited long enough.
    async fn must_stop(&self, mut stopped: watch::Receiver<bool>) {
        // An error says that nobody is left to tell it.
        if stopped.wait_for(|is_stopped| *is_stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(self.settings.grace).await;
    }

    async fn note(&self, claim: &Claim, end: End) -> Result<(), DbErr> {
        let Claim { id, kind, attempts, .. } = claim;
        let read = self.store.read();
        let failure = match end {
            End::Tried(Ok(())) => {
                tracing::debug!(job = %id, kind, attempts, "a job is done");
                return Ok(());
            }
            End::Tried(Err(failure)) => failure,
            End::Lost => {
                tracing::warn!(job = %id, kind, attempts, "a job was taken away, and what it did is not kept");
                return Ok(());
            }
            End::Stopped => {
                tracing::info!(job = %id, kind, "a job is given back");
                return job::give_back(read, claim).await;
            }
        };
        let problem = failure.problem.as_str();
        match job::fail(read, claim, &failure, self.settings.backoff).await? {
            Some(JobStatus::Dead) => {
                tracing::error!(job = %id, kind, attempts, problem, "a job failed and is given up");
            }
            Some(_) => tracing::warn!(job = %id, kind, attempts, problem, "a job failed; it is tried again"),
            None => tracing::warn!(job = %id, kind, attempts, problem, "a job failed that was taken away"),
        }
        Ok(())
    }
}

/// Says in log lines which job they are about.
fn span(claim: &Claim) -> tracing::Span {
    tracing::info_span!("job", job = %claim.id, kind = claim.kind)
}

/// Finishes a job; a failure when it is no longer this worker's.
async fn finish(database: &impl ConnectionTrait, claim: &Claim) -> Result<(), Failure> {
    if job::finish(database, claim).await? {
        Ok(())
    } else {
        Err(Failure::passing("it was replaced or taken away while it ran"))
    }
}
