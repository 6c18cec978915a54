//! Previews: leave for a front end to see one post as its draft.

use std::collections::HashMap;
use std::time::Duration;

use chrono::TimeDelta;
use entity::post::{PostKind, PostStatus};
use entity::preview_token::{ActiveModel, Column, Entity};
use entity::{PostId, PreviewTokenId, Timestamp, UserId, membership, post, user};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::desk::{Desk, PostRef};
use super::policy;
use super::row::PostRow;
use super::state::IN_TRASH;
use super::visible::editable_ids;
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_cell, fetch_one, row};
use crate::token::{Master, TokenFault};

/// How a preview token begins, so that people and scanners know it.
const PREFIX: &str = "qpv_";
/// What the signature is for.
const PURPOSE: &str = "preview";
/// The longest that a preview lasts.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The most previews of one post at a time.
const MOST: usize = 50;

row! {
    /// Leave to see a post as its draft.
    pub struct PreviewRow of preview_token {
        /// The id.
        pub id: PreviewTokenId = Id,
        /// The post.
        pub post_id: PostId = PostId,
        /// Who gave it.
        pub creator_id: UserId = CreatorId,
        /// Until when.
        pub expires_at: Timestamp = ExpiresAt,
        /// Since when.
        pub created_at: Timestamp = CreatedAt,
    }
}

/// Gives leave to see a post as its draft for some minutes; the token is told this once.
///
/// # Errors
/// A problem of `minutes`; too many previews; not found; a viewer who may not.
pub async fn create_preview(
    accounts: &Accounts,
    viewer: Viewer,
    which: impl Into<PostRef>,
    minutes: i32,
) -> Result<(PreviewRow, String), Refusal> {
    policy::may_write(viewer)?;
    let longest = i32::try_from(LONGEST.as_secs() / 60).unwrap_or(i32::MAX);
    if !(1..=longest).contains(&minutes) {
        let message = format!("This is {minutes}; allowed is 1 to {longest}.");
        return Err(Problem::new(ProblemCode::Invalid, "minutes", message).into());
    }
    let actor = viewer.actor().ok_or(crate::domain::refusal::Denied::Unauthenticated)?;
    let transaction = accounts.store.write().await?;
    let desk = Desk::open(&transaction, viewer, which).await?;
    policy::may_edit(desk.who)?;
    if desk.post.status == PostStatus::Trashed {
        return Err(Problem::whole(ProblemCode::NotAllowed, IN_TRASH).into());
    }
    let post = desk.post.id;
    let now = entity::now();
    let ended = Entity::delete_many()
        .filter(Column::PostId.eq(post))
        .filter(Column::ExpiresAt.lte(now));
    ended.exec(&transaction).await?;
    let lasting = previews_of(&transaction, &[post]).await?;
    if lasting.get(&post).is_some_and(|previews| previews.len() >= MOST) {
        let message = format!("It has {MOST} previews: revoke one first.");
        return Err(Problem::whole(ProblemCode::NotAllowed, message).into());
    }
    let row = PreviewRow {
        id: PreviewTokenId::new(),
        post_id: post,
        creator_id: actor.user,
        expires_at: now + TimeDelta::minutes(minutes.into()),
        created_at: now,
    };
    let model = ActiveModel {
        id: ActiveValue::Set(row.id),
        post_id: ActiveValue::Set(row.post_id),
        creator_id: ActiveValue::Set(row.creator_id),
        expires_at: ActiveValue::Set(row.expires_at),
        created_at: ActiveValue::Set(row.created_at),
    };
    model.insert(&transaction).await?;
    transaction.commit().await?;
    let token = token(&accounts.master, &row);
    Ok((row, token))
}

/// Ends a preview of a post of this kind; gives back the post.
///
/// # Errors
/// Not found, also where the viewer may not see the post; a viewer who may not.
pub async fn revoke_preview(
    accounts: &Accounts,
    viewer: Viewer,
    kind: PostKind,
    id: PreviewTokenId,
) -> Result<PostRow, Refusal> {
    policy::may_write(viewer)?;
    let transaction = accounts.store.write().await?;
    let mut statement = Query::select();
    PreviewRow::select(&mut statement);
    statement.from(Entity).and_where(Column::Id.eq(id));
    let found: Option<PreviewRow> = fetch_one(&transaction, &statement).await?;
    let preview = found.ok_or(Refusal::NotFound("preview"))?;
    let desk = match Desk::open(&transaction, viewer, preview.post_id).await {
        Ok(desk) if desk.post.kind == kind => desk,
        Ok(_) | Err(Refusal::NotFound(_)) => return Err(Refusal::NotFound("preview")),
        Err(other) => return Err(other),
    };
    policy::may_edit(desk.who)?;
    Entity::delete_by_id(id).exec(&transaction).await?;
    let post = desk.post.into();
    transaction.commit().await?;
    Ok(post)
}

/// The previews that last of each of these posts, which the viewer may edit; the newest first.
///
/// # Errors
/// When the database fails.
pub async fn previews_of(database: &impl Reads, posts: &[PostId]) -> Result<HashMap<PostId, Vec<PreviewRow>>, DbErr> {
    let of_posts = any_of(database, Column::PostId.into_expr(), posts);
    let mut previews: HashMap<PostId, Vec<PreviewRow>> = HashMap::new();
    for preview in lasting(database, Condition::all().add(of_posts)).await? {
        previews.entry(preview.post_id).or_default().push(preview);
    }
    Ok(previews)
}

/// The previews with these ids that last, of posts that the viewer may edit.
///
/// # Errors
/// When the database fails.
pub async fn previews_by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[PreviewTokenId],
) -> Result<HashMap<PreviewTokenId, PreviewRow>, DbErr> {
    let with_id = any_of(database, Column::Id.into_expr(), ids);
    let of_editable = Column::PostId.into_expr().in_subquery(editable_ids(viewer));
    let rows = lasting(database, Condition::all().add(with_id).add(of_editable)).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn lasting(database: &impl Reads, condition: Condition) -> Result<Vec<PreviewRow>, DbErr> {
    let mut statement = Query::select();
    PreviewRow::select(&mut statement);
    statement
        .from(Entity)
        .cond_where(condition)
        .and_where(Column::ExpiresAt.gt(entity::now()))
        .order_by(Column::Id, Order::Desc);
    fetch(database, &statement).await
}

/// The token of a preview: its id and its end, signed, so that a made-up one costs no look into the database.
fn token(master: &Master, preview: &PreviewRow) -> String {
    let content = format!("{}.{}", preview.id.0.simple(), preview.expires_at.timestamp());
    let signature = master.sign(PURPOSE, &content);
    format!("{PREFIX}{content}.{signature}")
}

/// The post that a token gives leave to see. Its creator's membership and account must last.
///
/// # Errors
/// A token that is none, has expired or was revoked; the database.
pub async fn previewed_by(accounts: &Accounts, token: &str) -> Result<Result<PostId, TokenFault>, DbErr> {
    let Some((id, expires)) = read(&accounts.master, token) else {
        return Ok(Err(TokenFault::Malformed));
    };
    let now = entity::now();
    if expires <= now.timestamp() {
        return Ok(Err(TokenFault::Expired));
    }
    let still_member = Query::select()
        .expr(Expr::val(1))
        .from(membership::Entity)
        .inner_join(
            user::Entity,
            user::Column::Id.into_expr().eq(membership::Column::UserId.into_expr()),
        )
        .and_where(membership::Column::UserId.into_expr().eq(Column::CreatorId.into_expr()))
        .and_where(
            membership::Column::PublicationId
                .into_expr()
                .eq(post::Column::PublicationId.into_expr()),
        )
        .and_where(user::Column::DisabledAt.into_expr().is_null())
        .take();
    let statement = Query::select()
        .expr(Column::PostId.into_expr())
        .from(Entity)
        .inner_join(
            post::Entity,
            post::Column::Id.into_expr().eq(Column::PostId.into_expr()),
        )
        .and_where(Column::Id.into_expr().eq(id))
        .and_where(Column::ExpiresAt.into_expr().gt(now))
        .and_where(Expr::exists(still_member))
        .take();
    let post: Option<PostId> = fetch_cell(&accounts.store.database(), &statement).await?;
    Ok(post.ok_or(TokenFault::Revoked))
}

/// The id and the end, in seconds since 1970, of a token that we signed.
fn read(master: &Master, token: &str) -> Option<(Uuid, i64)> {
    let (content, signature) = token.strip_prefix(PREFIX)?.rsplit_once('.')?;
    if !master.verifies(PURPOSE, content, signature) {
        return None;
    }
    let (id, expires) = content.split_once('.')?;
    Some((Uuid::try_parse(id).ok()?, expires.parse().ok()?))
}
