//! What every act on a publication's order begins with: tags, categories, series, menus.

use entity::PublicationId;
use entity::publication::{Column, Entity};
use sea_orm::sea_query::{LockType, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr};

use crate::domain::accounts::Accounts;
use crate::domain::policy::{Standing, Verdict};
use crate::domain::refusal::{Denied, Refusal};
use crate::domain::viewer::Viewer;
use crate::domain::{account, member, publication};
use crate::store::Transaction;
use crate::store::read::Reads;
use crate::store::row::fetch_cell;

/// Waits until nobody else is changing the order of a publication: its tree, its slugs, which post hangs on what and the
/// counts of that. Whoever does takes this lock before any other, so that none waits for another in a circle. A SQLite
/// transaction that writes is alone already.
///
/// # Errors
/// When the database fails.
pub async fn lock(transaction: &impl ConnectionTrait, publication: PublicationId) -> Result<(), DbErr> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    // Rows that refer to the publication can still be written: nothing of its key changes.
    let statement = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::Id.eq(publication))
        .lock(LockType::NoKeyUpdate)
        .take();
    fetch_cell::<PublicationId>(transaction, &statement).await.map(drop)
}

/// A transaction in which the viewer, whom `policy` lets, is alone in changing the order of a publication.
///
/// # Errors
/// A viewer who may not.
pub async fn begin(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    policy: fn(Standing) -> Verdict,
) -> Result<Transaction, Refusal> {
    let transaction = accounts.store.write().await?;
    lock(&transaction, publication).await?;
    match policy(member::standing(&transaction, viewer, publication).await?) {
        Ok(()) => Ok(transaction),
        Err(Denied::Role(_)) if !exists(&transaction, publication).await? => Err(Refusal::NotFound("publication")),
        Err(denied) => Err(denied.into()),
    }
}

async fn exists(transaction: &impl ConnectionTrait, publication: PublicationId) -> Result<bool, DbErr> {
    Ok(publication::by_ids(transaction, &[publication])
        .await?
        .contains_key(&publication))
}

/// A row that has a part in the order of its publication.
pub trait InOrder: Sized {
    /// Its id.
    type Id: Copy;
    /// What it is called where there is none.
    const THING: &'static str;

    /// Whose it is.
    fn publication(&self) -> PublicationId;

    /// The row with this id.
    fn find(database: &impl Reads, id: Self::Id) -> impl Future<Output = Result<Option<Self>, DbErr>> + Send;
}

/// As [`begin`], for the publication of a row; and the row, as it is now that nobody else changes it.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn open<R: InOrder>(
    accounts: &Accounts,
    viewer: Viewer,
    id: R::Id,
    policy: fn(Standing) -> Verdict,
) -> Result<(Transaction, R), Refusal> {
    let Some(row) = R::find(accounts.store.read(), id).await? else {
        return Err(missing(accounts, viewer, policy, R::THING).await?);
    };
    let transaction = begin(accounts, viewer, row.publication(), policy).await?;
    match R::find(&transaction, id).await? {
        Some(row) => Ok((transaction, row)),
        None => Err(Refusal::NotFound(R::THING)),
    }
}

/// Says that there is no such thing to those who may do such a thing somewhere, and to others that they may not.
async fn missing(
    accounts: &Accounts,
    viewer: Viewer,
    policy: fn(Standing) -> Verdict,
    thing: &'static str,
) -> Result<Refusal, DbErr> {
    let who = account::standing(accounts.store.read(), viewer).await?;
    Ok(match policy(who) {
        Err(denied @ (Denied::Unauthenticated | Denied::Scope(_) | Denied::NeedsSession)) => denied.into(),
        Ok(()) | Err(Denied::Role(_)) => Refusal::NotFound(thing),
    })
}
