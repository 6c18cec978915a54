//! What a read goes through: `SeaORM`'s pool or a transaction, or, on PostgreSQL, a pipeline. One path above both.

use std::sync::Arc;

use futures_util::TryStreamExt;
use postgres_types::FromSql;
use sea_orm::sea_query::SelectStatement;
use sea_orm::sqlx::{Decode, Row as _, Sqlite, TypeInfo, ValueRef};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, StreamTrait, TryGetable};

use super::changes::{Showing, Shown, Topic};
use super::pipeline::{self, Pipeline};
use super::pool::Pool;
use crate::budget::{Budget, Exceeded};

/// Something that statements are read from.
pub trait Reads: Sync {
    /// Which kind of database it is.
    fn backend(&self) -> DbBackend;

    /// All rows of a statement. An answer for which it is noted what it shows is not kept, unless that was said before: see
    /// [`Reads::showing`].
    fn rows(&self, statement: &SelectStatement) -> impl Future<Output = Result<Rows, DbErr>> + Send;

    /// All rows of a statement of which it was said what it shows.
    fn rows_as_said(&self, statement: &SelectStatement) -> impl Future<Output = Result<Rows, DbErr>> + Send {
        self.rows(statement)
    }

    /// Where it is noted what is shown, if it is.
    fn shown(&self) -> Option<&Shown> {
        None
    }

    /// Says that what is read may become another without a word in the log: an answer that shows it is not kept.
    fn showing_untold(&self) {
        if let Some(shown) = self.shown() {
            shown.note_vague();
        }
    }

    /// Says what statements show: which write would make them give other rows. What their rows are themselves is noted as
    /// they are read, where a row begins with its id.
    fn showing(&self, topics: impl IntoIterator<Item = Topic>) -> Showing<'_, Self>
    where
        Self: Sized,
    {
        Showing::new(self, topics)
    }
}

impl<C: ConnectionTrait> Reads for C {
    fn backend(&self) -> DbBackend {
        self.get_database_backend()
    }

    async fn rows(&self, statement: &SelectStatement) -> Result<Rows, DbErr> {
        self.query_all(statement).await.map(Rows::Pooled)
    }
}

/// The way of one request to the database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    way: Way,
    shown: Option<Shown>,
    budget: Budget,
}

#[derive(Clone, Debug)]
enum Way {
    /// A connection of the pool for each statement.
    Pool(Pool),
    /// One connection, on which statements follow each other without waiting for answers.
    Pipeline(Arc<Pipeline>),
}

impl Way {
    async fn rows(&self, statement: &SelectStatement, budget: &Budget) -> Result<Rows, DbErr> {
        match self {
            Self::Pool(pool) => pooled(pool, statement, budget).await.map(Rows::Pooled),
            Self::Pipeline(pipeline) => pipeline.rows(statement, budget).await.map(Rows::Piped),
        }
    }
}

impl Database {
    /// By a pool.
    pub fn pool(pool: Pool) -> Self {
        Self {
            way: Way::Pool(pool),
            shown: None,
            budget: Budget::default(),
        }
    }

    pub(super) fn pipeline(pipeline: Arc<Pipeline>) -> Self {
        Self {
            way: Way::Pipeline(pipeline),
            shown: None,
            budget: Budget::default(),
        }
    }

    /// The same, for a response that may be cached: its dependencies are recorded in `shown`.
    #[must_use]
    pub fn noting(self, shown: Shown) -> Self {
        Self {
            shown: Some(shown),
            ..self
        }
    }

    /// The same, where all rows together have a bound.
    #[must_use]
    pub fn within(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// Whether it is a pipeline.
    pub fn is_pipeline(&self) -> bool {
        matches!(self.way, Way::Pipeline(_))
    }
}

impl Reads for Database {
    fn backend(&self) -> DbBackend {
        match &self.way {
            Way::Pool(pool) => pool.get_database_backend(),
            Way::Pipeline(_) => DbBackend::Postgres,
        }
    }

    fn shown(&self) -> Option<&Shown> {
        self.shown.as_ref()
    }

    async fn rows(&self, statement: &SelectStatement) -> Result<Rows, DbErr> {
        self.showing_untold();
        self.rows_as_said(statement).await
    }

    async fn rows_as_said(&self, statement: &SelectStatement) -> Result<Rows, DbErr> {
        let rows = if self.budget.is_movable() {
            // The thread that this was moved to may be busy for a while: a connection does not wait for it with rows half read.
            let (way, statement, budget) = (self.way.clone(), statement.clone(), self.budget.clone());
            let reading = tokio::spawn(async move { way.rows(&statement, &budget).await });
            reading.await.map_err(|error| DbErr::Custom(error.to_string()))?
        } else {
            self.way.rows(statement, &self.budget).await
        };
        self.budget.checkpoint().await;
        rows
    }
}

/// Text of the error of a statement whose rows are more than the request may load.
const OVER_BUDGET: &str = "the request is over its budget";

pub(super) fn over_budget(_: Exceeded) -> DbErr {
    DbErr::Custom(OVER_BUDGET.to_owned())
}

/// Whether a statement was abandoned because the request may not load that many rows.
pub fn is_over_budget(error: &DbErr) -> bool {
    matches!(error, DbErr::Custom(text) if text == OVER_BUDGET)
}

/// The rows of a statement, read one by one so that no more are in memory than the request may load.
async fn pooled(pool: &Pool, statement: &SelectStatement, budget: &Budget) -> Result<Vec<QueryResult>, DbErr> {
    let connections = pool.connections();
    let reading = async {
        let mut stream = connections.stream(statement).await?;
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            budget.load_row(size_of_row(&row)).await.map_err(over_budget)?;
            rows.push(row);
        }
        Ok(rows)
    };
    pool.guard().run(reading).await
}

/// Bytes of the values of a row.
fn size_of_row(row: &QueryResult) -> usize {
    if let Some(row) = row.try_as_sqlite_row() {
        let values = (0..row.len()).filter_map(|column| row.try_get_raw(column).ok());
        let size = |value: sea_orm::sqlx::sqlite::SqliteValueRef<'_>| match value.type_info().name() {
            "TEXT" | "BLOB" => <&[u8] as Decode<Sqlite>>::decode(value).map_or(0, <[u8]>::len),
            _ => size_of::<u64>(),
        };
        return values.map(size).sum();
    }
    let Some(row) = row.try_as_pg_row() else { return 0 };
    let values = (0..row.len()).filter_map(|column| row.try_get_raw(column).ok());
    values.map(|value| value.as_bytes().map_or(0, <[u8]>::len)).sum()
}

/// The rows that a statement gave.
pub enum Rows {
    /// As `SeaORM` gives them.
    Pooled(Vec<QueryResult>),
    /// As PostgreSQL's own driver gives them.
    Piped(Vec<tokio_postgres::Row>),
}

impl Rows {
    /// One after the other.
    pub fn each(&self) -> impl Iterator<Item = Cells<'_>> {
        let (pooled, piped): (&[_], &[_]) = match self {
            Self::Pooled(rows) => (rows, &[]),
            Self::Piped(rows) => (&[], rows),
        };
        pooled.iter().map(Cells::Pooled).chain(piped.iter().map(Cells::Piped))
    }
}

/// The values of one row, by position.
#[derive(Clone, Copy)]
pub enum Cells<'a> {
    /// See [`Rows::Pooled`].
    Pooled(&'a QueryResult),
    /// See [`Rows::Piped`].
    Piped(&'a tokio_postgres::Row),
}

/// A type that a value can be read as, whatever it came through.
pub trait Cell: TryGetable + for<'a> FromSql<'a> {}

impl<T: TryGetable + for<'a> FromSql<'a>> Cell for T {}

impl Cells<'_> {
    /// The value at a position, counted from 0.
    pub fn get<T: Cell>(&self, position: usize) -> Result<T, DbErr> {
        match self {
            Self::Pooled(row) => row.try_get_by_index(position),
            Self::Piped(row) => row.try_get(position).map_err(|error| pipeline::failed(&error)),
        }
    }
}
