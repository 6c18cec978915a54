//! Rows read by position: a query selects just the columns that its row type names, and reads them in that order.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::DbErr;
use sea_orm::sea_query::{Expr, SelectStatement};
use uuid::Uuid;

use super::changes::{Shown, Topic};
use super::dialect::{MOST_PARENTS, for_each_parent};
use super::read::{Cell, Cells, Reads};

/// What a query reads of each row: a part of a table's columns, made by [`row!`], or two of them side by side.
pub trait Row: Sized + Send {
    /// How many columns it takes.
    const WIDTH: usize;

    /// Adds the columns to a statement.
    fn select(statement: &mut SelectStatement);

    /// Reads a row whose columns begin at position `first`.
    fn read(cells: Cells<'_>, first: usize) -> Result<Self, DbErr>;

    /// Notes which things the row is, where its columns begin with an id.
    fn note(cells: Cells<'_>, first: usize, shown: &Shown) -> Result<(), DbErr>;
}

impl<A: Row, B: Row> Row for (A, B) {
    const WIDTH: usize = A::WIDTH + B::WIDTH;

    fn select(statement: &mut SelectStatement) {
        A::select(statement);
        B::select(statement);
    }

    fn read(cells: Cells<'_>, first: usize) -> Result<Self, DbErr> {
        Ok((A::read(cells, first)?, B::read(cells, first + A::WIDTH)?))
    }

    fn note(cells: Cells<'_>, first: usize, shown: &Shown) -> Result<(), DbErr> {
        A::note(cells, first, shown)?;
        B::note(cells, first + A::WIDTH, shown)
    }
}

/// Of an outer join: there when its first column, an id, is.
impl<R: Row> Row for Option<R> {
    const WIDTH: usize = R::WIDTH;

    fn select(statement: &mut SelectStatement) {
        R::select(statement);
    }

    fn read(cells: Cells<'_>, first: usize) -> Result<Self, DbErr> {
        let id: Option<Uuid> = cells.get(first)?;
        id.map(|_| R::read(cells, first)).transpose()
    }

    fn note(cells: Cells<'_>, first: usize, shown: &Shown) -> Result<(), DbErr> {
        let id: Option<Uuid> = cells.get(first)?;
        id.map_or(Ok(()), |_| R::note(cells, first, shown))
    }
}

/// Declares a struct that is a part of a table's columns, and how to select and read it.
macro_rules! row {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident of $table:ident {
            $($(#[$field_attribute:meta])* pub $field:ident: $type:ty = $column:ident,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug)]
        $visibility struct $name {
            $($(#[$field_attribute])* pub $field: $type,)*
        }

        impl $crate::store::row::Row for $name {
            const WIDTH: usize = [$(entity::$table::Column::$column,)*].len();

            fn select(statement: &mut sea_orm::sea_query::SelectStatement) {
                $(statement.column((entity::$table::Entity, entity::$table::Column::$column));)*
            }

            fn read(cells: $crate::store::read::Cells<'_>, first: usize) -> Result<Self, sea_orm::DbErr> {
                let mut position = first..;
                let mut next = || position.next().unwrap_or_default();
                Ok(Self { $($field: cells.get(next())?,)* })
            }

            fn note(
                cells: $crate::store::read::Cells<'_>,
                first: usize,
                shown: &$crate::store::changes::Shown,
            ) -> Result<(), sea_orm::DbErr> {
                const BEGINS_WITH_ID: bool = $crate::store::row::begins_with_id(&[$(stringify!($column),)*]);
                if BEGINS_WITH_ID {
                    let id: uuid::Uuid = cells.get(first)?;
                    shown.note([$crate::store::changes::Topic::thing(id)]);
                }
                Ok(())
            }
        }
    };
}
pub(crate) use row;

/// Whether the first of these columns is an id.
pub const fn begins_with_id(columns: &[&str]) -> bool {
    matches!(columns.first(), Some(first) if matches!(first.as_bytes(), b"Id"))
}

/// Reads a row, and notes what it is where that is noted.
fn read<R: Row>(database: &impl Reads, cells: Cells<'_>, first: usize) -> Result<R, DbErr> {
    if let Some(shown) = database.shown() {
        R::note(cells, first, shown)?;
    }
    R::read(cells, first)
}

/// All rows of a statement that selects the columns of `R` and nothing before them.
pub async fn fetch<R: Row>(database: &impl Reads, statement: &SelectStatement) -> Result<Vec<R>, DbErr> {
    let rows = database.rows(statement).await?;
    rows.each().map(|cells| read(database, cells, 0)).collect()
}

/// The first row, if there is one.
pub async fn fetch_one<R: Row>(database: &impl Reads, statement: &SelectStatement) -> Result<Option<R>, DbErr> {
    let rows = database.rows(statement).await?;
    rows.each().next().map(|cells| read(database, cells, 0)).transpose()
}

/// The row with a name of its own, if there is one; where it is noted what is shown and there is none, `missing` is.
pub async fn fetch_named<R: Row>(
    database: &impl Reads,
    statement: &SelectStatement,
    missing: Topic,
) -> Result<Option<R>, DbErr> {
    let found = fetch_one(&database.showing([]), statement).await?;
    if found.is_none()
        && let Some(shown) = database.shown()
    {
        shown.note([missing]);
    }
    Ok(found)
}

/// The first value of the first row, if there is one.
pub async fn fetch_cell<T: Cell>(database: &impl Reads, statement: &SelectStatement) -> Result<Option<T>, DbErr> {
    let rows = database.rows(statement).await?;
    rows.each().next().map(|cells| cells.get(0)).transpose()
}

/// All rows of a statement that selects a key first and then the columns of `R`.
pub async fn fetch_keyed<K: Cell, R: Row>(
    database: &impl Reads,
    statement: &SelectStatement,
) -> Result<Vec<(K, R)>, DbErr> {
    let rows = database.rows(statement).await?;
    rows.each()
        .map(|cells| Ok((cells.get(0)?, read(database, cells, 1)?)))
        .collect()
}

/// Rows by the id of their parent, in the order in which `child` (see [`for_each_parent`]) puts them. Parents without
/// rows are missing from the map. One statement for every [`MOST_PARENTS`] parents.
pub async fn fetch_children<R: Row>(
    database: &impl Reads,
    parents: &[Uuid],
    child: impl Fn(Expr) -> SelectStatement,
) -> Result<HashMap<Uuid, Vec<R>>, DbErr> {
    let mut children: HashMap<Uuid, Vec<R>> = HashMap::new();
    for parents in parents.chunks(MOST_PARENTS) {
        let statement = for_each_parent(database.backend(), parents, &child);
        for (parent, row) in fetch_keyed(database, &statement).await? {
            children.entry(parent).or_default().push(row);
        }
    }
    Ok(children)
}

/// Rows by a key that the statement selects before the columns of `R`, in the statement's order.
pub async fn fetch_grouped<K: Cell + Eq + Hash, R: Row>(
    database: &impl Reads,
    statement: &SelectStatement,
) -> Result<HashMap<K, Vec<R>>, DbErr> {
    let mut groups: HashMap<K, Vec<R>> = HashMap::new();
    for (key, row) in fetch_keyed(database, statement).await? {
        groups.entry(key).or_default().push(row);
    }
    Ok(groups)
}

/// How many rows a statement that selects `count(*)` counted.
pub async fn fetch_count(database: &impl Reads, statement: &SelectStatement) -> Result<i64, DbErr> {
    Ok(fetch_cell(database, statement).await?.unwrap_or_default())
}

/// Counts by the id of their parent; `child` selects `count(*)`.
pub async fn fetch_counts(
    database: &impl Reads,
    parents: &[Uuid],
    child: impl Fn(Expr) -> SelectStatement,
) -> Result<HashMap<Uuid, i64>, DbErr> {
    let mut counts = HashMap::new();
    for parents in parents.chunks(MOST_PARENTS) {
        let statement = for_each_parent(database.backend(), parents, &child);
        for cells in database.rows(&statement).await?.each() {
            counts.insert(cells.get(0)?, cells.get(1)?);
        }
    }
    Ok(counts)
}
