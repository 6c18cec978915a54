//! The memory of earlier imports: which thing there became which row here, and what it looked like then.

use std::collections::HashMap;

use entity::PublicationId;
use entity::import_record::{ActiveModel, Column, Entity};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Ids of one statement.
const CHUNK: usize = 500;

/// What is remembered of one thing.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The row that it became.
    pub target: Uuid,
    /// Its digest then.
    pub digest: String,
}

/// The memory of one source in one publication.
#[derive(Clone, Debug)]
pub struct Ledger {
    publication: PublicationId,
    source: String,
}

impl Ledger {
    /// What is remembered of this source.
    pub fn new(publication: PublicationId, source: String) -> Self {
        Self { publication, source }
    }

    /// What is remembered of these things of one kind.
    pub async fn recall(
        &self,
        database: &impl ConnectionTrait,
        kind: &str,
        ids: &[&str],
    ) -> Result<HashMap<String, Entry>, DbErr> {
        let mut entries = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(CHUNK) {
            let rows: Vec<(String, Uuid, String)> = Entity::find()
                .select_only()
                .columns([Column::ExternalId, Column::TargetId, Column::Digest])
                .filter(Column::PublicationId.eq(self.publication))
                .filter(Column::Source.eq(&self.source))
                .filter(Column::Kind.eq(kind))
                .filter(Column::ExternalId.is_in(ids.iter().copied()))
                .into_tuple()
                .all(database)
                .await?;
            entries.extend(
                rows.into_iter()
                    .map(|(id, target, digest)| (id, Entry { target, digest })),
            );
        }
        Ok(entries)
    }

    /// Remembers things of one kind: (id there, what it became).
    pub async fn remember(
        &self,
        transaction: &impl ConnectionTrait,
        kind: &str,
        entries: Vec<(String, Entry)>,
    ) -> Result<(), DbErr> {
        let now = entity::now();
        let rows = entries.into_iter().map(|(id, entry)| ActiveModel {
            publication_id: ActiveValue::Set(self.publication),
            source: ActiveValue::Set(self.source.clone()),
            kind: ActiveValue::Set(kind.to_owned()),
            external_id: ActiveValue::Set(id),
            target_id: ActiveValue::Set(entry.target),
            digest: ActiveValue::Set(entry.digest),
            imported_at: ActiveValue::Set(now),
        });
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let key = [Column::PublicationId, Column::Source, Column::Kind, Column::ExternalId];
            let newest = OnConflict::columns(key)
                .update_columns([Column::TargetId, Column::Digest, Column::ImportedAt])
                .to_owned();
            Entity::insert_many(rows.by_ref().take(CHUNK))
                .on_conflict(newest)
                .exec_without_returning(transaction)
                .await?;
        }
        Ok(())
    }
}

/// The digest of a record: equal when nothing of it has changed. SHA-256 in hex.
pub fn digest(record: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(record).unwrap_or_default();
    Sha256::digest(&bytes)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            use std::fmt::Write;
            let _ = write!(text, "{byte:02x}");
            text
        })
}
