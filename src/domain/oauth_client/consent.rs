use entity::consent::{ActiveModel, Column, Entity};
use entity::{OauthClientId, Timestamp, UserId, authorization_code, oauth_client};
use sea_orm::sea_query::{ExprTrait, OnConflict, Order, Query};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::policy;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Denied, Refusal};
use crate::domain::scope::Scopes;
use crate::domain::{Viewer, account, session};
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_cell, row};

row! {
    /// What an account let an application do.
    pub struct ConsentRow of consent {
        /// The application.
        pub client_id: OauthClientId = ClientId,
        /// What it may do.
        pub scope: String = Scope,
        /// When it was last given.
        pub created_at: Timestamp = CreatedAt,
    }
}

row! {
    /// The application.
    struct NameRow of oauth_client {
        /// What people know it by.
        pub name: String = Name,
    }
}

/// What a user let an application do.
///
/// # Errors
/// When the database fails.
pub async fn consented(database: &impl Reads, user: UserId, client: OauthClientId) -> Result<Scopes, DbErr> {
    let statement = Query::select()
        .column(Column::Scope)
        .from(Entity)
        .and_where(Column::UserId.eq(user))
        .and_where(Column::ClientId.eq(client))
        .take();
    let scope: Option<String> = fetch_cell(database, &statement).await?;
    Ok(scope.map(|scope| Scopes::stored(&scope)).unwrap_or_default())
}

/// The applications that a user let in, with their names, the latest first; at most 100.
///
/// # Errors
/// When the database fails.
pub async fn consents(database: &impl Reads, user: UserId) -> Result<Vec<(ConsentRow, String)>, DbErr> {
    let mut statement = Query::select();
    <(ConsentRow, NameRow)>::select(&mut statement);
    statement
        .from(Entity)
        .inner_join(
            oauth_client::Entity,
            oauth_client::Column::Id.into_expr().eq(Column::ClientId.into_expr()),
        )
        .and_where(Column::UserId.eq(user))
        .order_by((Entity, Column::CreatedAt), Order::Desc)
        .limit(100);
    let rows: Vec<(ConsentRow, NameRow)> = fetch(database, &statement).await?;
    Ok(rows
        .into_iter()
        .map(|(consent, client)| (consent, client.name))
        .collect())
}

/// Lets an application do more.
///
/// # Errors
/// When the database fails.
pub async fn give(
    transaction: &impl ConnectionTrait,
    user: UserId,
    client: OauthClientId,
    scopes: Scopes,
) -> Result<(), DbErr> {
    let all = consented(transaction, user, client).await?.and(scopes);
    let row = ActiveModel {
        user_id: ActiveValue::Set(user),
        client_id: ActiveValue::Set(client),
        scope: ActiveValue::Set(all.to_string()),
        created_at: ActiveValue::Set(entity::now()),
    };
    let replace = OnConflict::columns([Column::UserId, Column::ClientId])
        .update_columns([Column::Scope, Column::CreatedAt])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await?;
    let event = Event::new(EventKind::ConsentGiven)
        .user(user)
        .detail("client", session::client_name(client))
        .detail("scope", scopes.to_string());
    audit::record(transaction, Viewer::Anonymous, event).await
}

/// Takes back what the viewer let an application do, with codes that it has not exchanged yet, and ends its sessions with
/// them.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn withdraw(accounts: &Accounts, viewer: Viewer, client: OauthClientId) -> Result<(), Refusal> {
    let transaction = accounts.store.write().await?;
    policy::may_withdraw(account::standing(&transaction, viewer).await?.own(true))?;
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    let delete = Entity::delete_many()
        .filter(Column::UserId.eq(actor.user))
        .filter(Column::ClientId.eq(client));
    let deleted = delete.exec(&transaction).await?.rows_affected;
    let codes = authorization_code::Entity::delete_many()
        .filter(authorization_code::Column::UserId.eq(actor.user))
        .filter(authorization_code::Column::ClientId.eq(client));
    codes.exec(&transaction).await?;
    let ended = session::end_of_client(&transaction, client, Some(actor.user)).await?;
    if deleted == 0 && ended == 0 {
        return Err(Refusal::NotFound("application"));
    }
    let event = Event::new(EventKind::ConsentWithdrawn)
        .user(actor.user)
        .detail("client", session::client_name(client));
    audit::record(&transaction, viewer, event).await?;
    transaction.commit().await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(())
}
