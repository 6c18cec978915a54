use std::collections::HashSet;

use entity::post::{Column, Entity, Model as Post, PostKind};
use entity::{PostId, PublicationId, SeriesId};
use sea_orm::sea_query::{Expr, Order, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::{SeriesRow, policy};
use crate::domain::accounts::Accounts;
use crate::domain::listing;
use crate::domain::organise::open;
use crate::domain::post::{self, Reach};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::term;
use crate::domain::viewer::Viewer;
use crate::store::Transaction;
use crate::store::changes::Topic;
use crate::store::dialect::any_of;
use crate::store::read::{Cells, Reads};
use crate::store::sql::by_id;

/// The most posts of one series.
pub const MOST_POSTS: usize = 1_000;

/// Rows of one statement.
const CHUNK: usize = 500;

/// Makes these the posts of a series, in this order. Those that were in it and are not named leave it; one that was in
/// another comes over.
///
/// # Errors
/// Not found; problems with posts that are not of the publication, named twice or too many; a viewer who may not.
pub async fn set_posts(accounts: &Accounts, viewer: Viewer, id: SeriesId, posts: &[PostId]) -> Result<(), Refusal> {
    let (transaction, series) = open::<SeriesRow>(accounts, viewer, id, policy::may_manage).await?;
    if posts.len() > MOST_POSTS {
        let message = format!("These are {} posts; allowed are {MOST_POSTS}.", posts.len());
        return Err(Problem::new(ProblemCode::TooLong, "postIds", message).into());
    }
    let found = post::by_ids(&transaction, viewer.at_work(), Reach::Direct, posts).await?;
    let mut problems = Problems::default();
    let mut named = HashSet::new();
    for (place, post) in posts.iter().enumerate() {
        let message = if found
            .get(post)
            .is_none_or(|row| row.publication_id != series.publication_id || row.kind != PostKind::Article)
        {
            "There is no such post in this publication."
        } else if named.insert(*post) {
            continue;
        } else {
            "This post is named twice."
        };
        problems.add(Problem::new(ProblemCode::Invalid, "postIds", message).within(place.to_string()));
    }
    problems.finish()?;
    release(&transaction, id).await?;
    for row in found.values() {
        transaction.changed([Topic::thing(row.id)]);
        transaction.changed(row.series_id.map(|other| Topic::below(Entity, other)));
    }
    transaction.changed(term::shown(entity::series::Entity, series.publication_id, id));
    let numbered: Vec<(PostId, i32)> = posts.iter().copied().zip(1..).collect();
    renumber(&transaction, id, &numbered).await?;
    listing::renew(&transaction, posts).await?;
    Ok(transaction.commit().await?)
}

/// Checks that a post can be a part of a series.
///
/// # Errors
/// A problem of `seriesId`: no such series in the publication, or one that is full; the database.
pub(in crate::domain) async fn check_for_post(
    transaction: &Transaction,
    publication: PublicationId,
    id: SeriesId,
    post: PostId,
) -> Result<(), Refusal> {
    let found = super::by_ids(transaction, &[id]).await?;
    if found.get(&id).is_none_or(|series| series.publication_id != publication) {
        let message = "There is no such series in the publication.";
        return Err(Problem::new(ProblemCode::Invalid, "seriesId", message).into());
    }
    if others(transaction, id, post).await?.len() >= MOST_POSTS {
        let message = format!("The series has {MOST_POSTS} posts; no more are allowed.");
        return Err(Problem::new(ProblemCode::NotAllowed, "seriesId", message).into());
    }
    Ok(())
}

/// Whether a post of a series is at a place among the listed ones, from 1, or would be if it were listed itself.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn is_at(
    transaction: &Transaction,
    id: SeriesId,
    post: &Post,
    place: i32,
) -> Result<bool, DbErr> {
    let others = others(transaction, id, post.id).await?;
    let listed: Vec<_> = others.iter().filter(|other| other.is_listed).collect();
    let before = listed
        .iter()
        .filter(|other| (other.number, other.id) < (post.series_position, post.id));
    let wanted = usize::try_from(place - 1).unwrap_or_default().min(listed.len());
    Ok(before.count() == wanted)
}

/// Makes room in a series for a post at a place among the listed ones, from 1; at the end where none is given. The number
/// that the post gets there.
///
/// # Errors
/// When the database fails.
pub(in crate::domain) async fn make_room(
    transaction: &Transaction,
    id: SeriesId,
    post: PostId,
    place: Option<i32>,
) -> Result<i32, DbErr> {
    let mut posts = others(transaction, id, post).await?;
    let listed = posts.iter().enumerate().filter(|(_, other)| other.is_listed);
    let next = place.and_then(|place| listed.map(|(index, _)| index).nth(usize::try_from(place - 1).ok()?));
    let index = next.unwrap_or(posts.len());
    let after = posts.split_off(index);
    let own = i32::try_from(index).unwrap_or(i32::MAX).saturating_add(1);
    let numbered = (1..).zip(posts).chain((own + 1..).zip(after));
    let moved = numbered.filter(|(number, other)| *number != other.number);
    let moved: Vec<(PostId, i32)> = moved.map(|(number, other)| (other.id, number)).collect();
    transaction.changed(moved.iter().map(|(other, _)| Topic::thing(*other)));
    renumber(transaction, id, &moved).await?;
    Ok(own)
}

/// A post of a series.
struct Part {
    id: PostId,
    number: i32,
    /// Whether readers find it in lists.
    is_listed: bool,
}

/// The posts of a series in order, but for one.
async fn others(transaction: &Transaction, id: SeriesId, post: PostId) -> Result<Vec<Part>, DbErr> {
    let is_listed = Expr::from(post::visible(Viewer::Anonymous, Reach::Listed));
    let statement = Query::select()
        .columns([Column::Id, Column::SeriesPosition])
        .expr(is_listed)
        .from(Entity)
        .and_where(Column::SeriesId.eq(id))
        .and_where(Column::Id.ne(post))
        .order_by(Column::SeriesPosition, Order::Asc)
        .order_by(Column::Id, Order::Asc)
        .take();
    let rows = transaction.rows(&statement).await?;
    let part = |cells: Cells<'_>| {
        Ok(Part {
            id: cells.get(0)?,
            number: cells.get(1)?,
            is_listed: cells.get(2)?,
        })
    };
    rows.each().map(part).collect()
}

/// Gives posts their numbers in a series.
async fn renumber(transaction: &Transaction, id: SeriesId, numbered: &[(PostId, i32)]) -> Result<(), DbErr> {
    for numbered in numbered.chunks(CHUNK) {
        let ids: Vec<PostId> = numbered.iter().map(|(post, _)| *post).collect();
        let post_id = Column::Id.into_expr();
        let update = Query::update()
            .table(Entity)
            .value(Column::SeriesId, id)
            .value(Column::SeriesPosition, by_id(&post_id, numbered))
            .and_where(any_of(transaction, post_id, &ids))
            .take();
        transaction.execute(&update).await?;
    }
    Ok(())
}

/// Takes all posts out of a series.
pub(super) async fn release(transaction: &Transaction, id: SeriesId) -> Result<(), DbErr> {
    let left = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::SeriesId.eq(id))
        .take();
    for cells in transaction.rows(&left).await?.each() {
        transaction.changed([Topic::thing(cells.get::<PostId>(0)?)]);
    }
    Entity::update_many()
        .col_expr(Column::SeriesId, Expr::val(None::<SeriesId>))
        .col_expr(Column::SeriesPosition, Expr::val(0))
        .filter(Column::SeriesId.eq(id))
        .exec(transaction)
        .await?;
    listing::remove(transaction, id).await
}
