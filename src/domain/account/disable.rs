use entity::UserId;
use entity::user::{Column, Entity};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait};

use super::{AccountRow, by_id, policy, standing};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::{revocation, session};

/// Keeps an account from signing in, and ends what it has: sessions and access tokens within a second, keys at once.
///
/// # Errors
/// Not found; a problem for one's own account; a viewer who may not.
pub async fn disable(accounts: &Accounts, viewer: Viewer, user: UserId) -> Result<AccountRow, Refusal> {
    let transaction = accounts.store.write().await?;
    let row = disable_in(&transaction, viewer, user).await?;
    transaction.commit().await?;
    accounts.known_keys.forget();
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(row)
}

/// As [`disable`], inside a transaction.
async fn disable_in(transaction: &impl ConnectionTrait, viewer: Viewer, user: UserId) -> Result<AccountRow, Refusal> {
    policy::may_disable(standing(transaction, viewer).await?)?;
    if viewer.actor().is_some_and(|actor| actor.user == user) {
        let message = "You cannot disable your own account.";
        return Err(Problem::new(ProblemCode::NotAllowed, "userId", message).into());
    }
    by_id(transaction, user).await?.ok_or(Refusal::NotFound("account"))?;
    set(transaction, user, Some(entity::now())).await?;
    session::end_all(transaction, user, None).await?;
    revocation::revoke(transaction, vec![user.0]).await?;
    audit::record(transaction, viewer, Event::new(EventKind::AccountDisabled).user(user)).await?;
    by_id(transaction, user).await?.ok_or(Refusal::NotFound("account"))
}

/// Lets an account sign in again.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn enable(accounts: &Accounts, viewer: Viewer, user: UserId) -> Result<AccountRow, Refusal> {
    let transaction = accounts.store.write().await?;
    policy::may_disable(standing(&transaction, viewer).await?)?;
    by_id(&transaction, user).await?.ok_or(Refusal::NotFound("account"))?;
    set(&transaction, user, None).await?;
    audit::record(&transaction, viewer, Event::new(EventKind::AccountEnabled).user(user)).await?;
    let row = by_id(&transaction, user).await?.ok_or(Refusal::NotFound("account"))?;
    transaction.commit().await?;
    Ok(row)
}

async fn set(
    transaction: &impl ConnectionTrait,
    user: UserId,
    disabled_at: Option<entity::Timestamp>,
) -> Result<(), Refusal> {
    let statement = Query::update()
        .table(Entity)
        .value(Column::DisabledAt, disabled_at)
        .value(Column::UpdatedAt, entity::now())
        .and_where(Column::Id.eq(user))
        .take();
    transaction.execute(&statement).await?;
    Ok(())
}

/// Makes an account an administrator of the installation, or takes that back. For the operator alone.
///
/// # Errors
/// When the database fails.
pub async fn make_administrator(
    transaction: &impl ConnectionTrait,
    user: UserId,
    is_administrator: bool,
) -> Result<(), Refusal> {
    let statement = Query::update()
        .table(Entity)
        .value(Column::IsAdministrator, is_administrator)
        .value(Column::UpdatedAt, entity::now())
        .and_where(Column::Id.eq(user))
        .take();
    transaction.execute(&statement).await?;
    let event = Event::new(EventKind::AdministratorMade)
        .user(user)
        .detail("is", is_administrator);
    Ok(audit::record(transaction, Viewer::Operator, event).await?)
}
