//! Revisions: the text of a post after each save, so that none is lost.
//!
//! Every version of a post has a revision. Consecutive saves by one editor within five minutes are listed as one: each
//! supersedes the one before, whose text is available by version and by id for another day, as the base of a conflict.

mod diff;
mod list;

pub use diff::{Change, DiffPart, DiffText, RevisionDiff, compare};
pub use list::{RevisionRow, RevisionText, before, by_ids, count_of, list_of, texts};

use chrono::TimeDelta;
use entity::post::Model as Post;
use entity::revision::{ActiveModel, Column, Entity};
use entity::{PostId, RevisionId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr};

use crate::store::Pool;
use crate::store::dialect::skip_locked;
use crate::store::read::Reads;
use crate::store::sql::scalar;
use list::listed;

/// How long consecutive saves by one editor are listed as one revision.
const ONE_SITTING: TimeDelta = TimeDelta::minutes(5);
/// Old revisions are pruned each time the version reaches a multiple of this.
const PRUNED_EACH: i32 = 32;
/// How long superseded revisions are available.
const SUPERSEDED_KEPT: TimeDelta = TimeDelta::days(1);
/// How many superseded revisions one statement deletes.
const SWEPT_AT_ONCE: u64 = 500;

/// Records the text of a post after a save. `before` is the version that the save replaced, where its revision may be
/// superseded: it is if the same editor made it within the last five minutes. At most two statements.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn record(
    transaction: &impl ConnectionTrait,
    editor: Option<UserId>,
    before: Option<i32>,
    saved: &Post,
) -> Result<(), DbErr> {
    let now = entity::now();
    let post = saved.draft_of.unwrap_or(saved.id);
    let first_saved = match before {
        Some(before) => supersede(transaction, editor, post, before, now).await?,
        None => None,
    };
    let row = of(editor, saved.clone(), first_saved.unwrap_or(now));
    row.insert(transaction).await.map(drop)
}

/// The revision of a post as it is.
fn of(editor: Option<UserId>, post: Post, created_at: Timestamp) -> ActiveModel {
    ActiveModel {
        id: ActiveValue::Set(RevisionId::new()),
        post_id: ActiveValue::Set(post.draft_of.unwrap_or(post.id)),
        editor_id: ActiveValue::Set(editor),
        version: ActiveValue::Set(post.version),
        title: ActiveValue::Set(post.title),
        excerpt: ActiveValue::Set(post.excerpt),
        custom_fields: ActiveValue::Set(post.custom_fields),
        source_format: ActiveValue::Set(post.source_format),
        body_source: ActiveValue::Set(post.body_source),
        created_at: ActiveValue::Set(created_at),
        superseded_at: ActiveValue::Set(None),
    }
}

/// Gives the revision of a version the number that the post has now, whose words a save left as they were. A superseded one
/// with the same words takes its place, as the base of a conflict. At most two statements.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn renumber(
    transaction: &impl ConnectionTrait,
    version: i32,
    saved: &Post,
) -> Result<(), DbErr> {
    let post = saved.draft_of.unwrap_or(saved.id);
    let renumber = Query::update()
        .table(Entity)
        .value(Column::Version, saved.version)
        .and_where(Column::PostId.eq(post))
        .and_where(Column::Version.eq(version))
        .returning_col(Column::EditorId)
        .take();
    let now = entity::now();
    let Some(row) = transaction.query_one(&renumber).await? else {
        return of(None, saved.clone(), now).insert(transaction).await.map(drop);
    };
    let before = Post {
        version,
        ..saved.clone()
    };
    let mut before = of(row.try_get_by_index(0)?, before, now);
    before.superseded_at = ActiveValue::Set(Some(now));
    before.insert(transaction).await.map(drop)
}

/// Marks the revision with this version as superseded, if it is of the same sitting; returns when the sitting began.
async fn supersede(
    transaction: &impl ConnectionTrait,
    editor: Option<UserId>,
    post: PostId,
    version: i32,
    now: Timestamp,
) -> Result<Option<Timestamp>, DbErr> {
    let supersede = Query::update()
        .table(Entity)
        .value(Column::SupersededAt, now)
        .and_where(Column::PostId.eq(post))
        .and_where(Column::Version.eq(version))
        .and_where(Column::EditorId.eq(editor))
        .and_where(Column::CreatedAt.gt(now - ONE_SITTING))
        .returning_col(Column::CreatedAt)
        .take();
    let row = transaction.query_one(&supersede).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

/// The revisions of these versions of a post; none for a version whose revision was pruned or swept.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn at_versions(
    database: &impl Reads,
    post: PostId,
    versions: [i32; 2],
) -> Result<[Option<RevisionId>; 2], DbErr> {
    let statement = Query::select()
        .columns([Column::Version, Column::Id])
        .from(Entity)
        .and_where(Column::PostId.eq(post))
        .and_where(Column::Version.is_in(versions))
        .take();
    let mut found = [None; 2];
    for cells in database.rows(&statement).await?.each() {
        let version: i32 = cells.get(0)?;
        for (found, wanted) in found.iter_mut().zip(versions) {
            if version == wanted {
                *found = Some(cells.get(1)?);
            }
        }
    }
    Ok(found)
}

/// Deletes old revisions of a post, when its version has come to a multiple of 32. The newest `most` listed and `most`
/// superseded ones remain, and the revision of the public version.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn prune(
    transaction: &impl ConnectionTrait,
    post: PostId,
    public_version: i32,
    version: i32,
    most: u32,
) -> Result<(), DbErr> {
    if version % PRUNED_EACH != 0 {
        return Ok(());
    }
    let older = |kind: Expr| {
        let oldest_kept = Query::select()
            .column(Column::Version)
            .from(Entity)
            .and_where(Column::PostId.eq(post))
            .and_where(kind.clone())
            .order_by(Column::Version, Order::Desc)
            .offset(u64::from(most.saturating_sub(1)))
            .limit(1)
            .take();
        kind.and(Expr::col(Column::Version).lt(scalar(oldest_kept)))
    };
    let delete = Query::delete()
        .from_table(Entity)
        .and_where(Column::PostId.eq(post))
        .and_where(Column::Version.ne(public_version))
        .and_where(older(listed()).or(older(listed().not())))
        .take();
    transaction.execute(&delete).await.map(drop)
}

/// Deletes revisions that were superseded more than a day ago.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn sweep(database: &Pool) -> Result<(), DbErr> {
    let before = entity::now() - SUPERSEDED_KEPT;
    loop {
        let mut old = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Column::SupersededAt.lt(before))
            .limit(SWEPT_AT_ONCE)
            .take();
        // Every replica does this, and none waits for another.
        skip_locked(database, &mut old);
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Column::Id.in_subquery(old))
            .take();
        if database.execute(&delete).await?.rows_affected() < SWEPT_AT_ONCE {
            return Ok(());
        }
    }
}
