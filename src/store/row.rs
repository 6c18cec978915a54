//! Rows read by position: a query selects just the columns that its row type names, and reads them in that order.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::dialect::{MOST_PARENTS, for_each_parent};

/// What a query reads of each row: a part of a table's columns, made by [`row!`], or two of them side by side.
pub trait Row: Sized + Send {
    /// How many columns it takes.
    const WIDTH: usize;

    /// Adds the columns to a statement.
    fn select(statement: &mut SelectStatement);

    /// Reads a row whose columns begin at position `first`.
    fn read(result: &QueryResult, first: usize) -> Result<Self, DbErr>;
}

impl<A: Row, B: Row> Row for (A, B) {
    const WIDTH: usize = A::WIDTH + B::WIDTH;

    fn select(statement: &mut SelectStatement) {
        A::select(statement);
        B::select(statement);
    }

    fn read(result: &QueryResult, first: usize) -> Result<Self, DbErr> {
        Ok((A::read(result, first)?, B::read(result, first + A::WIDTH)?))
    }
}

/// Declares a struct that is a part of a table's columns, and how to select and read it.
macro_rules! row {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident of $table:ident {
            $($(#[$field_attribute:meta])* pub $field:ident: $type:ty = $column:ident,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[$field_attribute])* pub $field: $type,)*
        }

        impl $crate::store::row::Row for $name {
            const WIDTH: usize = [$(entity::$table::Column::$column,)*].len();

            fn select(statement: &mut sea_orm::sea_query::SelectStatement) {
                $(statement.column((entity::$table::Entity, entity::$table::Column::$column));)*
            }

            fn read(result: &sea_orm::QueryResult, first: usize) -> Result<Self, sea_orm::DbErr> {
                let mut position = first..;
                let mut next = || position.next().unwrap_or_default();
                Ok(Self { $($field: result.try_get_by_index(next())?,)* })
            }
        }
    };
}
pub(crate) use row;

/// All rows of a statement that selects the columns of `R` and nothing before them.
pub async fn fetch<R: Row>(database: &impl ConnectionTrait, statement: &SelectStatement) -> Result<Vec<R>, DbErr> {
    database
        .query_all(statement)
        .await?
        .iter()
        .map(|result| R::read(result, 0))
        .collect()
}

/// The first row, if there is one.
pub async fn fetch_one<R: Row>(
    database: &impl ConnectionTrait,
    statement: &SelectStatement,
) -> Result<Option<R>, DbErr> {
    database
        .query_one(statement)
        .await?
        .map(|result| R::read(&result, 0))
        .transpose()
}

/// All rows of a statement that selects a key first and then the columns of `R`.
pub async fn fetch_keyed<K: sea_orm::TryGetable, R: Row>(
    database: &impl ConnectionTrait,
    statement: &SelectStatement,
) -> Result<Vec<(K, R)>, DbErr> {
    let results = database.query_all(statement).await?;
    results
        .iter()
        .map(|result| Ok((result.try_get_by_index(0)?, R::read(result, 1)?)))
        .collect()
}

/// Rows by the id of their parent, in the order in which `child` (see [`for_each_parent`]) puts them. Parents without
/// rows are missing from the map. One statement for every [`MOST_PARENTS`] parents.
pub async fn fetch_children<R: Row>(
    database: &impl ConnectionTrait,
    parents: &[Uuid],
    child: impl Fn(Expr) -> SelectStatement,
) -> Result<HashMap<Uuid, Vec<R>>, DbErr> {
    let mut children: HashMap<Uuid, Vec<R>> = HashMap::new();
    for parents in parents.chunks(MOST_PARENTS) {
        let statement = for_each_parent(database.get_database_backend(), parents, &child);
        for (parent, row) in fetch_keyed(database, &statement).await? {
            children.entry(parent).or_default().push(row);
        }
    }
    Ok(children)
}

/// Rows by a key that the statement selects before the columns of `R`, in the statement's order.
pub async fn fetch_grouped<K: sea_orm::TryGetable + Eq + Hash, R: Row>(
    database: &impl ConnectionTrait,
    statement: &SelectStatement,
) -> Result<HashMap<K, Vec<R>>, DbErr> {
    let mut groups: HashMap<K, Vec<R>> = HashMap::new();
    for (key, row) in fetch_keyed(database, statement).await? {
        groups.entry(key).or_default().push(row);
    }
    Ok(groups)
}

/// How many rows a statement that selects `count(*)` counted.
pub async fn fetch_count(database: &impl ConnectionTrait, statement: &SelectStatement) -> Result<i64, DbErr> {
    database
        .query_one(statement)
        .await?
        .map_or(Ok(0), |result| result.try_get_by_index(0))
}

/// Counts by the id of their parent; `child` selects `count(*)`.
pub async fn fetch_counts(
    database: &impl ConnectionTrait,
    parents: &[Uuid],
    child: impl Fn(Expr) -> SelectStatement,
) -> Result<HashMap<Uuid, i64>, DbErr> {
    let mut counts = HashMap::new();
    for parents in parents.chunks(MOST_PARENTS) {
        let statement = for_each_parent(database.get_database_backend(), parents, &child);
        for result in database.query_all(&statement).await? {
            counts.insert(result.try_get_by_index(0)?, result.try_get_by_index(1)?);
        }
    }
    Ok(counts)
}
