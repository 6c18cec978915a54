//! The memory of earlier imports: which thing there became which row here, and what it looked like then.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::store::Transaction;
use crate::store::changes::Topic;
use entity::PublicationId;
use entity::import_record::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Ids of one statement.
const CHUNK: usize = 500;

/// The longest id, in bytes, that is kept to the letter: what the index holds.
const MOST_ID: usize = 255;

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
    pub fn new(publication: PublicationId, source: &str) -> Self {
        Self {
            publication,
            source: kept(source).into_owned(),
        }
    }

    /// What is remembered of these things of one kind, by their ids in the source.
    pub async fn recall<'a>(
        &self,
        database: &impl ConnectionTrait,
        kind: &str,
        ids: &[&'a str],
    ) -> Result<HashMap<&'a str, Entry>, DbErr> {
        let mut entries = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(CHUNK) {
            let asked: HashMap<Cow<'_, str>, &'a str> = ids.iter().map(|id| (kept(id), *id)).collect();
            let rows: Vec<(String, Uuid, String)> = Entity::find()
                .select_only()
                .columns([Column::ExternalId, Column::TargetId, Column::Digest])
                .filter(Column::PublicationId.eq(self.publication))
                .filter(Column::Source.eq(&self.source))
                .filter(Column::Kind.eq(kind))
                .filter(Column::ExternalId.is_in(asked.keys().map(Cow::as_ref)))
                .into_tuple()
                .all(database)
                .await?;
            let known = rows
                .into_iter()
                .filter_map(|(id, target, digest)| Some((*asked.get(id.as_str())?, Entry { target, digest })));
            entries.extend(known);
        }
        Ok(entries)
    }

    /// Remembers things of one kind: (id there, what it became). What is remembered of a thing keeps its target, so that
    /// the primary key of the ledger rules out doubles: a second import of the same things fails, and its rows with it.
    pub async fn remember(
        &self,
        transaction: &Transaction,
        kind: &str,
        entries: Vec<(String, Entry)>,
    ) -> Result<(), DbErr> {
        if !entries.is_empty() {
            // More than is worth naming.
            transaction.changed([Topic::EVERYTHING]);
        }
        let now = entity::now();
        let rows = entries.into_iter().map(|(id, entry)| ActiveModel {
            publication_id: ActiveValue::Set(self.publication),
            source: ActiveValue::Set(self.source.clone()),
            kind: ActiveValue::Set(kind.to_owned()),
            external_id: ActiveValue::Set(kept(&id).into_owned()),
            target_id: ActiveValue::Set(entry.target),
            digest: ActiveValue::Set(entry.digest),
            imported_at: ActiveValue::Set(now),
        });
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let key = [Column::PublicationId, Column::Source, Column::Kind, Column::ExternalId];
            let of_same =
                Expr::col((Entity, Column::TargetId)).eq(Expr::col((Alias::new("excluded"), Column::TargetId)));
            let newest = OnConflict::columns(key)
                .update_columns([Column::Digest, Column::ImportedAt])
                .action_and_where(of_same)
                .to_owned();
            let rows: Vec<ActiveModel> = rows.by_ref().take(CHUNK).collect();
            let count = rows.len() as u64;
            let written = Entity::insert_many(rows)
                .on_conflict(newest)
                .exec_without_returning(transaction)
                .await?;
            if written != count {
                let text =
                    format!("another import has written things of the kind {kind} that this one was about to write");
                return Err(DbErr::Custom(text));
            }
        }
        Ok(())
    }

    /// Forgets what things of one kind became, by their ids in the source.
    pub async fn forget(&self, transaction: &Transaction, kind: &str, ids: &[&str]) -> Result<(), DbErr> {
        for ids in ids.chunks(CHUNK) {
            Entity::delete_many()
                .filter(Column::PublicationId.eq(self.publication))
                .filter(Column::Source.eq(&self.source))
                .filter(Column::Kind.eq(kind))
                .filter(Column::ExternalId.is_in(ids.iter().map(|id| kept(id).into_owned())))
                .exec(transaction)
                .await?;
        }
        Ok(())
    }
}

/// An id as it is kept: itself, or its digest where it is too long, or is no text for every database.
fn kept(id: &str) -> Cow<'_, str> {
    if id.len() <= MOST_ID && !id.contains('\0') {
        Cow::Borrowed(id)
    } else {
        Cow::Owned(format!("sha256:{:x}", Sha256::digest(id)))
    }
}

/// The digest of a record: equal when nothing of it has changed. SHA-256 in hex.
pub fn digest(record: &impl Serialize) -> String {
    let mut hash = Sha256::new();
    // Neither the hash nor our records refuse anything.
    let _ = serde_json::to_writer(&mut hash, record);
    format!("{:x}", hash.finalize())
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, Schema};

    use super::*;
    use crate::store::Store;

    #[test]
    fn ids_that_no_index_holds_are_kept_as_digests() {
        assert_eq!(kept("2014/05/hello.md"), "2014/05/hello.md");
        let (long, longer) = ("x".repeat(300), "x".repeat(301));
        assert!(kept(&long).len() < MOST_ID && kept(&long) != kept(&longer));
        assert!(!kept("a\0b").contains('\0'));
    }

    #[test]
    fn a_digest_changes_with_what_it_is_of() {
        assert_eq!(digest(&("a", 1)), digest(&("a", 1)));
        assert_ne!(digest(&("a", 1)), digest(&("a", 2)));
    }

    #[tokio::test]
    async fn what_another_import_wrote_is_not_written_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("ledger.db").display());
        let store = Store::open(&url, 1).await.expect("a database");
        let table = Schema::new(DbBackend::Sqlite).create_table_from_entity(Entity);
        store.read().execute(&table).await.expect("the table");
        let transaction = store.write().await.expect("a transaction");
        let ledger = Ledger::new(PublicationId::new(), "test");
        let (own, other) = (Uuid::now_v7(), Uuid::now_v7());
        let remember = async |target: Uuid, digest: &str| {
            let entry = Entry {
                target,
                digest: digest.to_owned(),
            };
            ledger
                .remember(&transaction, "media", vec![("1".to_owned(), entry)])
                .await
        };
        remember(own, "a").await.expect("new");
        remember(own, "b").await.expect("changed");
        let error = remember(other, "a").await.expect_err("it is another's").to_string();
        assert!(
            error.contains("another import has written things of the kind media"),
            "{error}"
        );
        ledger.forget(&transaction, "media", &["1"]).await.expect("forgotten");
        remember(other, "a").await.expect("new");
    }
}
