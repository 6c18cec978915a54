//! Working copies, as those see them who write, and those who were given a preview.

use std::collections::{HashMap, HashSet};

use entity::PostId;
use entity::post::{Column, Entity};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbErr};

use super::filter::{COPY, column, copy, posts_with_copy};
use super::row::PostRow;
use super::visible::editable;
use crate::domain::Viewer;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_keyed};
use crate::store::sql::scalar;

/// The posts with these ids as their working copies will make them; those without one, or on which the viewer may not
/// write, are missing. Two statements.
pub async fn drafts_of(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[PostId],
) -> Result<HashMap<PostId, PostRow>, DbErr> {
    let mut statement = Query::select();
    PostRow::select(&mut statement);
    statement
        .from(Entity)
        .cond_where(editable(viewer))
        .and_where(any_of(database, column(Column::Id), ids));
    let posts: Vec<PostRow> = fetch(database, &statement).await?;
    let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
    let mut copies = copies_of(database, &ids).await?;
    let draft = |post: PostRow| Some((post.id, post.as_draft(copies.remove(&post.id)?)));
    Ok(posts.into_iter().filter_map(draft).collect())
}

/// Which of these posts the viewer may edit, and so see of them what their writers alone see.
pub async fn editable_among(database: &impl Reads, viewer: Viewer, ids: &[PostId]) -> Result<HashSet<PostId>, DbErr> {
    if viewer != Viewer::Operator && viewer.drafts_reader().is_none() {
        return Ok(HashSet::new());
    }
    let statement = Query::select()
        .expr(column(Column::Id))
        .from(Entity)
        .cond_where(editable(viewer))
        .and_where(any_of(database, column(Column::Id), ids))
        .take();
    let rows = database.rows(&statement).await?;
    rows.each().map(|cells| cells.get(0)).collect()
}

/// The working copies of posts.
async fn copies_of(database: &impl Reads, ids: &[PostId]) -> Result<HashMap<PostId, PostRow>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut statement = Query::select()
        .expr(column(Column::DraftOf))
        .from(Entity)
        .and_where(any_of(database, column(Column::DraftOf), ids))
        .take();
    PostRow::select(&mut statement);
    Ok(fetch_keyed(database, &statement).await?.into_iter().collect())
}

/// Shows the post that the viewer was given a preview of as its working copy, wherever it is among these.
pub(super) async fn previewed<'a>(
    database: &impl Reads,
    viewer: Viewer,
    posts: impl Iterator<Item = &'a mut PostRow>,
) -> Result<(), DbErr> {
    let Some(previewed) = viewer.previewed() else {
        return Ok(());
    };
    let shown: Vec<&mut PostRow> = posts.filter(|post| post.id == previewed).collect();
    if shown.is_empty() {
        return Ok(());
    }
    if let Some(copy) = copies_of(database, &[previewed]).await?.remove(&previewed) {
        for post in shown {
            *post = post.as_draft(copy.clone());
        }
    }
    Ok(())
}

/// Notes on all posts where their working copies stand: for rows that were brought from elsewhere without that.
///
/// # Errors
/// When the database fails.
pub async fn note_drafts(transaction: &impl ConnectionTrait) -> Result<(), DbErr> {
    let status = Query::select()
        .expr(copy(Column::Status))
        .from_as(Entity, Alias::new(COPY))
        .and_where(copy(Column::DraftOf).eq(column(Column::Id)))
        .take();
    let update = Query::update()
        .table(Entity)
        .value(Column::DraftStatus, scalar(status))
        .and_where(posts_with_copy(Expr::val(true)))
        .take();
    transaction.execute(&update).await.map(drop)
}
