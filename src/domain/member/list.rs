use entity::membership::{Column, Entity, Role};
use entity::{PublicationId, Timestamp, UserId, publication, user};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};

use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_cell, fetch_count, row};
use crate::store::sql::count_all;

row! {
    /// A member.
    pub struct MemberRow of membership {
        /// The publication.
        pub publication_id: PublicationId = PublicationId,
        /// Who it is.
        pub user_id: UserId = UserId,
        /// What they may do.
        pub role: Role = Role,
        /// When they joined.
        pub created_at: Timestamp = CreatedAt,
    }
}

impl MemberRow {
    /// Its place in the list, which is ordered by the time of joining.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Time(self.created_at),
            id: self.user_id.0,
        }
    }
}

fn members(publication: PublicationId) -> SelectStatement {
    Query::select()
        .from(Entity)
        .and_where(Column::PublicationId.eq(publication))
        .take()
}

/// A page of a publication's members, the longest there first.
pub async fn list(
    database: &impl Reads,
    publication: PublicationId,
    request: &PageRequest,
) -> Result<Page<MemberRow>, DbErr> {
    let mut statement = members(publication);
    MemberRow::select(&mut statement);
    request.apply(
        &mut statement,
        &Column::CreatedAt.into_expr(),
        &Column::UserId.into_expr(),
        false,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// How many members a publication has.
pub async fn count(database: &impl Reads, publication: PublicationId) -> Result<i64, DbErr> {
    fetch_count(database, &members(publication).expr(count_all()).take()).await
}

/// The memberships of a user, the oldest first; at most 100.
pub async fn of_user(database: &impl Reads, user: UserId) -> Result<Vec<MemberRow>, DbErr> {
    let mut statement = Query::select();
    MemberRow::select(&mut statement);
    statement
        .from(Entity)
        .and_where(Column::UserId.eq(user))
        .order_by(Column::CreatedAt, sea_orm::Order::Asc)
        .limit(100);
    fetch(database, &statement).await
}

/// The role of a user in a publication.
pub async fn role_of(database: &impl Reads, publication: PublicationId, user: UserId) -> Result<Option<Role>, DbErr> {
    let statement = members(publication)
        .column(Column::Role)
        .and_where(Column::UserId.eq(user))
        .take();
    fetch_cell(database, &statement).await
}

/// Of the publications that a user owns, those that nobody else with an account owns.
fn alone(user: UserId) -> SelectStatement {
    let other = Alias::new("other");
    let others = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, other.clone())
        .inner_join(
            user::Entity,
            user::Column::Id
                .into_expr()
                .eq(Expr::col((other.clone(), Column::UserId))),
        )
        .and_where(Expr::col((other.clone(), Column::PublicationId)).eq(Column::PublicationId.into_expr()))
        .and_where(Expr::col((other.clone(), Column::Role)).eq(Role::Owner))
        .and_where(Expr::col((other, Column::UserId)).ne(user))
        .and_where(user::Column::ClaimedAt.is_not_null())
        .take();
    Query::select()
        .from(Entity)
        .and_where(Column::UserId.into_expr().eq(user))
        .and_where(Column::Role.into_expr().eq(Role::Owner))
        .and_where(Expr::exists(others).not())
        .limit(1)
        .take()
}

/// The title of a publication that nobody but this user owns with an account.
pub async fn owned_alone(database: &impl Reads, user: UserId) -> Result<Option<String>, DbErr> {
    let statement = alone(user)
        .column((publication::Entity, publication::Column::Title))
        .inner_join(
            publication::Entity,
            publication::Column::Id
                .into_expr()
                .eq(Column::PublicationId.into_expr()),
        )
        .take();
    fetch_cell(database, &statement).await
}

/// Whether nobody but this user owns the publication with an account.
pub(super) async fn owns_alone(database: &impl Reads, user: UserId, publication: PublicationId) -> Result<bool, DbErr> {
    let statement = alone(user)
        .column((Entity, Column::UserId))
        .and_where(Column::PublicationId.into_expr().eq(publication))
        .take();
    Ok(fetch_cell::<UserId>(database, &statement).await?.is_some())
}
