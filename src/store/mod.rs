//! Connections and transactions: how Quoin reaches its database, and the only place that begins or commits.

pub mod cache;
pub mod changes;
mod connect;
pub mod dialect;
pub mod files;
mod pipeline;
pub mod read;
pub mod row;
pub mod sql;
mod transaction;

pub use connect::{connect, driver_text, sqlite_path};
pub use transaction::Transaction;

use changes::{ChangeLog, Shown};
use pipeline::{Address, Pipelines};
use read::Database;

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

/// The database of this installation, shared by all requests and jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    connection: DatabaseConnection,
    pipelines: Option<Pipelines>,
    changes: ChangeLog,
}

impl Store {
    /// A store on an open pool; [`connect`] opens one.
    pub fn new(connection: DatabaseConnection) -> Self {
        Self {
            connection,
            pipelines: None,
            changes: ChangeLog::default(),
        }
    }

    /// A store on the database at `url`, with at most `max_connections` connections. On PostgreSQL, half of them are
    /// pipelines that requests read on, each opened when it is first used.
    ///
    /// # Errors
    /// As [`connect`].
    pub async fn open(url: &str, max_connections: u32) -> Result<Self, DbErr> {
        let half = if sqlite_path(url).is_some() {
            0
        } else {
            max_connections / 2
        };
        let connection = connect(url, max_connections - half).await?;
        let pipelines = match half {
            0 => None,
            half => pipelines(url, half as usize).await,
        };
        Ok(Self {
            pipelines,
            ..Self::new(connection)
        })
    }

    /// The store as thread number `thread` of `threads` uses it. Answers of a pipeline arrive on the thread that opened
    /// it, and waking another one costs more than many a statement.
    #[must_use]
    pub fn of_thread(&self, thread: usize, threads: usize) -> Self {
        Self {
            connection: self.connection.clone(),
            pipelines: self.pipelines.as_ref().map(|all| all.of_thread(thread, threads)),
            changes: self.changes.clone(),
        }
    }

    /// The way to the database for one request that only reads: every statement sees the newest committed state.
    pub fn database(&self) -> Database {
        let pipeline = self.pipelines.as_ref().and_then(Pipelines::next);
        pipeline.map_or_else(|| Database::pool(self.connection.clone()), Database::pipeline)
    }

    /// The same, for an answer that may be kept: what it shows is noted in `shown`.
    pub fn database_noting(&self, shown: Shown) -> Database {
        self.database().noting(shown)
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
        self.changes.position(&self.connection).await
    }

    /// Waits until nobody is given an answer from before what this process has committed.
    pub async fn settle(&self) {
        self.changes.settle(&self.connection).await;
    }

    /// For reads: every statement sees the newest committed state.
    pub fn read(&self) -> &DatabaseConnection {
        &self.connection
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
        let begun = self.connection.begin_with_options(options).await?;
        Ok(Transaction::new(begun, self.changes.clone(), self.connection.clone()))
    }

    /// Begins to read: every statement of this transaction sees the state in which the first one found the database.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = match self.connection.get_database_backend() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            // Each of its transactions does.
            _ => TransactionOptions::default(),
        };
        self.connection.begin_with_options(options).await
    }

    /// Whether the database answers; the error is for the log.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.connection.ping().await
    }
}

/// Pipelines to a PostgreSQL database, or none where they are not possible: reads go through the pool then, and cost
/// about twice as much.
async fn pipelines(url: &str, count: usize) -> Option<Pipelines> {
    let opened = async {
        let address = Address::of(url)?;
        pipeline::probe(&address).await?;
        Ok::<_, String>(Pipelines::new(&address, count))
    };
    let problem = match opened.await {
        Ok(pipelines) => return Some(pipelines),
        Err(problem) => problem,
    };
    tracing::warn!(problem, "reads take the slower way to the database");
    None
}
