//! Connections and transactions: how Quoin reaches its database, and the only place that begins or commits.

mod connect;
pub mod dialect;
pub mod files;
pub mod row;
pub mod sql;

pub use connect::{connect, driver_text, sqlite_path};

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

/// The database of this installation, shared by all requests and jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    connection: DatabaseConnection,
}

impl Store {
    /// A store on an open pool; [`connect`] opens one.
    pub fn new(connection: DatabaseConnection) -> Self {
        Self { connection }
    }

    /// For reads: every statement sees the newest committed state.
    pub fn read(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Begins a write. Nothing is kept unless the caller commits: dropping the transaction rolls back.
    ///
    /// On SQLite the transaction is immediate, since one that reads first and writes later fails with "database is
    /// locked" when another writer came between.
    pub async fn write(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.connection.begin_with_options(options).await
    }

    /// Whether the database answers; the error is for the log.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.connection.ping().await
    }
}
