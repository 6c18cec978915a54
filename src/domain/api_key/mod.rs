//! API keys, for builds and servers: `qn_`, the key's id and its secret. A key acts for the account that made it, with
//! the rights that the account has at that moment, within the key's scopes.

mod check;
pub mod policy;

pub use check::{KnownKeys, PREFIX, check};

use std::collections::HashMap;

use entity::api_key::{ActiveModel, Column, Entity};
use entity::{ApiKeyId, Timestamp, UserId};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::domain::Viewer;
use crate::domain::account;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::domain::refusal::{Denied, Problem, ProblemCode, Problems, Refusal};
use crate::domain::revocation;
use crate::domain::scope::Scopes;
use crate::domain::text::line;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_count, fetch_one, row};
use crate::store::sql::count_all;
use crate::token::Secret;

/// How many keys an account may have.
const MOST_KEYS: i64 = 50;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

row! {
    /// A key, without its secret.
    pub struct ApiKeyRow of api_key {
        /// The id.
        pub id: ApiKeyId = Id,
        /// For whom it acts.
        pub user_id: UserId = UserId,
        /// What its owner knows it by.
        pub name: String = Name,
        /// What it may do.
        pub scope: String = Scope,
        /// When it was made.
        pub created_at: Timestamp = CreatedAt,
        /// Until when it works.
        pub expires_at: Option<Timestamp> = ExpiresAt,
        /// When it was last used, to the minute.
        pub last_used_at: Option<Timestamp> = LastUsedAt,
    }
}

impl ApiKeyRow {
    /// Its place in the list, which is ordered by the time of making.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Time(self.created_at),
            id: self.id.0,
        }
    }
}

fn keys(user: UserId) -> SelectStatement {
    Query::select().from(Entity).and_where(Column::UserId.eq(user)).take()
}

/// A page of a user's keys, the newest first.
pub async fn list_of(database: &impl Reads, user: UserId, request: &PageRequest) -> Result<Page<ApiKeyRow>, DbErr> {
    let mut statement = keys(user);
    ApiKeyRow::select(&mut statement);
    request.apply(
        &mut statement,
        &Column::CreatedAt.into_expr(),
        &Column::Id.into_expr(),
        true,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// Of the keys with these ids, the viewer's own.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[ApiKeyId],
) -> Result<HashMap<ApiKeyId, ApiKeyRow>, DbErr> {
    let who = account::standing(database, viewer).await?.own(true);
    let Some(actor) = viewer.actor().filter(|_| policy::may_manage(who).is_ok()) else {
        return Ok(HashMap::new());
    };
    let mut statement = keys(actor.user);
    ApiKeyRow::select(&mut statement);
    statement.and_where(any_of(database, Column::Id.into_expr(), ids));
    let rows = fetch::<ApiKeyRow>(database, &statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// How many keys a user has.
pub async fn count_of(database: &impl Reads, user: UserId) -> Result<i64, DbErr> {
    fetch_count(database, &keys(user).expr(count_all()).take()).await
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// What its owner knows it by.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Until when it works; none: until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// Makes a key for the viewer. The secret is told now and never again.
///
/// # Errors
/// Problems with the input; too many keys; a viewer who may not.
pub async fn create(accounts: &Accounts, viewer: Viewer, new: NewApiKey) -> Result<(ApiKeyRow, Secret), Refusal> {
    let transaction = accounts.store.write().await?;
    policy::may_manage(account::standing(&transaction, viewer).await?.own(true))?;
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    let mut problems = Problems::default();
    let name = problems.check(line("name", &new.name, LONGEST_NAME));
    if new.scopes.is_empty() || !Scopes::of_keys().covers(new.scopes) {
        let message = "Choose at least one scope; an API key cannot have those that concern the account or sign-in.";
        problems.add(Problem::new(ProblemCode::Invalid, "scopes", message));
    }
    let now = entity::now();
    if new.expires_at.is_some_and(|expires_at| expires_at <= now) {
        problems.add(Problem::new(
            ProblemCode::Invalid,
            "expiresAt",
            "Give a time to come, or none.",
        ));
    }
    if count_of(&transaction, actor.user).await? >= MOST_KEYS {
        let message = format!("An account has at most {MOST_KEYS} keys: revoke one first.");
        problems.add(Problem::whole(ProblemCode::NotAllowed, message));
    }
    problems.finish()?;
    let (id, secret) = (ApiKeyId::new(), Secret::new());
    let row = ActiveModel {
        id: ActiveValue::Set(id),
        user_id: ActiveValue::Set(actor.user),
        name: ActiveValue::Set(name.unwrap_or_default()),
        digest: ActiveValue::Set(secret.digest()),
        scope: ActiveValue::Set(new.scopes.to_string()),
        created_at: ActiveValue::Set(now),
        expires_at: ActiveValue::Set(new.expires_at.map(entity::to_stored)),
        last_used_at: ActiveValue::Set(None),
    };
    row.insert(&transaction).await?;
    let event = Event::new(EventKind::ApiKeyCreated)
        .user(actor.user)
        .detail("key", id.to_string())
        .detail("scope", new.scopes.to_string());
    audit::record(&transaction, viewer, event).await?;
    let row = find(&transaction, actor.user, id).await?;
    transaction.commit().await?;
    let key = Secret::given(format!("{PREFIX}{}_{}", id.0.simple(), secret.expose()));
    Ok((row.ok_or(Refusal::NotFound("API key"))?, key))
}

async fn find(database: &impl Reads, user: UserId, id: ApiKeyId) -> Result<Option<ApiKeyRow>, DbErr> {
    let mut statement = keys(user);
    ApiKeyRow::select(&mut statement);
    statement.and_where(Column::Id.eq(id));
    fetch_one(database, &statement).await
}

/// Revokes one of the viewer's keys: it works no longer within a second, everywhere.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn revoke(accounts: &Accounts, viewer: Viewer, id: ApiKeyId) -> Result<ApiKeyRow, Refusal> {
    let transaction = accounts.store.write().await?;
    policy::may_manage(account::standing(&transaction, viewer).await?.own(true))?;
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    let row = find(&transaction, actor.user, id)
        .await?
        .ok_or(Refusal::NotFound("API key"))?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    revocation::revoke(&transaction, vec![id.0]).await?;
    let event = Event::new(EventKind::ApiKeyRevoked)
        .user(actor.user)
        .detail("key", id.to_string());
    audit::record(&transaction, viewer, event).await?;
    transaction.commit().await?;
    accounts.known_keys.forget();
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(row)
}

/// Revokes every key of a user, inside a transaction.
pub(in crate::domain) async fn revoke_all(transaction: &impl ConnectionTrait, user: UserId) -> Result<(), DbErr> {
    let rows = transaction.rows(&keys(user).column(Column::Id).take()).await?;
    let ids = rows.each().map(|cells| cells.get(0)).collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(());
    }
    let delete = Entity::delete_many().filter(Column::UserId.eq(user));
    delete.exec(transaction).await?;
    revocation::revoke(transaction, ids).await
}
