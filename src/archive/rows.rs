//! Rows of a table as lines of JSON: read in the order of the primary key, and written back.

use futures_util::{Stream, StreamExt};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, Value};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::cell::Kind;
use super::table::Table;
use crate::store::Transaction;
use crate::store::dialect::bytewise;

/// Rows that one statement gives. PostgreSQL sorts keys that are texts anew for each; more rows would be a slow statement.
pub const PAGE: usize = 2_000;

/// The page of rows that comes after a row, as one JSON value per column. The database hands out each row as it is taken:
/// a post with all that is made of it may have a megabyte, and only one is in memory.
pub async fn page<'a>(
    snapshot: &'a Transaction,
    table: &'a Table,
    last: Option<&[Json]>,
) -> Result<impl Stream<Item = Result<Vec<Json>, DbErr>> + 'a, DbErr> {
    let backend = snapshot.get_database_backend();
    let key = |place: &usize| {
        let column = &table.columns[*place];
        bytewise(backend, column.name, column.kind == Kind::Text)
    };
    let mut statement = Query::select();
    statement.from(Alias::new(table.name));
    for column in &table.columns {
        statement.column(Alias::new(column.name));
    }
    for place in &table.keys {
        statement.order_by_expr(key(place), Order::Asc);
    }
    if let Some(last) = last {
        let values = table.keys.iter().filter_map(|place| {
            let column = &table.columns[*place];
            column.kind.value(last[*place].clone(), column.is_optional)
        });
        let keys = Expr::tuple(table.keys.iter().map(key));
        statement.and_where(keys.gt(Expr::tuple(values.map(Expr::val))));
    }
    statement.limit(PAGE as u64);
    let rows = snapshot.stream(statement).await?;
    Ok(rows.map(|row| {
        let row = row?;
        let cells = table.columns.iter().enumerate();
        cells.map(|(place, column)| column.kind.read(&row, place)).collect()
    }))
}

/// A row as a line of JSON.
pub fn line(table: &Table, row: &[Json]) -> String {
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
