use std::sync::{Mutex, PoisonError};

use futures_util::{Stream, TryStreamExt, stream};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, StreamTrait,
    TransactionTrait,
};

use super::changes::{ChangeLog, Topic};
use super::pool::Pool;
use super::transaction_state::TransactionState;

/// A write, begun by [`Store::write`](super::Store::write), or a [snapshot](super::Store::snapshot). Nothing is kept unless
/// it is committed: dropping it rolls back. A statement that fails ends it: nothing more is executed, and it cannot be
/// committed.
#[derive(Debug)]
pub struct Transaction {
    inner: DatabaseTransaction,
    state: TransactionState,
    /// What it was taken from.
    pool: Pool,
    changed: Mutex<Vec<Topic>>,
    /// Whether the commit is done only when nobody is given what was before.
    waits: bool,
    /// Where what changed is told; nowhere for a trial.
    log: Option<ChangeLog>,
}

impl Transaction {
    pub(super) fn new(inner: DatabaseTransaction, pool: &Pool) -> Self {
        Self {
            inner,
            state: TransactionState::default(),
            pool: pool.clone(),
            changed: Mutex::default(),
            waits: true,
            log: None,
        }
    }

    pub(super) fn telling(self, log: ChangeLog) -> Self {
        Self { log: Some(log), ..self }
    }

    /// Says what of that which readers are shown is another when this is committed.
    pub fn changed(&self, topics: impl IntoIterator<Item = Topic>) {
        self.changed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(topics);
    }

    /// The same, of many that belong together: what they change is waited for at their end, by
    /// [`Store::settle`](super::Store::settle).
    #[must_use]
    pub fn without_waiting(self) -> Self {
        Self { waits: false, ..self }
    }

    /// A transaction within this one, kept only if this one is. A constraint that is violated in it ends it alone; any other
    /// error ends this one too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn within(&self) -> Result<Self, DbErr> {
        let inner = self.execute(self.inner.begin()).await?;
        Ok(Self {
            state: self.state.within(),
            ..Self::new(inner, &self.pool).without_waiting()
        })
    }

    /// Keeps what was written. When this is done, nobody is given an answer from before it.
    ///
    /// # Errors
    /// When the database fails, or a statement has failed before.
    pub async fn commit(mut self) -> Result<(), DbErr> {
        let changed = self.changed.get_mut().unwrap_or_else(PoisonError::into_inner);
        let topics = std::mem::take(changed);
        let log = self.log.take().filter(|_| !topics.is_empty());
        if let Some(log) = &log {
            log.append(&self, topics).await?;
        }
        let committing = self.pool.guard().run(self.inner.commit());
        self.state.run(committing).await?;
        if let (Some(log), true) = (log, self.waits) {
            log.settle(&self.pool).await;
        }
        Ok(())
    }

    /// Does what takes the transaction itself, such as migrations.
    ///
    /// # Errors
    /// Those of the work, and when the database does not respond in time.
    pub async fn run<'a, T: Send + 'a, F>(&'a self, work: impl FnOnce(&'a DatabaseTransaction) -> F) -> Result<T, DbErr>
    where
        F: Future<Output = Result<T, DbErr>> + Send + 'a,
    {
        self.execute(work(&self.inner)).await
    }

    /// The rows of a statement, one after the other as the database hands them out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stream(
        &self,
        statement: SelectStatement,
    ) -> Result<impl Stream<Item = Result<QueryResult, DbErr>> + Send + '_, DbErr> {
        let guard = self.pool.guard();
        let rows = self.execute(self.inner.stream(&statement)).await?;
        Ok(stream::try_unfold(rows, async move |mut rows| {
            let row = guard.run(rows.try_next()).await?;
            Ok(row.map(|row| (row, rows)))
        }))
    }

    /// Forgets what was written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rollback(self) -> Result<(), DbErr> {
        if self.state.is_open().await {
            self.pool.guard().run(self.inner.rollback()).await
        } else {
            // Dropping it does that, and closes the connection where it cannot be done.
            Ok(())
        }
    }

    async fn execute<'a, T: Send + 'a>(
        &'a self,
        statement: impl Future<Output = Result<T, DbErr>> + Send + 'a,
    ) -> Result<T, DbErr> {
        self.state.run(self.pool.guard().run(statement)).await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.execute(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.execute(self.inner.query_all_raw(statement)).await
    }
}
