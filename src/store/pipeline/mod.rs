//! Connections to PostgreSQL on which statements are sent without waiting for the answers to earlier ones: those of one
//! level of a query make one journey, and requests share connections instead of waiting for a free one. For reads alone:
//! every statement stands for itself.
//!
//! `SeaORM`'s driver gives each statement a connection and a journey; measured against it, a post's page costs Quoin and
//! PostgreSQL half (docs/performance.md).

mod address;
mod text;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::TryStreamExt;
use postgres_types::ToSql;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{DbErr, RuntimeErr};
use tokio::task::AbortHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row, Statement};

use super::breaker::Breaker;
use super::error::is_transient_in_postgres;
pub use address::Address;
use text::Text;

use super::read::over_budget;
use crate::budget::{Budget, Exceeded};

/// How many statements a connection keeps prepared. Their texts depend on the shape of a query, of which there are many.
const MOST_PREPARED: usize = 200;

/// Settings of these connections, in addition to those of every connection.
///
/// To plan a statement once: what a good plan depends on stands in its text. Left to itself PostgreSQL compares the cost of a plan for any ids,
/// which it takes to be ten, with those of plans for the one id of a post's page, finds these cheaper, and plans anew each
/// time, which takes longer than running it
/// (<https://www.postgresql.org/docs/15/sql-prepare.html#SQL-PREPARE-NOTES>).
const SETTINGS: &str = "SET plan_cache_mode = force_generic_plan";

/// Whether a connection can be opened.
///
/// # Errors
/// Why not.
pub async fn probe(address: &Address) -> Result<(), String> {
    Session::open(address).await.map(drop).map_err(|error| text(&error))
}

/// The pipelines of one thread. Each is opened when it is first used, by the thread that uses it, since a connection's
/// answers arrive on the thread that opened it. Cheap to clone.
#[derive(Clone)]
pub struct Pipelines {
    pipelines: Arc<[Arc<Pipeline>]>,
    turn: Arc<AtomicUsize>,
}

impl Pipelines {
    /// This many, none of them open.
    pub fn new(address: &Address, breaker: &Breaker, count: usize) -> Self {
        let closed = |_| {
            Arc::new(Pipeline {
                address: address.clone(),
                breaker: breaker.clone(),
                session: tokio::sync::Mutex::default(),
            })
        };
        Self {
            pipelines: (0..count).map(closed).collect(),
            turn: Arc::default(),
        }
    }

    /// The part of them that thread number `thread` of `threads` uses; threads share where they are more.
    pub fn of_thread(&self, thread: usize, threads: usize) -> Self {
        let count = self.pipelines.len();
        let mut own: Vec<_> = self
            .pipelines
            .iter()
            .skip(thread % threads.max(1))
            .step_by(threads.max(1))
            .cloned()
            .collect();
        if own.is_empty() && count > 0 {
            own.push(Arc::clone(&self.pipelines[thread % count]));
        }
        Self {
            pipelines: own.into(),
            turn: Arc::default(),
        }
    }

    /// The next of them in turn, if there are any.
    pub fn next(&self) -> Option<Arc<Pipeline>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let index = turn.checked_rem(self.pipelines.len())?;
        self.pipelines.get(index).cloned()
    }
}

impl fmt::Debug for Pipelines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} pipelines", self.pipelines.len())
    }
}

/// A connection that is opened when it is first used, and again when it was lost.
pub struct Pipeline {
    address: Address,
    breaker: Breaker,
    session: tokio::sync::Mutex<Option<Opened>>,
}

/// An open connection, and the generation that it belongs to.
struct Opened {
    session: Arc<Session>,
    generation: u64,
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a pipeline")
    }
}

impl Pipeline {
    /// All rows of a statement. When the connection turns out to have ended, as after a restart of the database, it is
    /// opened again and the statement, which only reads, repeated once.
    pub async fn rows(&self, statement: &SelectStatement, budget: &Budget) -> Result<Vec<Row>, DbErr> {
        let text = Text::of(statement)?;
        let reading = async {
            let session = self.session(None).await?;
            let rows = match session.rows(&text, budget).await {
                Err(Fault::Driver(error)) if has_ended(&error) => {
                    self.session(Some(&session)).await?.rows(&text, budget).await
                }
                rows => rows,
            };
            rows.map_err(|fault| match fault {
                Fault::Driver(error) => failed(&error),
                Fault::Budget(exceeded) => over_budget(exceeded),
            })
        };
        self.breaker.guard(self.address.timeouts, reading).await
    }

    /// An open connection, other than the one that has ended.
    async fn session(&self, ended: Option<&Arc<Session>>) -> Result<Arc<Session>, DbErr> {
        let mut current = self.session.lock().await;
        let generation = self.breaker.generation();
        let is_usable = |Opened {
                             session,
                             generation: its,
                         }: &&Opened| {
            let has_ended = session.client.is_closed() || ended.is_some_and(|ended| Arc::ptr_eq(ended, session));
            !has_ended && *its == generation
        };
        if let Some(open) = current.as_ref().filter(is_usable) {
            return Ok(Arc::clone(&open.session));
        }
        let opening = tokio::time::timeout(self.address.timeouts.connect, Session::open(&self.address));
        let opened = opening
            .await
            .map_err(|_| DbErr::Conn(RuntimeErr::Internal("no connection in time".to_owned())))?;
        let session = Arc::new(opened.map_err(|error| lost(&error))?);
        *current = Some(Opened {
            session: Arc::clone(&session),
            generation,
        });
        Ok(session)
    }
}

/// An open connection and what is prepared on it. Dropping it closes the connection and abandons its statements.
struct Session {
    client: Client,
    prepared: Mutex<HashMap<String, Statement>>,
    connection: AbortHandle,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Session {
    async fn open(address: &Address) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = address.config.connect(address.tls.clone()).await?;
        let running = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = text(&error), "a connection to the database has ended");
            }
        });
        let session = Self {
            client,
            prepared: Mutex::default(),
            connection: running.abort_handle(),
        };
        let settings = address.timeouts.session_settings();
        session.client.batch_execute(&format!("{settings}; {SETTINGS}")).await?;
        Ok(session)
    }

    /// The rows of a statement, read one by one so that no more are in memory than the request may load.
    async fn rows(&self, text: &Text, budget: &Budget) -> Result<Vec<Row>, Fault> {
        let known = self.prepared().get(&text.sql).cloned();
        let statement = match known {
            Some(statement) => statement,
            None => self.prepare(text).await?,
        };
        let values: Vec<&(dyn ToSql + Sync)> = text.values.iter().map(|value| &**value as _).collect();
        let stream = self.client.query_raw(&statement, values).await?;
        let mut stream = std::pin::pin!(stream);
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            budget.load_row(row.raw_size_bytes()).await?;
            rows.push(row);
        }
        Ok(rows)
    }

    /// A panic elsewhere leaves whole entries, so a poisoned lock is fine.
    fn prepared(&self) -> MutexGuard<'_, HashMap<String, Statement>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn prepare(&self, text: &Text) -> Result<Statement, tokio_postgres::Error> {
        let statement = self.client.prepare_typed(&text.sql, &text.types).await?;
        let mut prepared = self.prepared();
        if prepared.len() >= MOST_PREPARED {
            prepared.clear();
        }
        prepared.insert(text.sql.clone(), statement.clone());
        Ok(statement)
    }
}

/// Why a statement gave no rows.
enum Fault {
    Driver(tokio_postgres::Error),
    Budget(Exceeded),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<Exceeded> for Fault {
    fn from(exceeded: Exceeded) -> Self {
        Self::Budget(exceeded)
    }
}

/// Whether a connection came to its end with, or before, a statement.
fn has_ended(error: &tokio_postgres::Error) -> bool {
    let ends = [&SqlState::ADMIN_SHUTDOWN, &SqlState::CRASH_SHUTDOWN];
    error.is_closed() || error.code().is_some_and(|code| ends.contains(&code))
}

/// How an error of this driver is told: apart from others where nothing can be had from the database at all.
pub fn failed(error: &tokio_postgres::Error) -> DbErr {
    if has_ended(error) || error.code().is_some_and(|state| is_transient_in_postgres(state.code())) {
        return lost(error);
    }
    DbErr::Query(RuntimeErr::Internal(text(error)))
}

fn lost(error: &tokio_postgres::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(text(error)))
}

/// The error with its cause, which alone says what is wrong.
fn text(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
