use std::collections::{HashMap, HashSet};

use entity::TrustedDocumentId;
use entity::trusted_document::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, DbErr};

use super::name::{DocumentName, digest, hexadecimal};
use super::{DocumentRow, MOST, MOST_AT_ONCE, MOST_BYTES, NewDocument, policy, topic};
use crate::domain::account;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::viewer::Viewer;
use crate::store::row::{Row, fetch, fetch_cell};
use crate::store::{Transaction, dialect};

/// Sees that so many documents can be registered at once.
///
/// # Errors
/// When there are none, or too many.
pub fn check_count(count: usize) -> Result<(), Problem> {
    if (1..=MOST_AT_ONCE).contains(&count) {
        return Ok(());
    }
    let (code, given) = match count {
        0 => (ProblemCode::Required, "no documents".to_owned()),
        count => (ProblemCode::TooLong, format!("{count} documents")),
    };
    let message = format!("These are {given}; register 1 to {MOST_AT_ONCE} at once.");
    Err(Problem::new(code, "documents", message))
}

/// Registers documents. One that is there already stays as it is; a name that stood for another text, even if that was
/// removed, is refused: whoever kept an answer by it would have the wrong one.
///
/// # Errors
/// Problems with the input; a viewer who may not.
pub async fn register(
    transaction: &Transaction,
    viewer: Viewer,
    new: Vec<NewDocument>,
) -> Result<Vec<DocumentRow>, Refusal> {
    policy::may_manage(account::standing(transaction, viewer).await?)?;
    check_count(new.len())?;
    // Two who register at once must see each other's.
    dialect::take_turns(transaction).await?;
    let names: Vec<String> = new.iter().map(|document| document.name.to_string()).collect();
    let mut known = named(transaction, &names).await?;
    let mut problems = Problems::default();
    let mut noted = HashSet::new();
    for (place, (document, name)) in new.iter().zip(&names).enumerate() {
        let text_digest = hexadecimal(&digest(&document.text));
        let row = match known.get(name) {
            Some(row) if row.digest != text_digest => {
                let message = format!("The id \"{name}\" stands for another text, and does so for ever.");
                let problem = Problem::new(ProblemCode::Taken, "documents", message);
                problems.add(problem.within("documentId").within(place.to_string()));
                continue;
            }
            Some(row) if row.text.is_some() => continue,
            Some(row) => again(transaction, viewer, row, document).await?,
            None => add(transaction, viewer, name, text_digest, document).await?,
        };
        known.insert(name.clone(), row);
        noted.insert(name.clone());
    }
    problems.finish()?;
    if !noted.is_empty() {
        check_room(transaction).await?;
        let mut noted: Vec<_> = noted.into_iter().collect();
        noted.sort();
        let event = Event::new(EventKind::DocumentsTrusted).detail("documents", noted);
        audit::record(transaction, viewer, event).await?;
        transaction.changed([topic()]);
    }
    let mut seen = HashSet::new();
    let rows = names.iter().filter(|name| seen.insert(*name));
    Ok(rows.filter_map(|name| known.get(name).cloned()).collect())
}

/// Removes a document: nobody may name it any more. The name stays taken.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn remove(transaction: &Transaction, viewer: Viewer, name: &str) -> Result<DocumentRow, Refusal> {
    policy::may_manage(account::standing(transaction, viewer).await?)?;
    let name = DocumentName::parse(name).map_or_else(|_| String::new(), |name| name.to_string());
    let found = named(transaction, std::slice::from_ref(&name)).await?.remove(&name);
    let row = found.filter(|row| row.text.is_some());
    let row = row.ok_or(Refusal::NotFound("trusted document"))?;
    let emptied = ActiveModel {
        id: ActiveValue::Unchanged(row.id),
        text: ActiveValue::Set(None),
        byte_size: ActiveValue::Set(0),
        ..Default::default()
    };
    emptied.update(transaction).await?;
    let event = Event::new(EventKind::DocumentRemoved).detail("document", name);
    audit::record(transaction, viewer, event).await?;
    transaction.changed([topic()]);
    Ok(row)
}

/// Those that have or had these names.
async fn named(transaction: &Transaction, names: &[String]) -> Result<HashMap<String, DocumentRow>, DbErr> {
    let mut statement = Query::select();
    DocumentRow::select(&mut statement);
    statement
        .from(Entity)
        .and_where(Column::Name.is_in(names.iter().map(String::as_str)));
    let rows = fetch::<DocumentRow>(transaction, &statement).await?;
    Ok(rows.into_iter().map(|row| (row.name.clone(), row)).collect())
}

async fn add(
    transaction: &Transaction,
    viewer: Viewer,
    name: &str,
    digest: String,
    document: &NewDocument,
) -> Result<DocumentRow, DbErr> {
    let row = DocumentRow {
        id: TrustedDocumentId::new(),
        name: name.to_owned(),
        digest,
        text: Some(document.text.clone()),
        created_at: entity::now(),
    };
    let inserted = ActiveModel {
        id: ActiveValue::Set(row.id),
        name: ActiveValue::Set(row.name.clone()),
        digest: ActiveValue::Set(row.digest.clone()),
        text: ActiveValue::Set(row.text.clone()),
        byte_size: ActiveValue::Set(size(document)),
        created_by_id: ActiveValue::Set(viewer.actor().map(|actor| actor.user)),
        created_at: ActiveValue::Set(row.created_at),
    };
    inserted.insert(transaction).await?;
    Ok(row)
}

/// Registers a document again that was removed.
async fn again(
    transaction: &Transaction,
    viewer: Viewer,
    removed: &DocumentRow,
    document: &NewDocument,
) -> Result<DocumentRow, DbErr> {
    let row = DocumentRow {
        text: Some(document.text.clone()),
        created_at: entity::now(),
        ..removed.clone()
    };
    let refilled = ActiveModel {
        id: ActiveValue::Unchanged(row.id),
        text: ActiveValue::Set(row.text.clone()),
        byte_size: ActiveValue::Set(size(document)),
        created_by_id: ActiveValue::Set(viewer.actor().map(|actor| actor.user)),
        created_at: ActiveValue::Set(row.created_at),
        ..Default::default()
    };
    refilled.update(transaction).await?;
    Ok(row)
}

/// The size was checked: it fits.
fn size(document: &NewDocument) -> i32 {
    i32::try_from(document.text.len()).unwrap_or(i32::MAX)
}

/// Sees that what is registered now is not too much.
async fn check_room(transaction: &Transaction) -> Result<(), Refusal> {
    let bytes = Query::select()
        .expr(Expr::expr(Column::ByteSize.into_expr().sum()).cast_as("bigint"))
        .from(Entity)
        .take();
    let bytes: Option<i64> = fetch_cell::<Option<i64>>(transaction, &bytes).await?.flatten();
    let (count, bytes) = (super::count(transaction).await?, bytes.unwrap_or_default());
    let fits = |number: i64, most: usize| usize::try_from(number).is_ok_and(|number| number <= most);
    if fits(count, MOST) && fits(bytes, MOST_BYTES) {
        return Ok(());
    }
    let message = format!(
        "There would be {count} documents of {bytes} bytes; allowed are {MOST} of {MOST_BYTES}. Remove some first."
    );
    Err(Problem::new(ProblemCode::TooLong, "documents", message).into())
}
