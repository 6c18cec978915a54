//! The files that rows of `media` name, and what they may be called.

use std::collections::VecDeque;

use entity::MediaId;
use entity::media::{Column, Entity};
use sea_orm::sea_query::Value;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::table::Table;
use crate::store::files::FileStore;

/// Rows that are looked for at once.
const BATCH: u64 = 16;

/// A file that the media store should have.
pub struct Kept {
    /// Its key there.
    pub key: String,
    /// Its bytes; a row without them has no whole file.
    pub size: Option<u64>,
}

/// Goes through all of them in the order of their ids.
pub struct Walk {
    last: MediaId,
    found: VecDeque<Kept>,
}

impl Walk {
    /// Before the first.
    pub fn new() -> Self {
        Self {
            last: MediaId(Uuid::nil()),
            found: VecDeque::new(),
        }
    }

    /// The next few; none at the end.
    pub async fn few(&mut self, database: &impl ConnectionTrait) -> Result<VecDeque<Kept>, DbErr> {
        if self.found.is_empty() {
            let rows: Vec<(MediaId, String, Option<i64>)> = Entity::find()
                .select_only()
                .columns([Column::Id, Column::StorageKey, Column::ByteSize])
                .filter(Column::StorageKey.is_not_null())
                .filter(Column::Id.gt(self.last))
                .order_by_asc(Column::Id)
                .limit(BATCH)
                .into_tuple()
                .all(database)
                .await?;
            self.last = rows.last().map_or(self.last, |(id, ..)| *id);
            let kept = rows.into_iter().map(|(_, key, size)| Kept {
                key,
                size: size.and_then(|size| u64::try_from(size).ok()),
            });
            self.found.extend(kept);
        }
        Ok(std::mem::take(&mut self.found))
    }

    /// The next one.
    pub async fn next(&mut self, database: &impl ConnectionTrait) -> Result<Option<Kept>, DbErr> {
        self.found = self.few(database).await?;
        Ok(self.found.pop_front())
    }
}

/// Whether the key of a file is the one that its id gives, in a row of `media`: nothing else may be named where files are
/// written, read and removed.
pub fn has_key_of_its_own(table: &Table, row: &[Value]) -> bool {
    let place = table.columns.iter().position(|column| column.name == "storage_key");
    match (row.first(), place.and_then(|place| row.get(place))) {
        (Some(Value::Uuid(Some(id))), Some(Value::String(Some(key)))) => *key == FileStore::key(*id, key),
        (_, Some(Value::String(None))) => true,
        _ => false,
    }
}
