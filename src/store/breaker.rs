//! Notices that PostgreSQL cannot be reached, refuses statements at once while that is so, and notices that it can be again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use futures_util::future::BoxFuture;
use sea_orm::sqlx::Connection;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};
use tokio::sync::watch;

use super::postgres::{Server, Timeouts};

/// A circuit breaker around all connections of this process to one PostgreSQL server. Cheap to clone.
///
/// A statement that fails with its connection, or takes long, has a probe open a connection of its own. When that fails, the
/// breaker opens: running statements are abandoned, new ones are refused, and the probe repeats until it succeeds.
#[derive(Clone, Debug)]
pub struct Breaker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    server: Server,
    is_open: watch::Sender<bool>,
    is_probing: AtomicBool,
    /// Counts the losses of connections. One that was opened in an earlier generation is not used again: when a host vanishes,
    /// all its connections are dead, and each would have to be waited for.
    generation: AtomicU64,
}

impl Breaker {
    /// A breaker for a server that is taken to be reachable.
    pub fn new(server: Server) -> Self {
        Self(Arc::new(Shared {
            server,
            is_open: watch::Sender::new(false),
            is_probing: AtomicBool::new(false),
            generation: AtomicU64::new(0),
        }))
    }

    /// The server behind it.
    pub fn server(&self) -> &Server {
        &self.0.server
    }

    /// Whether statements are refused.
    pub fn is_open(&self) -> bool {
        *self.0.is_open.borrow()
    }

    /// The generation of connections that may be used.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Says that a connection of a generation was lost.
    pub fn lost(&self, generation: u64) {
        let next = generation + 1;
        let counted = (self.0.generation).compare_exchange(generation, next, Ordering::AcqRel, Ordering::Relaxed);
        if counted.is_ok() {
            self.probe();
        }
    }

    /// What `work` gives, unless the server cannot be reached or does not answer until the deadline. Boxed, so that callers do
    /// not carry what it takes.
    ///
    /// # Errors
    /// Those of the work, and [`DbErr::Conn`].
    pub fn guard<'a, T: Send + 'a>(
        &'a self,
        timeouts: Timeouts,
        work: impl Future<Output = Result<T, DbErr>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, DbErr>> {
        Box::pin(async move {
            if self.is_open() {
                // A probe ends with the thread that it runs on.
                self.probe();
                return Err(unreachable());
            }
            let generation = self.generation();
            let (begun, deadline) = (Instant::now(), timeouts.deadline());
            let mut is_open = self.0.is_open.subscribe();
            let mut opened = std::pin::pin!(async {
                let _ = is_open.wait_for(|is_open| *is_open).await;
            });
            let mut alarm = std::pin::pin!(tokio::time::sleep(timeouts.probe_after().min(deadline)));
            let mut work = std::pin::pin!(work);
            loop {
                tokio::select! {
                    biased;
                    result = &mut work => return result.inspect_err(|error| self.judge(generation, error)),
                    () = &mut opened => return Err(unreachable()),
                    () = &mut alarm => {
                        if begun.elapsed() >= deadline {
                            self.lost(generation);
                            let text = format!("no response within {} s", deadline.as_secs_f32());
                            return Err(DbErr::Conn(RuntimeErr::Internal(text)));
                        }
                        self.probe();
                        alarm.as_mut().reset((begun + deadline).into());
                    }
                }
            }
        })
    }

    fn judge(&self, generation: u64, error: &DbErr) {
        if is_lost(error) {
            self.lost(generation);
        } else if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
            self.probe();
        }
    }

    /// Tries to open a connection until it succeeds, unless another task does already.
    fn probe(&self) {
        let Some(turn) = Turn::take(&self.0) else { return };
        let shared = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            let _turn = turn;
            while let Some(shared) = shared.upgrade() {
                let outcome = shared.reach().await;
                shared.report(outcome.as_ref().err());
                if outcome.is_ok() {
                    return;
                }
                let pause = shared.server.timeouts.probe_after();
                drop(shared);
                tokio::time::sleep(pause).await;
            }
        });
    }
}

impl Shared {
    /// Opens a connection and closes it. A server that has no room for it is there.
    async fn reach(&self) -> Result<(), DbErr> {
        match self.server.connect().await {
            Ok(connection) => {
                let closing = tokio::time::timeout(self.server.timeouts.connect, connection.close());
                // What matters is that it was opened.
                drop(closing.await);
                Ok(())
            }
            Err(error) if code(&error).as_deref() == Some(TOO_MANY_CONNECTIONS) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn report(&self, problem: Option<&DbErr>) {
        if self.is_open.send_replace(problem.is_some()) == problem.is_some() {
            return;
        }
        let Some(problem) = problem else {
            tracing::info!("the database can be reached again");
            return;
        };
        self.generation.fetch_add(1, Ordering::AcqRel);
        let problem = super::driver_text(problem);
        tracing::error!(problem, "the database cannot be reached: requests that need it get 503");
    }
}

/// The right to probe, which ends with this value.
struct Turn(std::sync::Weak<Shared>);

impl Turn {
    fn take(shared: &Arc<Shared>) -> Option<Self> {
        let is_taken = shared.is_probing.swap(true, Ordering::AcqRel);
        (!is_taken).then(|| Self(Arc::downgrade(shared)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.is_probing.store(false, Ordering::Release);
        }
    }
}

/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>
const TOO_MANY_CONNECTIONS: &str = "53300";

/// Whether the connection failed, and not the statement.
pub fn is_lost(error: &DbErr) -> bool {
    match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => true,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            match cause.as_ref() {
                sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => {
                    true
                }
                // Connection exceptions, and shutdowns of the server or of this connection.
                sqlx::Error::Database(cause) => cause
                    .code()
                    .is_some_and(|code| code.starts_with("08") || matches!(code.as_ref(), "57P01" | "57P02" | "57P03")),
                _ => false,
            }
        }
        _ => false,
    }
}

fn code(error: &DbErr) -> Option<String> {
    let DbErr::Conn(RuntimeErr::SqlxError(cause)) = error else {
        return None;
    };
    Some(cause.as_database_error()?.code()?.into_owned())
}

fn unreachable() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("the database cannot be reached".to_owned()))
}
