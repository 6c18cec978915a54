use std::collections::HashMap;

use entity::session::{Column, Entity};
use entity::{OauthClientId, SessionId, Timestamp, UserId, refresh_token, user};
use sea_orm::sea_query::{ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};

use crate::domain::account;
use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::domain::viewer::Viewer;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_count, fetch_one, row};
use crate::store::sql::count_all;
use crate::token::Secret;

row! {
    /// A session, as its owner sees it.
    pub struct SessionRow of session {
        /// The id.
        pub id: SessionId = Id,
        /// Whose it is.
        pub user_id: UserId = UserId,
        /// The application; none: a browser at Quoin itself.
        pub client_id: Option<OauthClientId> = ClientId,
        /// What it may do.
        pub scope: String = Scope,
        /// What the browser or app calls itself.
        pub user_agent: String = UserAgent,
        /// The network address that it was last used from.
        pub address: String = Address,
        /// When the person last proved who they are.
        pub authenticated_at: Timestamp = AuthenticatedAt,
        /// When it began.
        pub created_at: Timestamp = CreatedAt,
        /// When it was last used.
        pub last_used_at: Timestamp = LastUsedAt,
        /// When it ends by itself.
        pub expires_at: Timestamp = ExpiresAt,
    }
}

impl SessionRow {
    /// Its place in the list, which is ordered by last use.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Time(self.last_used_at),
            id: self.id.0,
        }
    }
}

/// The sessions of a user that last.
fn lasting(user: UserId) -> SelectStatement {
    Query::select()
        .from(Entity)
        .and_where(Column::UserId.eq(user))
        .and_where(Column::EndedAt.is_null())
        .and_where(Column::ExpiresAt.gt(entity::now()))
        .take()
}

/// A page of a user's sessions, the last used first.
pub async fn list_of(database: &impl Reads, user: UserId, request: &PageRequest) -> Result<Page<SessionRow>, DbErr> {
    let mut statement = lasting(user);
    SessionRow::select(&mut statement);
    request.apply(
        &mut statement,
        &Column::LastUsedAt.into_expr(),
        &Column::Id.into_expr(),
        true,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// Of the sessions with these ids, those of the viewer's own account that last.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[SessionId],
) -> Result<HashMap<SessionId, SessionRow>, DbErr> {
    let Some(user) = account::sees_own(database, viewer).await? else {
        return Ok(HashMap::new());
    };
    let mut statement = lasting(user);
    SessionRow::select(&mut statement);
    statement.and_where(any_of(database, Column::Id.into_expr(), ids));
    let rows = fetch::<SessionRow>(database, &statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// One of a user's sessions that lasts.
pub(super) async fn one_of(database: &impl Reads, user: UserId, id: SessionId) -> Result<Option<SessionRow>, DbErr> {
    let mut statement = lasting(user);
    SessionRow::select(&mut statement);
    statement.and_where(Column::Id.eq(id));
    fetch_one(database, &statement).await
}

/// Whether one of a user's sessions lasts, and the user is not disabled.
pub(in crate::domain) async fn lasts(database: &impl Reads, user: UserId, id: SessionId) -> Result<bool, DbErr> {
    let statement = lasting(user)
        .expr(count_all())
        .inner_join(
            user::Entity,
            user::Column::Id.into_expr().eq(Column::UserId.into_expr()),
        )
        .and_where(Column::Id.eq(id))
        .and_where(user::Column::DisabledAt.is_null())
        .take();
    Ok(fetch_count(database, &statement).await? > 0)
}

/// How many sessions a user has.
pub async fn count_of(database: &impl Reads, user: UserId) -> Result<i64, DbErr> {
    fetch_count(database, &lasting(user).expr(count_all()).take()).await
}

/// The session of a browser, by the refresh token in its cookie, which is not used up; none when it has ended or its
/// user is disabled.
pub async fn by_secret(database: &impl Reads, secret: &Secret) -> Result<Option<SessionRow>, DbErr> {
    fetch_one(database, &holding(secret).and_where(Column::ClientId.is_null()).take()).await
}

/// The session of an application, in the same way.
pub async fn of_client_by_secret(
    database: &impl Reads,
    secret: &Secret,
    client: OauthClientId,
) -> Result<Option<SessionRow>, DbErr> {
    fetch_one(database, &holding(secret).and_where(Column::ClientId.eq(client)).take()).await
}

fn holding(secret: &Secret) -> SelectStatement {
    let mut statement = Query::select();
    SessionRow::select(&mut statement);
    statement
        .from(Entity)
        .inner_join(
            refresh_token::Entity,
            Column::Id.into_expr().eq(refresh_token::Column::SessionId.into_expr()),
        )
        .inner_join(
            user::Entity,
            user::Column::Id.into_expr().eq(Column::UserId.into_expr()),
        )
        .and_where(refresh_token::Column::Digest.eq(secret.digest()))
        .and_where(refresh_token::Column::UsedAt.is_null())
        .and_where(Column::EndedAt.is_null())
        .and_where(Column::ExpiresAt.gt(entity::now()))
        .and_where(user::Column::DisabledAt.is_null());
    statement
}
