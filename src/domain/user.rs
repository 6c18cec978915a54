//! People: accounts and bylines.

use std::collections::HashMap;

use entity::user::{Column, Entity};
use entity::{Timestamp, UserId, comment, post, post_author};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use crate::domain::Viewer;
use crate::domain::post::{Reach, visible};
use crate::store::dialect::any_of;
use crate::store::row::{Row, fetch, fetch_one, row};

row! {
    /// A person as others see them: no address, nothing of the account.
    pub struct UserRow of user {
        /// The id.
        pub id: UserId = Id,
        /// The name in addresses.
        pub username: String = Username,
        /// The name on bylines.
        pub display_name: String = DisplayName,
        /// A few words about them; may be empty.
        pub bio: String = Bio,
        /// Their own site.
        pub website_url: Option<String> = WebsiteUrl,
        /// When the account was made.
        pub created_at: Timestamp = CreatedAt,
    }
}

/// What `viewer` may see of the people: those with a byline or a comment on something listed.
fn known(viewer: Viewer) -> Condition {
    if viewer == Viewer::Operator {
        return Condition::all();
    }
    let byline = Query::select()
        .expr(Expr::val(1))
        .from(post_author::Entity)
        .inner_join(
            post::Entity,
            post::Column::Id.into_expr().eq(post_author::Column::PostId.into_expr()),
        )
        .and_where(post_author::Column::UserId.into_expr().eq(Column::Id.into_expr()))
        .cond_where(visible(viewer, Reach::Listed))
        .take();
    let comment = Query::select()
        .expr(Expr::val(1))
        .from(comment::Entity)
        .inner_join(
            post::Entity,
            post::Column::Id.into_expr().eq(comment::Column::PostId.into_expr()),
        )
        .and_where(comment::Column::AuthorId.into_expr().eq(Column::Id.into_expr()))
        .and_where(comment::Column::Status.eq(comment::CommentStatus::Visible))
        .cond_where(visible(viewer, Reach::Listed))
        .take();
    Condition::any().add(Expr::exists(byline)).add(Expr::exists(comment))
}

fn users() -> SelectStatement {
    let mut statement = Query::select();
    UserRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The people with these ids whom the viewer may know of.
pub async fn by_ids(
    database: &impl ConnectionTrait,
    viewer: Viewer,
    ids: &[UserId],
) -> Result<HashMap<UserId, UserRow>, DbErr> {
    let statement = users()
        .cond_where(known(viewer))
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    Ok(fetch::<UserRow>(database, &statement)
        .await?
        .into_iter()
        .map(|user| (user.id, user))
        .collect())
}

/// The people who stand behind visible things that the viewer was given before.
pub async fn bylines(database: &impl ConnectionTrait, ids: &[UserId]) -> Result<HashMap<UserId, UserRow>, DbErr> {
    by_ids(database, Viewer::Operator, ids).await
}

/// The person with this name, if the viewer may know of them.
pub async fn by_username(
    database: &impl ConnectionTrait,
    viewer: Viewer,
    username: &str,
) -> Result<Option<UserRow>, DbErr> {
    let statement = users()
        .cond_where(known(viewer))
        .and_where(Column::Username.eq(username))
        .take();
    fetch_one(database, &statement).await
}
