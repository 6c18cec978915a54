use entity::user::{Column, Entity};
use entity::{Timestamp, UserId, authorization_code, one_time_link, preview_token};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::{AccountRow, by_id, policy, standing};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::{api_key, revocation, session};

/// Keeps an account from signing in, and ends its sessions, access tokens and API keys for good, everywhere within a second.
///
/// # Errors
/// Not found; a problem for one's own account; a viewer who may not.
pub async fn disable(accounts: &Accounts, viewer: Viewer, user: UserId) -> Result<AccountRow, Refusal> {
    let transaction = accounts.store.write().await?;
    let row = disable_in(&transaction, viewer, user).await?;
    transaction.commit().await?;
    forget(accounts).await?;
    Ok(row)
}

/// As [`disable`], inside a transaction.
async fn disable_in(transaction: &impl ConnectionTrait, viewer: Viewer, user: UserId) -> Result<AccountRow, Refusal> {
    policy::may_disable(standing(transaction, viewer).await?)?;
    if viewer.actor().is_some_and(|actor| actor.user == user) {
        let message = "You cannot disable your own account.";
        return Err(Problem::new(ProblemCode::NotAllowed, "userId", message).into());
    }
    let account = by_id(transaction, user).await?.ok_or(Refusal::NotFound("account"))?;
    let now = entity::now();
    set(transaction, user, Some(account.disabled_at.unwrap_or(now))).await?;
    end_access(transaction, user, now).await?;
    revocation::revoke(transaction, vec![user.0]).await?;
    audit::record(transaction, viewer, Event::new(EventKind::AccountDisabled).user(user)).await?;
    by_id(transaction, user).await?.ok_or(Refusal::NotFound("account"))
}

/// Lets an account sign in again. Nothing that it had before comes back.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn enable(accounts: &Accounts, viewer: Viewer, user: UserId) -> Result<AccountRow, Refusal> {
    let transaction = accounts.store.write().await?;
    policy::may_disable(standing(&transaction, viewer).await?)?;
    let account = by_id(&transaction, user).await?.ok_or(Refusal::NotFound("account"))?;
    if let Some(disabled_at) = account.disabled_at {
        // A sign-in or a new key may have been committed just after the account was disabled.
        end_access(&transaction, user, disabled_at).await?;
    }
    set(&transaction, user, None).await?;
    audit::record(&transaction, viewer, Event::new(EventKind::AccountEnabled).user(user)).await?;
    let row = by_id(&transaction, user).await?.ok_or(Refusal::NotFound("account"))?;
    transaction.commit().await?;
    forget(accounts).await?;
    Ok(row)
}

/// Ends what an account signs in with, and what it gave to others: sessions, API keys, authorization codes, links that were
/// sent to it, tokens of trusted issuers from before, and its preview tokens.
async fn end_access(transaction: &impl ConnectionTrait, user: UserId, before: Timestamp) -> Result<(), DbErr> {
    let refuse = Query::update()
        .table(Entity)
        .value(Column::AccessEndedAt, before)
        .and_where(Column::Id.eq(user))
        .take();
    transaction.execute(&refuse).await?;
    session::end_all(transaction, user, None).await?;
    api_key::revoke_all(transaction, user).await?;
    let codes = authorization_code::Entity::delete_many().filter(authorization_code::Column::UserId.eq(user));
    codes.exec(transaction).await?;
    let links = one_time_link::Entity::delete_many().filter(one_time_link::Column::UserId.eq(user));
    links.exec(transaction).await?;
    let previews = preview_token::Entity::delete_many().filter(preview_token::Column::CreatorId.eq(user));
    previews.exec(transaction).await?;
    Ok(())
}

/// Has this process look at once, and not within a second, what has ended.
async fn forget(accounts: &Accounts) -> Result<(), DbErr> {
    accounts.known_keys.forget();
    accounts.revocations.refresh(&accounts.store).await
}

async fn set(transaction: &impl ConnectionTrait, user: UserId, disabled_at: Option<Timestamp>) -> Result<(), Refusal> {
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
