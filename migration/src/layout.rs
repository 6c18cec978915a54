//! What a database holds already: which steps are applied, which tables and columns there are.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

/// The steps that are applied, by name and in that order. Changes nothing: a database without any has none.
///
/// # Errors
/// When the database fails.
pub async fn applied(manager: &SchemaManager<'_>) -> Result<Vec<String>, DbErr> {
    const TABLE: &str = "seaql_migrations";
    if !manager.has_table(TABLE).await? {
        return Ok(Vec::new());
    }
    let statement = Query::select()
        .column("version")
        .from(TABLE)
        .order_by("version", Order::Asc)
        .take();
    let rows = manager.get_connection().query_all(&statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// The columns of every table.
///
/// # Errors
/// When the database fails.
pub async fn columns(manager: &SchemaManager<'_>) -> Result<BTreeMap<String, BTreeSet<String>>, DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        }
        _ => {
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
        }
    };
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in connection.query_all_raw(Statement::from_string(backend, sql)).await? {
        let table: String = row.try_get_by_index(0)?;
        tables.entry(table).or_default().insert(row.try_get_by_index(1)?);
    }
    Ok(tables)
}
