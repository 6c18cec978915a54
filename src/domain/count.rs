//! Stored counters of comments, brought up to date by the transactions that change what they count.

use entity::comment::CommentStatus;
use entity::{PostId, comment, post};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use crate::store::dialect::any_of;
use crate::store::sql::{count_all, scalar};

/// Counts the visible comments of posts anew, and the visible answers to each of those comments.
pub async fn comments(transaction: &impl ConnectionTrait, posts: &[PostId]) -> Result<(), DbErr> {
    let visible = Query::select()
        .expr(count_all())
        .from(comment::Entity)
        .and_where(comment::Column::PostId.into_expr().eq(post::Column::Id.into_expr()))
        .and_where(comment::Column::Status.eq(CommentStatus::Visible))
        .take();
    let reply = Alias::new("reply");
    let of_reply = |column: comment::Column| Expr::col((reply.clone(), column));
    let replies = Query::select()
        .expr(count_all())
        .from_as(comment::Entity, reply.clone())
        .and_where(of_reply(comment::Column::ParentId).eq(comment::Column::Id.into_expr()))
        .and_where(
            of_reply(comment::Column::Status).eq(comment::Column::Status.save_as(Expr::val(CommentStatus::Visible))),
        )
        .take();
    for posts in posts.chunks(CHUNK) {
        let update = Query::update()
            .table(post::Entity)
            .value(post::Column::CommentCount, scalar(visible.clone()))
            .and_where(any_of(transaction, post::Column::Id.into_expr(), posts))
            .take();
        transaction.execute(&update).await?;
        let update = Query::update()
            .table(comment::Entity)
            .value(comment::Column::ReplyCount, scalar(replies.clone()))
            .and_where(any_of(transaction, comment::Column::PostId.into_expr(), posts))
            .take();
        transaction.execute(&update).await?;
    }
    Ok(())
}

/// Ids of one statement.
const CHUNK: usize = 1000;
