//! How connections to PostgreSQL are opened: its settings, its timeouts, and what may stand
//! between Quoin and the server.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::{self, ConnectOptions, Connection, Executor, PgConnection, PgPool, Row};
use sea_orm::{DbErr, RuntimeErr};
use tracing::log::LevelFilter;

/// Statements slower than this are logged as warnings.
const SLOW_STATEMENT: Duration = Duration::from_secs(1);
/// How many times the two connections of [`Server::refuse_transaction_pooling`] are compared: another client of the pooler
/// can hide the result of one comparison.
const COMPARISONS: usize = 3;

/// How long PostgreSQL may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To open a connection, or to wait for one that is in use.
    pub connect: Duration,
    /// To execute a statement, lock waits included. An idle transaction is ended after the same time.
    pub statement: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            statement: Duration::from_secs(10),
        }
    }
}

impl Timeouts {
    /// The same for migrations, imports and archives: a statement may take 60 times as long.
    #[must_use]
    pub fn long(self) -> Self {
        Self {
            statement: self.statement * 60,
            ..self
        }
    }

    /// When a statement is abandoned and its connection closed. The server cancels a statement earlier, so this means that
    /// the server or the network is gone.
    pub fn deadline(self) -> Duration {
        self.statement + self.statement / 5
    }

    /// When a statement is slow enough to ask whether the server still accepts connections, and how long to wait before
    /// asking again.
    pub fn probe_after(self) -> Duration {
        self.connect / 5
    }

    /// Settings of every connection. Without JIT: the planner overrates what it saves; lists of a desk took up to eight
    /// times as long with it.
    pub fn session_settings(self) -> String {
        format!("SET jit = off; {}", self.settings("SET"))
    }

    /// Settings of a transaction with other timeouts.
    pub fn transaction_settings(self) -> String {
        self.settings("SET LOCAL")
    }

    fn settings(self, set: &str) -> String {
        let milliseconds = self.statement.as_millis();
        format!("{set} statement_timeout = {milliseconds}; {set} idle_in_transaction_session_timeout = {milliseconds}")
    }
}

/// A PostgreSQL server, as the pool reaches it.
#[derive(Clone, Debug)]
pub struct Server {
    options: PgConnectOptions,
    pub timeouts: Timeouts,
}

impl Server {
    /// The server that a URL names.
    ///
    /// # Errors
    /// When this is no such URL.
    pub fn of(url: &str, timeouts: Timeouts) -> Result<Self, DbErr> {
        let options = PgConnectOptions::from_str(url).map_err(unreachable)?;
        let options = options
            // PgBouncer refuses connections that bring it, and PostgreSQL has had a good default since version 12.
            .extra_float_digits(None)
            .log_statements(LevelFilter::Trace)
            .log_slow_statements(LevelFilter::Warn, SLOW_STATEMENT);
        Ok(Self { options, timeouts })
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn connect(&self) -> Result<PgConnection, DbErr> {
        let opened = tokio::time::timeout(self.timeouts.connect, self.options.connect()).await;
        let opened = opened.map_err(|elapsed| unreachable(sqlx::Error::Io(elapsed.into())))?;
        opened.map_err(unreachable)
    }

    /// A pool without connections yet. `on_loss` is called when a returned connection does not respond; it is closed.
    pub fn pool(&self, max_connections: u32, on_loss: impl Fn() + Send + Sync + 'static) -> PgPool {
        let timeouts = self.timeouts;
        let on_loss = Arc::new(on_loss);
        PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(timeouts.connect)
            // A connection that ended is noticed by the statement that uses it; asking before each costs a round trip.
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    let settings = sqlx::AssertSqlSafe(timeouts.session_settings());
                    connection.execute(sqlx::raw_sql(settings)).await.map(drop)
                })
            })
            .after_release(move |connection, _| {
                let on_loss = Arc::clone(&on_loss);
                Box::pin(async move {
                    match tokio::time::timeout(timeouts.connect, connection.ping()).await {
                        Ok(answer) => answer.map(|()| true),
                        Err(elapsed) => {
                            on_loss();
                            Err(sqlx::Error::Io(elapsed.into()))
                        }
                    }
                })
            })
            .connect_lazy_with(self.options.clone())
    }

    /// Checks that a connection stays with the same server process from statement to statement. A pooler in transaction or
    /// statement mode changes it, and with it go the settings of the session and prepared statements.
    ///
    /// # Errors
    /// When it does not, with the setting that mends it; when the server cannot be reached.
    pub async fn refuse_transaction_pooling(&self) -> Result<(), DbErr> {
        const ADVICE: &str = "it is reached through a connection pooler that changes connections between \
                              transactions; set `pool_mode = session` in PgBouncer, or connect to PostgreSQL directly";
        let (mut one, mut other) = (self.connect().await?, self.connect().await?);
        let comparing = async {
            for _ in 0..COMPARISONS {
                let first = process(&mut one).await?;
                other.execute(sqlx::raw_sql("BEGIN")).await?;
                // The process of an open transaction cannot be that of another connection, unless it was taken from it.
                if process(&mut other).await? == first || process(&mut one).await? != first {
                    return Ok(true);
                }
                other.execute(sqlx::raw_sql("ROLLBACK")).await?;
            }
            Ok(false)
        };
        let compared = tokio::time::timeout(self.timeouts.connect, comparing).await;
        let is_shared = match compared.map_err(|elapsed| unreachable(sqlx::Error::Io(elapsed.into())))? {
            // What PgBouncer says of a transaction in statement mode: a protocol violation.
            Err(sqlx::Error::Database(cause)) if cause.code().as_deref() == Some("08P01") => true,
            compared => compared.map_err(unreachable)?,
        };
        if is_shared {
            return Err(DbErr::Custom(ADVICE.to_owned()));
        }
        for connection in [one, other] {
            connection.close().await.map_err(unreachable)?;
        }
        Ok(())
    }
}

/// The server process behind a connection.
async fn process(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    let row = connection.fetch_one(sqlx::raw_sql("SELECT pg_backend_pid()")).await?;
    row.try_get(0)
}

fn unreachable(cause: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(cause)))
}
