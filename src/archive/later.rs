//! References to rows of the same table that come later: they wait until the table is whole.

use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::rows;
use super::table::Table;

/// What waits in the table that is coming.
#[derive(Default)]
pub struct Later {
    /// The id of the last row.
    last: Option<Uuid>,
    /// The row, its column, and the row that it refers to.
    waiting: Vec<(Uuid, usize, Uuid)>,
}

impl Later {
    /// Takes out of a row what refers to a later one. Rows come in the order of their ids.
    ///
    /// # Errors
    /// What is wrong with the row.
    pub fn put_off(&mut self, table: &Table, row: &mut [Value]) -> Result<(), String> {
        if table.own.is_empty() {
            return Ok(());
        }
        let Value::Uuid(Some(id)) = row[table.keys[0]] else {
            return Err("it has no id".to_owned());
        };
        if self.last.replace(id).is_some_and(|last| last >= id) {
            return Err("its id comes twice, or before that of the line above".to_owned());
        }
        for place in &table.own {
            if let Value::Uuid(Some(other)) = row[*place]
                && other > id
            {
                row[*place] = Value::Uuid(None);
                self.waiting.push((id, *place, other));
            }
        }
        Ok(())
    }

    /// Sets what waited, at the end of the table.
    pub async fn settle(&mut self, database: &impl ConnectionTrait, table: &Table) -> Result<(), DbErr> {
        self.last = None;
        for (id, place, other) in std::mem::take(&mut self.waiting) {
            rows::refer(database, table, id, place, other).await?;
        }
        Ok(())
    }
}
