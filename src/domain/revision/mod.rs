//! Revisions: what a post's words were after each save, so that none is lost.

mod diff;
mod list;

pub use diff::{Change, DiffPart, RevisionDiff, compare};
pub use list::{RevisionRow, RevisionText, before, by_ids, count_of, list_of, texts};

use chrono::TimeDelta;
use entity::post::Model as Post;
use entity::revision::{ActiveModel, Column, Entity};
use entity::{PostId, RevisionId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::read::Reads;
use crate::store::row::fetch_cell;
use crate::store::sql::scalar;

/// How long saves of the same editor are one revision.
const ONE_SITTING: TimeDelta = TimeDelta::minutes(5);
/// After so many versions the old ones are looked through.
const PRUNED_EACH: i32 = 32;

/// Notes what was saved. Where `before` is the version that this editor saved within the last five minutes, its revision
/// becomes this one; otherwise there is a new one. At most two statements.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn record(
    transaction: &impl ConnectionTrait,
    editor: Option<UserId>,
    post: PostId,
    before: Option<i32>,
    saved: &Post,
) -> Result<(), DbErr> {
    if let Some(before) = before {
        let collapse = Entity::update_many()
            .set(ActiveModel {
                version: ActiveValue::Set(saved.version),
                ..words_of(saved)
            })
            .filter(Column::PostId.eq(post))
            .filter(Column::Version.eq(before))
            .filter(Column::EditorId.eq(editor))
            .filter(Column::CreatedAt.gt(entity::now() - ONE_SITTING));
        if collapse.exec(transaction).await?.rows_affected > 0 {
            return Ok(());
        }
    }
    let row = ActiveModel {
        id: ActiveValue::Set(RevisionId::new()),
        post_id: ActiveValue::Set(post),
        editor_id: ActiveValue::Set(editor),
        version: ActiveValue::Set(saved.version),
        created_at: ActiveValue::Set(entity::now()),
        ..words_of(saved)
    };
    row.insert(transaction).await.map(drop)
}

/// The words of a post, as a revision keeps them.
fn words_of(post: &Post) -> ActiveModel {
    let post = post.clone();
    ActiveModel {
        title: ActiveValue::Set(post.title),
        excerpt: ActiveValue::Set(post.excerpt),
        custom_fields: ActiveValue::Set(post.custom_fields),
        source_format: ActiveValue::Set(post.source_format),
        body_source: ActiveValue::Set(post.body_source),
        ..Default::default()
    }
}

/// The revisions that hold these versions: saves that were made one hold several, and are found by the last.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn at_versions(
    database: &impl Reads,
    post: PostId,
    versions: [i32; 2],
) -> Result<[Option<RevisionId>; 2], DbErr> {
    let mut found = [None; 2];
    for (found, version) in found.iter_mut().zip(versions) {
        let statement = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Column::PostId.eq(post))
            .and_where(Column::Version.gte(version))
            .order_by(Column::Version, Order::Asc)
            .limit(1)
            .take();
        *found = fetch_cell(database, &statement).await?;
    }
    Ok(found)
}

/// Keeps the newest revisions of a post, and the one that readers know; looks every few versions only.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn prune(
    transaction: &impl ConnectionTrait,
    post: &Post,
    version: i32,
    most: u32,
) -> Result<(), DbErr> {
    if version % PRUNED_EACH != 0 {
        return Ok(());
    }
    let oldest_kept = Query::select()
        .column(Column::Version)
        .from(Entity)
        .and_where(Column::PostId.eq(post.id))
        .order_by(Column::Version, Order::Desc)
        .offset(u64::from(most.saturating_sub(1)))
        .limit(1)
        .take();
    let delete = Query::delete()
        .from_table(Entity)
        .and_where(Column::PostId.eq(post.id))
        .and_where(Column::Version.ne(post.version))
        .and_where(Expr::col(Column::Version).lt(scalar(oldest_kept)))
        .take();
    transaction.execute(&delete).await.map(drop)
}
