//! The pool of connections that everything but pipelined reads goes through. On PostgreSQL every statement has a deadline, and
//! the pool is replaced when one of its connections turns out to be dead.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    SqlxPostgresConnector, SqlxSqliteConnector, Statement, TransactionOptions, TransactionTrait,
};

use super::breaker::{Breaker, is_lost};
use super::postgres::{Server, Timeouts};

/// How long the one more connection to SQLite waits for the lock of another writer.
const SHORT_BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Connections to the database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pool {
    backend: DbBackend,
    current: Arc<RwLock<Current>>,
    guard: Guard,
}

#[derive(Debug)]
struct Current {
    connections: DatabaseConnection,
    generation: u64,
    max_connections: u32,
}

/// Time limits of statements on PostgreSQL; SQLite runs in this process and needs none.
#[derive(Clone, Debug, Default)]
pub struct Guard(Option<(Breaker, Timeouts)>);

impl Guard {
    /// What `work` gives, if it gives it in time.
    ///
    /// # Errors
    /// Those of the work, and [`DbErr::Conn`] while the database cannot be reached.
    pub fn run<'a, T: Send + 'a>(
        &'a self,
        work: impl Future<Output = Result<T, DbErr>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, DbErr>> {
        match &self.0 {
            Some((breaker, timeouts)) => breaker.guard(*timeouts, work),
            None => Box::pin(work),
        }
    }

    /// The breaker; none on SQLite.
    pub fn breaker(&self) -> Option<&Breaker> {
        self.0.as_ref().map(|(breaker, _)| breaker)
    }

    fn long(&self) -> Self {
        Self(self.0.clone().map(|(breaker, timeouts)| (breaker, timeouts.long())))
    }

    /// Settings of a transaction whose timeouts differ from those of the session.
    fn transaction_settings(&self) -> Option<String> {
        let (breaker, timeouts) = self.0.as_ref()?;
        (*timeouts != breaker.server().timeouts).then(|| timeouts.transaction_settings())
    }
}

impl From<DatabaseConnection> for Pool {
    /// A pool as it is: without deadlines, and never replaced.
    fn from(connections: DatabaseConnection) -> Self {
        Self {
            backend: connections.get_database_backend(),
            current: Arc::new(RwLock::new(Current {
                connections,
                generation: 0,
                max_connections: 0,
            })),
            guard: Guard::default(),
        }
    }
}

impl Pool {
    /// A pool of at most `max_connections` to a PostgreSQL server, none of them open yet.
    pub fn to(server: Server, max_connections: u32) -> Self {
        let timeouts = server.timeouts;
        let breaker = Breaker::new(server);
        Self {
            backend: DbBackend::Postgres,
            current: Arc::new(RwLock::new(Current {
                connections: connections(&breaker, 0, max_connections),
                generation: 0,
                max_connections,
            })),
            guard: Guard(Some((breaker, timeouts))),
        }
    }

    /// One more connection to the same database, opened when it is first used: what goes through it waits for no connection of
    /// this pool. A pool that was opened elsewhere than by [`connect::open`](super::connect::open) gives its own on PostgreSQL.
    #[must_use]
    pub fn one_more(&self) -> Self {
        let generation = self.guard.breaker().map_or(0, Breaker::generation);
        let connections = match (self.guard.breaker(), self.backend) {
            (Some(breaker), _) => connections(breaker, generation, 1),
            (None, DbBackend::Sqlite) => one_to_sqlite(&self.connections()),
            (None, _) => self.connections(),
        };
        Self {
            current: Arc::new(RwLock::new(Current {
                connections,
                generation,
                max_connections: 1,
            })),
            ..self.clone()
        }
    }

    /// The same pool for work whose statements may take long.
    #[must_use]
    pub fn long(&self) -> Self {
        Self {
            guard: self.guard.long(),
            ..self.clone()
        }
    }

    /// What bounds its statements.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The connections, for libraries that take nothing else; deadlines are the caller's.
    pub fn connections(&self) -> DatabaseConnection {
        let generation = self.guard.breaker().map_or(0, Breaker::generation);
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        if current.generation >= generation {
            return current.connections.clone();
        }
        drop(current);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(breaker) = self.guard.breaker().filter(|_| current.generation < generation) {
            // Those in use are closed when they are given back, the others now.
            current.connections = connections(breaker, generation, current.max_connections);
            current.generation = generation;
        }
        current.connections.clone()
    }

    /// Begins a transaction. If the connection turns out to have ended, as after a restart of the database, it is begun on
    /// another one: nothing was executed yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
        let is_over = |error: &DbErr| matches!(error, DbErr::Conn(RuntimeErr::Internal(_)));
        let begun = match self.begin_once(options).await {
            Err(error) if self.guard.breaker().is_some() && is_lost(&error) && !is_over(&error) => {
                self.begin_once(options).await?
            }
            begun => begun?,
        };
        if let Some(settings) = self.guard.transaction_settings() {
            self.guard.run(begun.execute_unprepared(&settings)).await?;
        }
        Ok(begun)
    }

    /// This goes on when the caller is dropped: the driver would otherwise return a connection of PostgreSQL to the pool with
    /// the transaction open.
    async fn begin_once(&self, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
        let connections = self.connections();
        let beginning = tokio::spawn(async move { connections.begin_with_options(options).await });
        let begun = async {
            let begun = beginning.await;
            begun.map_err(|error| DbErr::Conn(RuntimeErr::Internal(error.to_string())))?
        };
        self.guard.run(begun).await
    }

    /// Whether the database responds.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        let connections = self.connections();
        self.guard.run(connections.ping()).await
    }

    /// Closes every connection.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close(&self) -> Result<(), DbErr> {
        let connections = self.connections();
        self.guard.run(connections.close_by_ref()).await
    }
}

fn connections(breaker: &Breaker, generation: u64, max_connections: u32) -> DatabaseConnection {
    let on_loss = {
        let breaker = breaker.clone();
        move || breaker.lost(generation)
    };
    let pool = breaker.server().pool(max_connections, on_loss);
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

fn one_to_sqlite(connections: &DatabaseConnection) -> DatabaseConnection {
    let pool = connections.get_sqlite_connection_pool();
    let options = pool.connect_options().as_ref().clone();
    let one = pool.options().clone().min_connections(0).max_connections(1);
    SqlxSqliteConnector::from_sqlx_sqlite_pool(one.connect_lazy_with(options.busy_timeout(SHORT_BUSY_TIMEOUT)))
}

#[async_trait::async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let connections = self.connections();
        self.guard.run(connections.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let connections = self.connections();
        self.guard.run(connections.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let connections = self.connections();
        self.guard.run(connections.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let connections = self.connections();
        self.guard.run(connections.query_all_raw(statement)).await
    }
}
