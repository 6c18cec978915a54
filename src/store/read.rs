//! What a read goes through: `SeaORM`'s pool or a transaction, or, on PostgreSQL, a pipeline. One path above both.

use std::sync::Arc;

use postgres_types::FromSql;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, TryGetable};

use super::pipeline::{self, Pipeline};

/// Something that statements are read from.
pub trait Reads: Sync {
    /// Which kind of database it is.
    fn backend(&self) -> DbBackend;

    /// All rows of a statement.
    fn rows(&self, statement: &SelectStatement) -> impl Future<Output = Result<Rows, DbErr>> + Send;
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
pub enum Database {
    /// A connection of the pool for each statement.
    Pool(DatabaseConnection),
    /// One connection, on which statements follow each other without waiting for answers.
    Pipeline(Arc<Pipeline>),
}

impl Reads for Database {
    fn backend(&self) -> DbBackend {
        match self {
            Self::Pool(pool) => pool.get_database_backend(),
            Self::Pipeline(_) => DbBackend::Postgres,
        }
    }

    async fn rows(&self, statement: &SelectStatement) -> Result<Rows, DbErr> {
        match self {
            Self::Pool(pool) => pool.rows(statement).await,
            Self::Pipeline(pipeline) => pipeline.rows(statement).await.map(Rows::Piped),
        }
    }
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
