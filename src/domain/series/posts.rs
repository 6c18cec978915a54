use std::collections::HashSet;

use entity::post::{Column, Entity};
use entity::{PostId, SeriesId};
use sea_orm::sea_query::{Expr, Query};
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
use crate::store::read::Reads;
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
            .is_none_or(|row| row.publication_id != series.publication_id)
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
    for numbered in numbered.chunks(CHUNK) {
        let ids: Vec<PostId> = numbered.iter().map(|(post, _)| *post).collect();
        let post_id = Column::Id.into_expr();
        let update = Query::update()
            .table(Entity)
            .value(Column::SeriesId, id)
            .value(Column::SeriesPosition, by_id(&post_id, numbered))
            .and_where(any_of(&transaction, post_id, &ids))
            .take();
        transaction.execute(&update).await?;
    }
    listing::renew(&transaction, posts).await?;
    Ok(transaction.commit().await?)
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
