use std::sync::{Mutex, PoisonError};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionTrait,
};

use super::changes::{ChangeLog, Topic};

/// A write, begun by [`Store::write`](super::Store::write). Nothing is kept unless it is committed: dropping it rolls back.
#[derive(Debug)]
pub struct Transaction {
    inner: DatabaseTransaction,
    changed: Mutex<Vec<Topic>>,
    /// Whether the commit is done only when nobody is given what was before.
    waits: bool,
    /// Where what changed is told; nowhere for a trial.
    log: Option<(ChangeLog, DatabaseConnection)>,
}

impl Transaction {
    pub(super) fn new(inner: DatabaseTransaction, log: ChangeLog, connection: DatabaseConnection) -> Self {
        Self {
            inner,
            changed: Mutex::default(),
            waits: true,
            log: Some((log, connection)),
        }
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

    /// A transaction within this one, kept only if this one is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn within(&self) -> Result<Self, DbErr> {
        Ok(Self {
            inner: self.inner.begin().await?,
            changed: Mutex::default(),
            waits: false,
            log: None,
        })
    }

    /// Keeps what was written. When this is done, nobody is given an answer from before it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commit(self) -> Result<(), DbErr> {
        let topics = self.changed.into_inner().unwrap_or_else(PoisonError::into_inner);
        match self.log {
            Some((log, connection)) if !topics.is_empty() => {
                log.append(&self.inner, topics).await?;
                self.inner.commit().await?;
                if self.waits {
                    log.settle(&connection).await;
                }
                Ok(())
            }
            _ => self.inner.commit().await,
        }
    }

    /// The same, as migrations take it.
    pub fn inner(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Forgets what was written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(statement).await
    }
}
