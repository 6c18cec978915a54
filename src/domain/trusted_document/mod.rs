//! Trusted documents: texts of GraphQL that clients may name instead of sending them, known before anybody asks, by a manifest
//! that is read at the start or by being registered. docs/documents.md is for those who use them.

mod change;
mod index;
mod known;
mod manifest;
mod name;
pub mod policy;

pub use change::{check_count, register, remove};
pub use index::{Index, TrustedDocument};
pub use known::{Registered, RegisteredDocuments};
pub use manifest::{Fault, read};
pub use name::{Digest, DocumentName, digest, read_hexadecimal};

use std::collections::HashMap;

use entity::trusted_document::{Column, Entity};
use entity::{Timestamp, TrustedDocumentId};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};

use crate::domain::account;
use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::domain::viewer::Viewer;
use crate::store::changes::Topic;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_count, row};
use crate::store::sql::count_all;

/// How many bytes one may have.
pub const LONGEST: usize = 64 * 1024;
/// How many there may be, in a manifest and registered.
pub const MOST: usize = 5_000;
/// How many bytes they may have together.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
/// How many are registered at once.
const MOST_AT_ONCE: usize = 100;

/// What a change of them changes.
pub fn topic() -> Topic {
    Topic::any(Entity)
}

/// A document and what clients name it by, of which it is not known yet whether the schema has what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// What clients name it by.
    pub name: DocumentName,
    /// The text.
    pub text: String,
}

impl NewDocument {
    /// A document of a size that is taken, by a name that may stand for it.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub fn new(name: &str, text: String) -> Result<Self, String> {
        let name = DocumentName::parse(name)?;
        if text.len() > LONGEST {
            return Err(format!("it has {} bytes; at most {LONGEST} are allowed", text.len()));
        }
        if let DocumentName::Digest(named) = name
            && named != digest(&text)
        {
            return Err("its text has another SHA-256 than its id says".to_owned());
        }
        Ok(Self { name, text })
    }
}

row! {
    /// A document that was registered.
    pub struct DocumentRow of trusted_document {
        /// The id.
        pub id: TrustedDocumentId = Id,
        /// What clients name it by.
        pub name: String = Name,
        /// The SHA-256 of the text, in hexadecimal.
        pub digest: String = Digest,
        /// The text; none: it was removed.
        pub text: Option<String> = Text,
        /// When it was registered.
        pub created_at: Timestamp = CreatedAt,
    }
}

impl DocumentRow {
    /// Its place in the list, which is ordered by name.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Text(self.name.clone()),
            id: self.id.0,
        }
    }
}

/// Those that are there.
fn documents() -> SelectStatement {
    let mut statement = Query::select();
    DocumentRow::select(&mut statement);
    statement.from(Entity).and_where(Column::Text.is_not_null());
    statement
}

/// A page of those that are registered, by name.
pub async fn list(database: &impl Reads, request: &PageRequest) -> Result<Page<DocumentRow>, DbErr> {
    let mut statement = documents();
    request.apply(
        &mut statement,
        &Column::Name.into_expr(),
        &Column::Id.into_expr(),
        false,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// How many are registered.
pub async fn count(database: &impl Reads) -> Result<i64, DbErr> {
    let statement = Query::select()
        .expr(count_all())
        .from(Entity)
        .and_where(Column::Text.is_not_null())
        .take();
    fetch_count(database, &statement).await
}

/// Those with these ids, for those who look after them.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[TrustedDocumentId],
) -> Result<HashMap<TrustedDocumentId, DocumentRow>, DbErr> {
    if policy::may_manage(account::standing(database, viewer).await?).is_err() {
        return Ok(HashMap::new());
    }
    let statement = documents()
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    let rows = fetch::<DocumentRow>(database, &statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
