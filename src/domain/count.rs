//! Stored counters, brought up to date by the transactions that change what they count.

use entity::comment::CommentStatus;
use entity::post::PostKind;
use entity::{CategoryId, PostId, TagId, category, comment, post, post_category, post_tag, tag};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use super::Viewer;
use super::post::{Reach, visible};
use crate::store::dialect::any_of;
use crate::store::sql::{count_all, scalar};

/// Counts the listed articles of tags anew.
pub async fn tags(transaction: &impl ConnectionTrait, ids: &[TagId]) -> Result<(), DbErr> {
    let listed = listed_articles()
        .inner_join(
            post_tag::Entity,
            post_tag::Column::PostId.into_expr().eq(post::Column::Id.into_expr()),
        )
        .and_where(post_tag::Column::TagId.into_expr().eq(tag::Column::Id.into_expr()))
        .take();
    for ids in ids.chunks(CHUNK) {
        let update = Query::update()
            .table(tag::Entity)
            .value(tag::Column::PostCount, scalar(listed.clone()))
            .and_where(any_of(transaction, tag::Column::Id.into_expr(), ids))
            .take();
        transaction.execute(&update).await?;
    }
    Ok(())
}

/// Counts the listed articles of categories anew.
pub async fn categories(transaction: &impl ConnectionTrait, ids: &[CategoryId]) -> Result<(), DbErr> {
    let listed = listed_articles()
        .inner_join(
            post_category::Entity,
            post_category::Column::PostId
                .into_expr()
                .eq(post::Column::Id.into_expr()),
        )
        .and_where(
            post_category::Column::CategoryId
                .into_expr()
                .eq(category::Column::Id.into_expr()),
        )
        .take();
    for ids in ids.chunks(CHUNK) {
        let update = Query::update()
            .table(category::Entity)
            .value(category::Column::PostCount, scalar(listed.clone()))
            .and_where(any_of(transaction, category::Column::Id.into_expr(), ids))
            .take();
        transaction.execute(&update).await?;
    }
    Ok(())
}

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

fn listed_articles() -> SelectStatement {
    Query::select()
        .expr(count_all())
        .from(post::Entity)
        .and_where(post::Column::Kind.eq(PostKind::Article))
        .cond_where(visible(Viewer::Anonymous, Reach::Listed))
        .take()
}
