//! What may still be executed in a transaction: nothing after a statement that failed.

use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr};
use tokio::sync::Mutex;

use super::error::{driver_error, is_constraint_violation};

/// The state of a transaction and of those within it.
///
/// PostgreSQL refuses further statements after one that failed, but reports success for `COMMIT` and rolls back. SQLite, if
/// it has rolled back on its own, would execute and commit each further statement separately.
#[derive(Debug, Default)]
pub(super) struct TransactionState {
    /// How many transactions this one is within.
    depth: usize,
    shared: Arc<Mutex<State>>,
}

/// What may be executed.
#[derive(Debug, Default)]
enum State {
    /// Anything.
    #[default]
    Open,
    /// Nothing: a statement was sent and its result not awaited, so that it may have ended the transaction.
    Abandoned,
    /// Nothing in transactions of this depth and deeper: a statement failed.
    Failed { depth: usize, cause: DbErr },
}

impl TransactionState {
    /// That of a transaction within this one.
    pub fn within(&self) -> Self {
        Self {
            depth: self.depth + 1,
            shared: self.shared.clone(),
        }
    }

    /// Executes a statement, one at a time. Its failure ends all transactions; a violated constraint ends this one alone, and
    /// those within it.
    ///
    /// # Errors
    /// That of the statement, or of the one that failed before it.
    pub async fn run<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let mut state = self.shared.lock().await;
        match &*state {
            State::Failed { depth, cause } if *depth <= self.depth => return Err(cause.clone()),
            State::Abandoned => {
                let problem = "a statement of the transaction was abandoned";
                return Err(DbErr::Conn(RuntimeErr::Internal(problem.to_owned())));
            }
            State::Open | State::Failed { .. } => {}
        }
        // The state if this future is dropped.
        *state = State::Abandoned;
        let result = statement.await;
        *state = match &result {
            Err(cause) if is_constraint_violation(cause) => State::Failed {
                depth: self.depth,
                cause: cause.clone(),
            },
            Err(cause) if driver_error(cause).is_some() || matches!(cause, DbErr::Conn(_)) => State::Failed {
                depth: 0,
                cause: cause.clone(),
            },
            _ => State::Open,
        };
        result
    }

    /// Whether no statement has failed.
    pub async fn is_open(&self) -> bool {
        matches!(*self.shared.lock().await, State::Open)
    }
}
