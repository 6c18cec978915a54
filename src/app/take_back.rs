//! Taking migrations back: what that drops, whether anything still uses it, and doing it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter};

use migration::{Migrator, MigratorTrait, SchemaManager, columns};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use super::schema::Schema;
use crate::domain::process;
use crate::domain::text::counted;
use crate::error::Error;
use crate::store::sql::count_all;
use crate::store::{Store, Transaction, dialect};

/// What taking migrations back drops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// The migrations, newest first.
    pub migrations: Vec<String>,
    /// Tables, and how many rows they have.
    tables: BTreeMap<String, i64>,
    /// Columns of other tables, and how many rows have a value there.
    columns: BTreeMap<(String, String), i64>,
}

impl Display for Loss {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "Takes back {}.", self.migrations.join(", "))?;
        for (table, rows) in &self.tables {
            writeln!(formatter, "Drops the table {table}: {}.", counted(rows, "row", "rows"))?;
        }
        for ((table, column), values) in &self.columns {
            writeln!(
                formatter,
                "Drops the column {table}.{column}: {}.",
                counted(values, "value", "values")
            )?;
        }
        if self.tables.is_empty() && self.columns.is_empty() {
            writeln!(formatter, "Drops no table and no column.")?;
        }
        Ok(())
    }
}

/// What taking the newest `steps` migrations back would drop, found out by doing it and rolling back.
///
/// # Errors
/// When a process uses the database, or a newer version migrated it; when the database fails.
pub async fn loss(store: &Store, steps: u32) -> Result<Loss, Error> {
    let (transaction, migrations) = begin(store, steps).await?;
    let trying = async {
        let before = transaction.run(layout).await?;
        let trial = transaction.within().await?;
        trial.run(|inner| Migrator::down(inner, Some(steps))).await?;
        let after = trial.run(layout).await?;
        trial.rollback().await?;
        let mut loss = count(&transaction, &before, &after).await?;
        loss.migrations = migrations;
        transaction.rollback().await?;
        Ok(loss)
    };
    trying
        .await
        .map_err(Error::database("looking at what would be dropped"))
}

/// Takes the migrations back that `loss` names, all or none.
///
/// # Errors
/// As [`loss`]; when others were applied or taken back meanwhile.
pub async fn take_back(store: &Store, loss: &Loss) -> Result<(), Error> {
    let steps = u32::try_from(loss.migrations.len()).unwrap_or(u32::MAX);
    let (transaction, migrations) = begin(store, steps).await?;
    if migrations != loss.migrations {
        let text = "another process migrated the database meanwhile; nothing was changed";
        return Err(Error::Refused(text.to_owned()));
    }
    let doing = async {
        transaction.run(|inner| Migrator::down(inner, Some(steps))).await?;
        transaction.commit().await
    };
    doing.await.map_err(Error::database("taking migrations back"))
}

/// A transaction that excludes other migrations, once no process uses the database; and the newest migrations.
async fn begin(store: &Store, steps: u32) -> Result<(Transaction, Vec<String>), Error> {
    let beginning = async {
        let transaction = store.for_long_work().write().await?;
        dialect::take_turns(&transaction).await?;
        let schema = transaction.run(Schema::read).await?;
        let tables = transaction.run(layout).await?;
        let running = if tables.contains_key("process") {
            process::running(&transaction).await?
        } else {
            Vec::new()
        };
        Ok((transaction, schema, running))
    };
    let (transaction, schema, running) = beginning.await.map_err(Error::database("reading what is applied"))?;
    if let Some(newest) = schema.newer.last() {
        return Err(Error::Refused(format!(
            "a newer version of Quoin applied {newest}; only that version can take it back"
        )));
    }
    if !running.is_empty() {
        let running: Vec<String> = running.iter().map(process::describe).collect();
        return Err(Error::Refused(format!(
            "the database is in use: {}; stop what uses it first (a process that died counts as running until {} minutes \
             after it was last seen)",
            running.join("; "),
            process::EXPIRES_AFTER.num_minutes()
        )));
    }
    let applied = schema.own.into_iter().filter(|(_, is_applied)| *is_applied);
    let newest = applied.rev().take(steps as usize).map(|(name, _)| name);
    Ok((transaction, newest.collect()))
}

type Columns = BTreeMap<String, BTreeSet<String>>;

/// The tables and their columns.
async fn layout(transaction: &DatabaseTransaction) -> Result<Columns, DbErr> {
    columns(&SchemaManager::new(transaction)).await
}

/// What is in `before` and not in `after`, with its rows.
async fn count(database: &impl ConnectionTrait, before: &Columns, after: &Columns) -> Result<Loss, DbErr> {
    let mut loss = Loss::default();
    for (table, columns) in before {
        let Some(left) = after.get(table) else {
            loss.tables
                .insert(table.clone(), number_of(database, table, count_all()).await?);
            continue;
        };
        for column in columns.difference(left) {
            let values = Expr::col(Alias::new(column)).count();
            let values = number_of(database, table, values).await?;
            loss.columns.insert((table.clone(), column.clone()), values);
        }
    }
    Ok(loss)
}

async fn number_of(database: &impl ConnectionTrait, table: &str, what: Expr) -> Result<i64, DbErr> {
    let statement = Query::select().expr(what).from(Alias::new(table)).take();
    let row = database.query_one(&statement).await?;
    row.map_or(Ok(0), |row| row.try_get_by_index(0))
}
