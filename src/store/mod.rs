//! Connections and transactions: how Quoin reaches its database, and the only place that begins or commits.

mod breaker;
pub mod cache;
pub mod changes;
pub mod clock;
mod connect;
pub mod dialect;
mod error;
mod failure_log;
pub mod files;
mod pipeline;
mod pool;
mod postgres;
pub mod read;
pub mod row;
pub mod sql;
mod transaction;
mod transaction_state;
mod writable;

pub use connect::{connect, sqlite_path};
pub use error::{driver_text, is_transient, is_unreachable};
pub use failure_log::log_failure;
pub use pool::Pool;
pub use postgres::Timeouts;
pub use transaction::Transaction;

use breaker::Breaker;
use changes::ChangeLog;
use pipeline::{Address, Pipelines};
use read::Database;
use writable::WriteCheck;

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, IsolationLevel, SqliteTransactionMode,
    TransactionOptions,
};

/// The database of this installation, shared by all requests and jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: Pool,
    reserved: Pool,
    pipelines: Option<Pipelines>,
    changes: ChangeLog,
    write_check: WriteCheck,
}

impl Store {
    /// A store on an open pool, as it is; [`connect`] opens one.
    pub fn new(connection: DatabaseConnection) -> Self {
        Self::on(connection.into())
    }

    fn on(pool: Pool) -> Self {
        Self {
            reserved: pool.one_more(),
            pool,
            pipelines: None,
            changes: ChangeLog::default(),
            write_check: WriteCheck::default(),
        }
    }

    /// A store on the database at `url`, with at most `max_connections` connections and the [reserved](Store::reserved) one. On
    /// PostgreSQL, half of them are pipelines that requests read on, each opened when it is first used.
    ///
    /// # Errors
    /// As [`connect`].
    pub async fn open(url: &str, max_connections: u32) -> Result<Self, DbErr> {
        Self::open_with(url, max_connections, Timeouts::default()).await
    }

    /// The same with other timeouts.
    ///
    /// # Errors
    /// As [`connect`].
    pub async fn open_with(url: &str, max_connections: u32, timeouts: Timeouts) -> Result<Self, DbErr> {
        let half = if sqlite_path(url).is_some() {
            0
        } else {
            max_connections / 2
        };
        let pool = connect::open(url, max_connections - half, timeouts).await?;
        let pipelines = match (half, pool.guard().breaker()) {
            (0, _) | (_, None) => None,
            (half, Some(breaker)) => pipelines(url, half as usize, breaker).await,
        };
        Ok(Self {
            pipelines,
            ..Self::on(pool)
        })
    }

    /// The same store for migrations, imports and archives, whose statements and transactions may take long.
    #[must_use]
    pub fn for_long_work(&self) -> Self {
        Self {
            pool: self.pool.long(),
            ..self.clone()
        }
    }

    /// Whether statements are refused at the moment because the database cannot be reached.
    pub fn is_unreachable(&self) -> bool {
        self.pool.guard().breaker().is_some_and(Breaker::is_open)
    }

    /// The store as thread number `thread` of `threads` uses it. Answers of a pipeline arrive on the thread that opened
    /// it, and waking another one costs more than many a statement.
    #[must_use]
    pub fn of_thread(&self, thread: usize, threads: usize) -> Self {
        Self {
            pipelines: self.pipelines.as_ref().map(|all| all.of_thread(thread, threads)),
            ..self.clone()
        }
    }

    /// The way to the database for one request that only reads: every statement sees the newest committed state.
    pub fn database(&self) -> Database {
        let pipeline = self.pipelines.as_ref().and_then(Pipelines::next);
        pipeline.map_or_else(|| Database::pool(self.pool.clone()), Database::pipeline)
    }

    /// What changed, as this process knows it.
    pub fn changes(&self) -> &ChangeLog {
        &self.changes
    }

    /// The newest position of the log of changes: see [`ChangeLog::position`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn position(&self) -> Result<i64, DbErr> {
        self.changes.position(&self.reserved).await
    }

    /// Waits until nobody is given an answer from before what this process has committed.
    pub async fn settle(&self) {
        self.changes.settle(&self.pool).await;
    }

    /// For reads: every statement sees the newest committed state.
    pub fn read(&self) -> &Pool {
        &self.pool
    }

    /// A connection for short statements that requests wait for which execute nothing else, such as those for cached responses: it
    /// is free while every other connection is in use.
    pub fn reserved(&self) -> &Pool {
        &self.reserved
    }

    /// Begins a write. Nothing is kept unless the caller commits: dropping the transaction rolls back.
    ///
    /// On SQLite the transaction is immediate, since one that reads first and writes later fails with "database is
    /// locked" when another writer came between.
    pub async fn write(&self) -> Result<Transaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begun = self.pool.begin(options).await?;
        Ok(Transaction::new(begun, &self.pool).telling(self.changes.clone()))
    }

    /// Begins to read: every statement of this transaction sees the state in which the first one found the database.
    pub async fn snapshot(&self) -> Result<Transaction, DbErr> {
        let options = match self.pool.get_database_backend() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            // Each of its transactions does.
            _ => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            },
        };
        let begun = self.pool.begin(options).await?;
        Ok(Transaction::new(begun, &self.pool))
    }

    /// Whether the database responds and writes can be committed. The error is for the log.
    pub async fn check_ready(&self) -> Result<(), DbErr> {
        self.reserved.ping().await?;
        self.write_check.run(&self.reserved).await
    }
}

/// Pipelines to a PostgreSQL database, or none where they are not possible: reads go through the pool then, and cost
/// about twice as much.
async fn pipelines(url: &str, count: usize, breaker: &Breaker) -> Option<Pipelines> {
    let opened = async {
        let address = Address::of(url, breaker.server().timeouts)?;
        pipeline::probe(&address).await?;
        Ok::<_, String>(Pipelines::new(&address, breaker, count))
    };
    let problem = match opened.await {
        Ok(pipelines) => return Some(pipelines),
        Err(problem) => problem,
    };
    tracing::warn!(problem, "reads take the slower way to the database");
    None
}
