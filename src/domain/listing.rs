//! Public lists: which published, public posts stand in the list of a publication, series, tag, author or category, in the
//! order in which readers page through it, and how many there are. A category lists what stands in the categories below it,
//! too.
//!
//! The tables `listing` and `listing_count` are derived. Whoever changes what they are derived from calls a function of this
//! module in the same transaction, alone in its publication ([`organise::lock`](super::organise::lock)).

use std::collections::HashMap;

use entity::listing::{Column, Entity};
use entity::post::PostKind;
use entity::{
    CategoryId, PostId, PublicationId, TagId, category, listing_count, post, post_author, post_category, post_tag, tag,
};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, IntoColumnRef, OnConflict, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityName, EntityTrait};
use uuid::Uuid;

use super::Viewer;
use super::category::{below, with_above};
use super::post::{Reach, visible};
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::sql::{count_all, scalar};

/// A number that is stored: of the posts of one kind that a publication has in a list.
type Counter = (Uuid, PublicationId, PostKind);

/// Ids of one statement.
const CHUNK: usize = 1000;

/// Puts posts into the lists in which they stand now, and takes them out of others.
///
/// # Errors
/// When the database fails.
pub async fn renew(transaction: &impl ConnectionTrait, posts: &[PostId]) -> Result<(), DbErr> {
    let mut change: HashMap<Counter, i32> = HashMap::new();
    for posts in posts.chunks(CHUNK) {
        for counter in counters(transaction, posts).await? {
            *change.entry(counter).or_default() -= 1;
        }
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(any_of(transaction, Column::PostId.into_expr(), posts))
            .take();
        transaction.execute(&delete).await?;
        insert(transaction, listed(transaction, Some(posts))).await?;
        for counter in counters(transaction, posts).await? {
            *change.entry(counter).or_default() += 1;
        }
    }
    change.retain(|_, by| *by != 0);
    add(transaction, change).await
}

/// Fills the lists, which are empty. Tags and categories keep the numbers that they have.
///
/// # Errors
/// When the database fails.
pub async fn fill(transaction: &impl ConnectionTrait) -> Result<(), DbErr> {
    insert(transaction, listed(transaction, None)).await?;
    count(transaction, None).await
}

/// Brings the lists of categories up to date, now that others stand below them.
///
/// # Errors
/// When the database fails.
pub async fn renew_categories(transaction: &impl ConnectionTrait, categories: &[CategoryId]) -> Result<(), DbErr> {
    for id in categories {
        let root = Query::select().expr(Expr::val(*id)).take();
        let inside = || {
            Query::select()
                .column(post_category::Column::PostId)
                .from(post_category::Entity)
                .and_where(
                    post_category::Column::CategoryId
                        .into_expr()
                        .in_subquery(below(root.clone())),
                )
                .take()
        };
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Column::ListId.eq(id.0))
            .and_where(Column::PostId.into_expr().not_in_subquery(inside()))
            .take();
        transaction.execute(&delete).await?;
        let present = Query::select()
            .column(Column::PostId)
            .from(Entity)
            .and_where(Column::ListId.eq(id.0))
            .take();
        let missing = Query::select()
            .expr(Expr::val(id.0))
            .exprs(of_post())
            .from(post::Entity)
            .cond_where(visible(Viewer::Anonymous, Reach::Listed))
            .and_where(post::Column::Id.into_expr().in_subquery(inside()))
            .and_where(post::Column::Id.into_expr().not_in_subquery(present))
            .take();
        insert(transaction, missing).await?;
    }
    let lists: Vec<Uuid> = categories.iter().map(|id| id.0).collect();
    recount(transaction, &lists).await
}

/// Gives what stands in one list to another, each post once.
///
/// # Errors
/// When the database fails.
pub async fn merge(transaction: &impl ConnectionTrait, from: TagId, into: TagId) -> Result<(), DbErr> {
    let present = Query::select()
        .column(Column::PostId)
        .from(Entity)
        .and_where(Column::ListId.eq(into.0))
        .take();
    let update = Query::update()
        .table(Entity)
        .value(Column::ListId, into.0)
        .and_where(Column::ListId.eq(from.0))
        .and_where(Column::PostId.into_expr().not_in_subquery(present))
        .take();
    transaction.execute(&update).await?;
    remove(transaction, from).await?;
    recount(transaction, &[into.0]).await
}

/// Removes a list.
///
/// # Errors
/// When the database fails.
pub async fn remove(transaction: &impl ConnectionTrait, list: impl Into<Uuid>) -> Result<(), DbErr> {
    let list = list.into();
    let delete = Query::delete()
        .from_table(Entity)
        .and_where(Column::ListId.eq(list))
        .take();
    transaction.execute(&delete).await?;
    forget(transaction, &[list]).await
}

/// The columns of a row that say what its post is.
fn of_post() -> [Expr; 4] {
    use post::Column::{CreatedAt, Id, Kind, PublicationId, PublishedAt};
    let column = |column: post::Column| Expr::col((post::Entity, column).into_column_ref());
    let since = Func::coalesce([column(PublishedAt), column(CreatedAt)]);
    [column(Id), column(PublicationId), column(Kind), since.into()]
}

async fn insert(transaction: &impl ConnectionTrait, rows: SelectStatement) -> Result<(), DbErr> {
    use Column::{Kind, ListId, PostId, PublicationId, PublishedAt};
    let insert = Query::insert()
        .into_table(Entity)
        .columns([ListId, PostId, PublicationId, Kind, PublishedAt])
        .select_from(rows)
        .map_err(|error| DbErr::Custom(error.to_string()))?
        .take();
    transaction.execute(&insert).await.map(drop)
}

/// The lists in which posts, or all of them, stand, as rows of the table.
fn listed(database: &impl Reads, posts: Option<&[PostId]>) -> SelectStatement {
    let links = |table: sea_orm::sea_query::TableRef, post: Expr, list: Expr| {
        Query::select()
            .expr_as(post.clone(), "thing")
            .expr_as(list, "category")
            .from(table)
            .and_where_option(posts.map(|posts| any_of(database, post, posts)))
            .take()
    };
    let (in_category, tagged) = (post_category::Entity.table_ref(), post_tag::Entity.table_ref());
    let (by, own) = (post_author::Entity.table_ref(), post::Entity.table_ref());
    let id = || post::Column::Id.into_expr();
    let mut all = Query::select().columns(["thing", "category"]).from("above").take();
    for more in [
        links(
            tagged,
            post_tag::Column::PostId.into_expr(),
            post_tag::Column::TagId.into_expr(),
        ),
        links(
            by,
            post_author::Column::PostId.into_expr(),
            post_author::Column::UserId.into_expr(),
        ),
        links(own.clone(), id(), post::Column::SeriesId.into_expr())
            .and_where(post::Column::SeriesId.is_not_null())
            .take(),
        links(own, id(), post::Column::PublicationId.into_expr()),
    ] {
        all.union(UnionType::All, more);
    }
    let link = Alias::new("link");
    let mut rows = Query::select()
        .expr(Expr::col((link.clone(), "category")))
        .exprs(of_post())
        .from_subquery(all, link.clone())
        .inner_join(post::Entity, id().eq(Expr::col((link, "thing"))))
        .cond_where(visible(Viewer::Anonymous, Reach::Listed))
        .take();
    let categories = links(
        in_category,
        post_category::Column::PostId.into_expr(),
        post_category::Column::CategoryId.into_expr(),
    );
    with_above(&mut rows, categories);
    rows
}

/// The counters that posts are counted by, once for each post.
async fn counters(transaction: &impl ConnectionTrait, posts: &[PostId]) -> Result<Vec<Counter>, DbErr> {
    let statement = Query::select()
        .columns([Column::ListId, Column::PublicationId, Column::Kind])
        .from(Entity)
        .and_where(any_of(transaction, Column::PostId.into_expr(), posts))
        .take();
    let rows = transaction.rows(&statement).await?;
    rows.each()
        .map(|cells| Ok((cells.get(0)?, cells.get(1)?, cells.get(2)?)))
        .collect()
}

/// Changes counters by so many.
async fn add(transaction: &impl ConnectionTrait, change: HashMap<Counter, i32>) -> Result<(), DbErr> {
    use listing_count::Column::{Kind, ListId, Posts, PublicationId};
    let lists: Vec<Uuid> = change.keys().map(|(list, ..)| *list).collect();
    let change: Vec<_> = change.into_iter().collect();
    let added = Expr::col((Alias::new("excluded"), Posts));
    for change in change.chunks(CHUNK) {
        let mut insert = Query::insert();
        insert
            .into_table(listing_count::Entity)
            .columns([ListId, PublicationId, Kind, Posts])
            .on_conflict(
                OnConflict::columns([ListId, PublicationId, Kind])
                    .value(Posts, Posts.into_expr().add(added.clone()))
                    .to_owned(),
            );
        for ((list, publication, kind), by) in change {
            insert.values_panic([(*list).into(), (*publication).into(), Expr::val(*kind), (*by).into()]);
        }
        transaction.execute(&insert).await?;
    }
    tell_terms(transaction, &lists).await
}

/// Counts lists anew.
async fn recount(transaction: &impl ConnectionTrait, lists: &[Uuid]) -> Result<(), DbErr> {
    for lists in lists.chunks(CHUNK) {
        forget(transaction, lists).await?;
        count(transaction, Some(lists)).await?;
    }
    tell_terms(transaction, lists).await
}

/// Counts lists, or all of them, that have no counters.
async fn count(transaction: &impl ConnectionTrait, lists: Option<&[Uuid]>) -> Result<(), DbErr> {
    use listing_count::Column as Count;
    let columns = [Column::ListId, Column::PublicationId, Column::Kind];
    let rows = Query::select()
        .columns(columns)
        .expr(count_all())
        .from(Entity)
        .and_where_option(lists.map(|lists| any_of(transaction, Column::ListId.into_expr(), lists)))
        .group_by_columns(columns)
        .take();
    let insert = Query::insert()
        .into_table(listing_count::Entity)
        .columns([Count::ListId, Count::PublicationId, Count::Kind, Count::Posts])
        .select_from(rows)
        .map_err(|error| DbErr::Custom(error.to_string()))?
        .take();
    transaction.execute(&insert).await.map(drop)
}

async fn forget(transaction: &impl ConnectionTrait, lists: &[Uuid]) -> Result<(), DbErr> {
    let list = listing_count::Column::ListId.into_expr();
    let delete = Query::delete()
        .from_table(listing_count::Entity)
        .and_where(any_of(transaction, list, lists))
        .take();
    transaction.execute(&delete).await.map(drop)
}

/// Copies the numbers of articles to the tags and categories among these lists, which are ordered by them.
async fn tell_terms(transaction: &impl ConnectionTrait, lists: &[Uuid]) -> Result<(), DbErr> {
    let (tags, categories) = (tag::Column::PostCount, category::Column::PostCount);
    copy(transaction, tag::Entity, tag::Column::Id, tags, lists).await?;
    copy(transaction, category::Entity, category::Column::Id, categories, lists).await
}

async fn copy<C: ColumnTrait>(
    transaction: &impl ConnectionTrait,
    table: impl EntityTrait,
    id: C,
    counter: C,
    lists: &[Uuid],
) -> Result<(), DbErr> {
    use listing_count::Column::{Kind, ListId, Posts};
    let posts = Query::select()
        .column(Posts)
        .from(listing_count::Entity)
        .and_where(ListId.into_expr().eq(id.into_expr()))
        .and_where(Kind.eq(PostKind::Article))
        .take();
    for lists in lists.chunks(CHUNK) {
        let update = Query::update()
            .table(table.table_ref())
            .value(counter, Func::coalesce([scalar(posts.clone()), Expr::val(0)]))
            .and_where(any_of(transaction, id.into_expr(), lists))
            .take();
        transaction.execute(&update).await?;
    }
    Ok(())
}
