//! Stored counters, brought up to date by the transactions that change what they count.

use std::collections::HashMap;
use std::hash::Hash;

use entity::comment::CommentStatus;
use entity::post::PostKind;
use entity::{CategoryId, PostId, PublicationId, TagId, category, comment, post, post_category, post_tag, tag};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait};
use uuid::Uuid;

use super::Viewer;
use super::category::{below, with_above};
use super::post::{Reach, visible};
use crate::store::dialect::any_of;
use crate::store::read::{Cell, Reads};
use crate::store::sql::{count_all, scalar};

/// How many listed articles among some posts carry each tag, and stand in or below each category.
///
/// Their counters change by the difference that a change of these posts makes: counting all that a category has would
/// cost more with each post of a large site.
#[derive(Debug, Default)]
pub struct ListedArticles {
    tags: HashMap<TagId, i64>,
    categories: HashMap<CategoryId, i64>,
}

impl ListedArticles {
    /// As it is now.
    pub async fn among(database: &impl Reads, posts: &[PostId]) -> Result<Self, DbErr> {
        use {post_category::Column as InCategory, post_tag::Column as Tagged};
        let (mut tags, mut categories) = (HashMap::new(), HashMap::new());
        for posts in posts.chunks(CHUNK) {
            let tagged = links(database, post_tag::Entity, Tagged::PostId, Tagged::TagId, posts);
            add_up(database, &tagged, &mut tags).await?;
            let (table, post, category) = (post_category::Entity, InCategory::PostId, InCategory::CategoryId);
            let mut inside = Query::select().columns(["thing", "category"]).from("above").take();
            with_above(&mut inside, links(database, table, post, category, posts));
            add_up(database, &inside, &mut categories).await?;
        }
        Ok(Self { tags, categories })
    }

    /// Brings the counters up to date, now that `self` was before and `after` is.
    pub async fn change_to(self, transaction: &impl ConnectionTrait, after: Self) -> Result<(), DbErr> {
        let (tags, categories) = (
            difference(self.tags, after.tags),
            difference(self.categories, after.categories),
        );
        for (by, tags) in tags {
            add(
                transaction,
                tag::Entity,
                tag::Column::Id,
                tag::Column::PostCount,
                &tags,
                by,
            )
            .await?;
        }
        for (by, categories) in categories {
            let (id, count) = (category::Column::Id, category::Column::PostCount);
            add(transaction, category::Entity, id, count, &categories, by).await?;
        }
        Ok(())
    }
}

/// Links from the listed articles among `posts`: the post, and where each link leads to.
///
/// Written from the links on: SQLite would begin a join, and a grouping, with every listed article there is.
fn links<C: ColumnTrait>(
    database: &impl Reads,
    links: impl EntityTrait,
    from: C,
    to: C,
    posts: &[PostId],
) -> SelectStatement {
    let is_listed = Query::select()
        .expr(Expr::val(1))
        .from(post::Entity)
        .and_where(post::Column::Id.into_expr().eq(from.into_expr()))
        .and_where(post::Column::Kind.eq(PostKind::Article))
        .cond_where(visible(Viewer::Anonymous, Reach::Listed))
        .take();
    Query::select()
        .expr(from.into_expr())
        .expr(to.into_expr())
        .from(links.table_ref())
        .and_where(any_of(database, from.into_expr(), posts))
        .and_where(Expr::exists(is_listed))
        .take()
}

/// Counts how often `statement` selects each of what its second column holds.
async fn add_up<T: Cell + Eq + Hash>(
    database: &impl Reads,
    statement: &SelectStatement,
    counts: &mut HashMap<T, i64>,
) -> Result<(), DbErr> {
    for cells in database.rows(statement).await?.each() {
        *counts.entry(cells.get(1)?).or_default() += 1;
    }
    Ok(())
}

/// Counts the listed articles in and below each category of a publication again, after its tree has changed.
///
/// # Errors
/// When the database fails.
pub async fn categories(transaction: &impl ConnectionTrait, publication: PublicationId) -> Result<(), DbErr> {
    let own = Query::select().expr(category::Column::Id.into_expr()).take();
    let inside = Query::select()
        .column(post_category::Column::PostId)
        .from(post_category::Entity)
        .and_where(post_category::Column::CategoryId.into_expr().in_subquery(below(own)))
        .take();
    let listed = Query::select()
        .expr(count_all())
        .from(post::Entity)
        .and_where(post::Column::Kind.eq(PostKind::Article))
        .cond_where(visible(Viewer::Anonymous, Reach::Listed))
        .and_where(post::Column::Id.into_expr().in_subquery(inside))
        .take();
    let update = Query::update()
        .table(category::Entity)
        .value(category::Column::PostCount, scalar(listed))
        .and_where(category::Column::PublicationId.eq(publication))
        .take();
    transaction.execute(&update).await.map(drop)
}

/// What gains how many, by how many.
fn difference<T: Eq + Hash + Copy>(before: HashMap<T, i64>, after: HashMap<T, i64>) -> HashMap<i64, Vec<T>> {
    let mut change = after;
    for (id, count) in before {
        *change.entry(id).or_default() -= count;
    }
    let mut by = HashMap::new();
    for (id, change) in change {
        if change != 0 {
            by.entry(change).or_insert_with(Vec::new).push(id);
        }
    }
    by
}

async fn add<C: ColumnTrait, I: Into<Uuid> + Copy>(
    transaction: &impl ConnectionTrait,
    table: impl EntityTrait,
    id: C,
    counter: C,
    ids: &[I],
    by: i64,
) -> Result<(), DbErr> {
    for ids in ids.chunks(CHUNK) {
        let update = Query::update()
            .table(table.table_ref())
            .value(counter, counter.into_expr().add(by))
            .and_where(any_of(transaction, id.into_expr(), ids))
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
