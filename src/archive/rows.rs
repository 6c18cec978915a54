//! Rows of a table as lines of JSON: read one after the other in the order of the primary key, and written back.

use futures_util::{Stream, StreamExt};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, Value};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, StreamTrait};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::cell::Kind;
use super::table::Table;
use crate::store::dialect::bytewise;

/// All rows of a table as lines. One statement, which the database sorts once; it hands out rows only as they are taken, so
/// that none but the present one is in memory.
pub async fn lines<'a>(
    snapshot: &'a DatabaseTransaction,
    table: &'a Table,
) -> Result<impl Stream<Item = Result<String, DbErr>> + 'a, DbErr> {
    let mut statement = Query::select();
    statement.from(Alias::new(table.name));
    for column in &table.columns {
        statement.column(Alias::new(column.name));
    }
    for key in &table.keys {
        let column = &table.columns[*key];
        let bytes = bytewise(
            ConnectionTrait::get_database_backend(snapshot),
            column.name,
            column.kind == Kind::Text,
        );
        statement.order_by_expr(bytes, Order::Asc);
    }
    let rows = snapshot.stream(&statement).await?;
    Ok(rows.map(|row| {
        let row = row?;
        let cells = table.columns.iter().enumerate();
        let values = cells.map(|(place, column)| column.kind.read(&row, place));
        values.collect::<Result<Vec<_>, _>>().map(|values| line(table, &values))
    }))
}

/// A row as a line of JSON.
fn line(table: &Table, row: &[Json]) -> String {
    let mut line = String::from("{");
    for (column, value) in table.columns.iter().zip(row) {
        let comma = if line.len() > 1 { "," } else { "" };
        line.push_str(&format!("{comma}\"{}\":{value}", column.name));
    }
    line.push_str("}\n");
    line
}

/// A line of JSON as a row.
///
/// # Errors
/// What is wrong with it.
pub fn parse(table: &Table, line: &[u8]) -> Result<Vec<Value>, String> {
    let mut fields: Map<String, Json> =
        serde_json::from_slice(line).map_err(|error| format!("it is not a JSON object: {error}"))?;
    let mut row = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let json = fields
            .remove(column.name)
            .ok_or_else(|| format!("it has no column {:?}", column.name))?;
        let value = column.kind.value(json, column.is_optional);
        row.push(value.ok_or_else(|| format!("{:?} cannot hold what stands there", column.name))?);
    }
    if let Some((unknown, _)) = fields.iter().next() {
        return Err(format!("there is no column {unknown:?}"));
    }
    match (table.misfit)(&row) {
        Some(place) => Err(format!("{:?} cannot hold what stands there", table.columns[place].name)),
        None => Ok(row),
    }
}

/// Writes rows.
pub async fn insert(database: &impl ConnectionTrait, table: &Table, rows: Vec<Vec<Value>>) -> Result<(), DbErr> {
    let mut statement = Query::insert();
    statement
        .into_table(Alias::new(table.name))
        .columns(table.columns.iter().map(|column| Alias::new(column.name)));
    for row in rows {
        let values = statement.values(row.into_iter().map(Expr::val));
        values.map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    database.execute(&statement).await.map(drop)
}

/// Has a row refer to another one of its table.
pub async fn refer(
    database: &impl ConnectionTrait,
    table: &Table,
    id: Uuid,
    place: usize,
    other: Uuid,
) -> Result<(), DbErr> {
    let statement = Query::update()
        .table(Alias::new(table.name))
        .value(Alias::new(table.columns[place].name), other)
        .and_where(Expr::col(Alias::new(table.columns[table.keys[0]].name)).eq(id))
        .take();
    database.execute(&statement).await.map(drop)
}
