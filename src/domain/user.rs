//! People: accounts and bylines.

use std::collections::HashMap;

use entity::user::{ActiveModel, Column, Entity};
use entity::{Timestamp, UserId, comment, post, post_author};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr};

use crate::domain::Viewer;
use crate::domain::own_slug::Place;
use crate::domain::post::{Reach, visible};
use crate::domain::slug::Slug;
use crate::domain::text::of_the_web;
use crate::store::changes::Topic;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_cell, fetch_named, row};
use crate::store::sql::constant;

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

/// What `viewer` may see of the people: those with a byline or a comment on something listed, and
/// themselves.
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
        .and_where(
            comment::Column::Status
                .into_expr()
                .eq(constant(comment::CommentStatus::Visible)),
        )
        .cond_where(visible(viewer, Reach::Listed))
        .take();
    Condition::any()
        .add(Expr::exists(byline))
        .add(Expr::exists(comment))
        .add_option(viewer.actor().map(|actor| Column::Id.eq(actor.user)))
}

/// What decides beside their bylines whom `viewer` may see.
fn known_by(viewer: Viewer) -> Option<Topic> {
    (viewer != Viewer::Operator).then(|| Topic::any(comment::Entity))
}

fn users() -> SelectStatement {
    let mut statement = Query::select();
    UserRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The people with these ids whom the viewer may know of.
pub async fn by_ids(database: &impl Reads, viewer: Viewer, ids: &[UserId]) -> Result<HashMap<UserId, UserRow>, DbErr> {
    let statement = users()
        .cond_where(known(viewer))
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    let database = database.showing(Topic::things(ids).chain(known_by(viewer)));
    Ok(fetch::<UserRow>(&database, &statement)
        .await?
        .into_iter()
        .map(|user| (user.id, user))
        .collect())
}

/// The people who stand behind visible things that the viewer was given before.
pub async fn bylines(database: &impl Reads, ids: &[UserId]) -> Result<HashMap<UserId, UserRow>, DbErr> {
    by_ids(database, Viewer::Operator, ids).await
}

/// The person with this name, if the viewer may know of them.
pub async fn by_username(database: &impl Reads, viewer: Viewer, username: &str) -> Result<Option<UserRow>, DbErr> {
    let statement = users()
        .cond_where(known(viewer))
        .and_where(Column::Username.eq(username))
        .take();
    let database = database.showing(known_by(viewer));
    fetch_named(&database, &statement, Topic::any(Entity)).await
}

/// A byline to be made: a user who cannot sign in until a person claims the account.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The name on bylines.
    pub display_name: String,
    /// The address, where known.
    pub email: Option<String>,
    /// A few words about them.
    pub bio: String,
    /// Their own site.
    pub website_url: Option<String>,
}

impl Profile {
    /// The address as it is kept and compared: trimmed, in lower case.
    pub fn stored_email(&self) -> Option<String> {
        let email = self.email.as_deref()?.trim().to_lowercase();
        (email.contains('@') && email.len() <= 254).then_some(email)
    }
}

/// Where a username is unique.
pub(in crate::domain) fn place() -> Place<Entity> {
    Place {
        table: Entity,
        slug: Column::Username,
        publication: None,
        among: Condition::all(),
    }
}

/// Makes a byline under `username`, or the next free name like it.
pub async fn create_byline(
    transaction: &impl ConnectionTrait,
    username: &str,
    profile: Profile,
) -> Result<UserId, DbErr> {
    let username = place()
        .number(transaction, &Slug::from_text(username, "author"))
        .await?;
    let (id, now) = (UserId::new(), entity::now());
    let row = ActiveModel {
        id: ActiveValue::Set(id),
        username: ActiveValue::Set(username),
        email: ActiveValue::Set(profile.stored_email()),
        display_name: ActiveValue::Set(profile.display_name),
        bio: ActiveValue::Set(profile.bio),
        website_url: ActiveValue::Set(of_the_web(profile.website_url)),
        claimed_at: ActiveValue::Set(None),
        is_administrator: ActiveValue::Set(false),
        disabled_at: ActiveValue::Set(None),
        access_ended_at: ActiveValue::Set(None),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
    };
    row.insert(transaction).await?;
    Ok(id)
}

/// Changes a byline that nobody has claimed; an account is its owner's, and stays.
pub async fn update_byline(transaction: &impl ConnectionTrait, id: UserId, profile: Profile) -> Result<(), DbErr> {
    let statement = Query::update()
        .table(Entity)
        .value(Column::DisplayName, profile.display_name)
        .value(Column::Bio, profile.bio)
        .value(Column::WebsiteUrl, of_the_web(profile.website_url))
        .value(Column::UpdatedAt, entity::now())
        .and_where(Column::Id.eq(id))
        .and_where(Column::ClaimedAt.is_null())
        .take();
    transaction.execute(&statement).await.map(drop)
}

/// The user with this address, in any case of letters.
pub async fn by_email(database: &impl Reads, email: &str) -> Result<Option<UserId>, DbErr> {
    let statement = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::Email.eq(email.to_lowercase()))
        .take();
    fetch_cell(database, &statement).await
}
