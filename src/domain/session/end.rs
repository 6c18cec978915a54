use entity::{OauthClientId, SessionId, UserId, refresh_token, session};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::Refusal;
use crate::domain::revocation;
use crate::store::read::Reads;
use crate::store::row::fetch_cell;
use crate::token::{AccessClaims, Secret};

/// Ends a session: its refresh tokens at once, its access tokens within a second everywhere.
pub(in crate::domain) async fn revoke(transaction: &impl ConnectionTrait, id: SessionId) -> Result<(), DbErr> {
    end_where(transaction, Expr::col(session::Column::Id).eq(id))
        .await
        .map(drop)
}

/// Ends the sessions that a condition names and that have not ended; which they were.
async fn end_where(transaction: &impl ConnectionTrait, condition: Expr) -> Result<Vec<Uuid>, DbErr> {
    let select = Query::select()
        .column(session::Column::Id)
        .from(session::Entity)
        .and_where(condition)
        .and_where(session::Column::EndedAt.is_null())
        .take();
    let rows = transaction.rows(&select).await?;
    let ids = rows
        .each()
        .map(|cells| cells.get(0))
        .collect::<Result<Vec<Uuid>, _>>()?;
    if ids.is_empty() {
        return Ok(ids);
    }
    let end = Query::update()
        .table(session::Entity)
        .value(session::Column::EndedAt, entity::now())
        .and_where(session::Column::Id.is_in(ids.iter().copied()))
        .take();
    transaction.execute(&end).await?;
    revocation::revoke(transaction, ids.clone()).await?;
    Ok(ids)
}

/// Ends one of a user's sessions; whether there was such a one.
///
/// # Errors
/// When the database fails.
pub async fn end(accounts: &Accounts, viewer: Viewer, user: UserId, id: SessionId) -> Result<bool, Refusal> {
    let transaction = accounts.store.write().await?;
    let condition = Expr::col(session::Column::Id)
        .eq(id)
        .and(Expr::col(session::Column::UserId).eq(user));
    let ended = end_where(&transaction, condition).await?;
    if ended.is_empty() {
        return Ok(false);
    }
    let event = Event::new(EventKind::SessionEnded)
        .user(user)
        .detail("session", id.to_string());
    audit::record(&transaction, viewer, event).await?;
    transaction.commit().await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(true)
}

/// Ends all sessions of a user but one, inside a transaction; how many.
///
/// # Errors
/// When the database fails.
pub async fn end_all(
    transaction: &impl ConnectionTrait,
    user: UserId,
    except: Option<SessionId>,
) -> Result<usize, DbErr> {
    let mut condition = Expr::col(session::Column::UserId).eq(user);
    if let Some(except) = except {
        condition = condition.and(Expr::col(session::Column::Id).ne(except));
    }
    Ok(end_where(transaction, condition).await?.len())
}

/// Ends the sessions that an application has, of one user or of all; how many.
///
/// # Errors
/// When the database fails.
pub async fn end_of_client(
    transaction: &impl ConnectionTrait,
    client: OauthClientId,
    user: Option<UserId>,
) -> Result<usize, DbErr> {
    let mut condition = Expr::col(session::Column::ClientId).eq(client);
    if let Some(user) = user {
        condition = condition.and(Expr::col(session::Column::UserId).eq(user));
    }
    Ok(end_where(transaction, condition).await?.len())
}

/// Ends the session that an access token belongs to; of an application on its own behalf, the token alone.
///
/// # Errors
/// When the database fails.
pub async fn end_of_token(accounts: &Accounts, claims: &AccessClaims) -> Result<(), Refusal> {
    let transaction = accounts.store.write().await?;
    match claims.sid {
        Some(session) => revoke(&transaction, session).await?,
        None => revocation::revoke(&transaction, vec![claims.jti]).await?,
    }
    transaction.commit().await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(())
}

/// Ends the session that a refresh token belongs to, if it belongs to this application (RFC 7009 §2.1); whose it was.
///
/// # Errors
/// When the database fails.
pub async fn ended_by_secret(
    accounts: &Accounts,
    secret: &Secret,
    client: Option<OauthClientId>,
) -> Result<Option<SessionId>, Refusal> {
    let transaction = accounts.store.write().await?;
    let of_client = match client {
        Some(client) => session::Column::ClientId.eq(client),
        None => session::Column::ClientId.is_null(),
    };
    let select = Query::select()
        .column((session::Entity, session::Column::Id))
        .from(session::Entity)
        .inner_join(
            refresh_token::Entity,
            session::Column::Id
                .into_expr()
                .eq(refresh_token::Column::SessionId.into_expr()),
        )
        .and_where(refresh_token::Column::Digest.eq(secret.digest()))
        .and_where(of_client)
        .take();
    let Some(id) = fetch_cell::<SessionId>(&transaction, &select).await? else {
        return Ok(None);
    };
    revoke(&transaction, id).await?;
    transaction.commit().await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(Some(id))
}
