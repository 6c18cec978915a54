use std::path::PathBuf;
use std::time::Duration;

use sea_orm::sqlx::{self, Connection, SqliteConnection};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use tracing::log::LevelFilter;

use super::pool::Pool;
use super::postgres::{Server, Timeouts};

/// How long a request waits for a free connection to SQLite before it is refused.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Statements slower than this are logged as warnings.
const SLOW_STATEMENT: Duration = Duration::from_secs(1);

/// Opens a pool of at most `max_connections` on `url`: `sqlite://PATH` (the file and its folder are made when missing)
/// or `postgres://…`. `timeouts` are for PostgreSQL.
///
/// # Errors
/// When the database cannot be reached, or is reached through a pooler that Quoin cannot work with; the text may hold the
/// address and is for the operator alone.
pub async fn open(url: &str, max_connections: u32, timeouts: Timeouts) -> Result<Pool, DbErr> {
    if sqlite_path(url).is_some() {
        return sqlite(url, max_connections).await.map(Pool::from);
    }
    let server = Server::of(url, timeouts)?;
    // A pool that cannot connect only says that it waited too long, and not why; this does.
    server.refuse_transaction_pooling().await?;
    Ok(Pool::to(server, max_connections))
}

/// The same with the timeouts of a new instance, as `SeaORM` and its migrations take it.
///
/// # Errors
/// As [`open`].
pub async fn connect(url: &str, max_connections: u32) -> Result<DatabaseConnection, DbErr> {
    let pool = open(url, max_connections, Timeouts::default()).await?;
    Ok(pool.connections())
}

async fn sqlite(url: &str, max_connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A connection that died is noticed by the statement that uses it; asking before each costs a round trip.
        .test_before_acquire(false)
        .sqlx_logging_level(LevelFilter::Trace)
        .sqlx_slow_statements_logging_settings(LevelFilter::Warn, SLOW_STATEMENT)
        .record_stmt_in_spans(false);
    if let Some(path) = sqlite_path(url) {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| DbErr::Custom(format!("cannot make the folder {}: {error}", folder.display())))?;
        }
        options.map_sqlx_sqlite_opts(|options| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            options
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                // A commit is on the disk before it is acknowledged. NORMAL would leave that to the next checkpoint.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(ACQUIRE_TIMEOUT)
        });
        options.map_sqlx_sqlite_pool_opts(|pool| {
            pool.before_acquire(|connection, _| Box::pin(is_idle(connection)))
                .after_release(|connection, _| Box::pin(is_idle(connection)))
        });
    }
    Database::connect(options).await
}

/// Whether no transaction is open on a connection. The pool closes one that is not idle, which rolls back.
///
/// SQLite ends a transaction by itself when the disk is full, for example. The driver's `ROLLBACK` then fails, it goes on
/// counting the transaction as open, and would turn the next `BEGIN` on this connection into a `SAVEPOINT`: nothing
/// would be committed any more.
async fn is_idle(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A dropped transaction is rolled back in the background, before the connection executes this.
        connection.ping().await?;
    }
    let is_idle = !connection.is_in_transaction();
    if !is_idle {
        tracing::warn!("closing a SQLite connection whose transaction could not be rolled back");
    }
    Ok(is_idle)
}

/// The file that a SQLite address names; none for other databases.
pub fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}
