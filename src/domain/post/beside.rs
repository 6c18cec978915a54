use std::collections::HashMap;

use entity::post::{Column, Entity};
use entity::{PostId, SeriesId};
use sea_orm::DbErr;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use uuid::Uuid;

use super::filter::column;
use super::query::posts;
use super::row::PostRow;
use super::visible::{Reach, visible};
use crate::domain::Viewer;
use crate::domain::page::PageRequest;
use crate::store::changes::Topic;
use crate::store::read::Reads;
use crate::store::row::{fetch_children, fetch_counts};
use crate::store::sql::{count_all, scalar};

/// Which post beside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Neighbour {
    /// The next older one.
    Previous,
    /// The next newer one.
    Next,
}

/// The listed post of the same publication and kind that was published just before or after each of `ids`.
pub async fn neighbours(
    database: &impl Reads,
    viewer: Viewer,
    neighbour: Neighbour,
    ids: &[PostId],
) -> Result<HashMap<PostId, PostRow>, DbErr> {
    let older = neighbour == Neighbour::Previous;
    let place = Expr::tuple([column(Column::PublishedAt), column(Column::Id)]);
    let request = PageRequest {
        from_end: !older,
        ..PageRequest::first(1)
    };
    let parents: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let database = database.showing([Topic::any(Entity)]);
    let children = fetch_children(&database, &parents, |id| {
        let mut statement = posts();
        request.apply(&mut statement, &column(Column::PublishedAt), &column(Column::Id), true);
        let here_place = Expr::tuple([of_here(Column::PublishedAt, &id), id.clone()]);
        statement
            .cond_where(visible(viewer.as_reader(), Reach::Listed))
            .and_where(column(Column::PublicationId).eq(of_here(Column::PublicationId, &id)))
            .and_where(column(Column::Kind).eq(of_here(Column::Kind, &id)))
            .and_where(if older {
                place.clone().lt(here_place)
            } else {
                place.clone().gt(here_place)
            });
        statement
    })
    .await?;
    Ok(children
        .into_iter()
        .filter_map(|(id, rows)| Some((PostId(id), rows.into_iter().next()?)))
        .collect())
}

/// The position of each of these posts among those of its series that the viewer sees in lists, starting at 1; none for a post
/// that is not among them.
pub async fn positions_in_series(
    database: &impl Reads,
    viewer: Viewer,
    posts: &[(SeriesId, PostId)],
) -> Result<HashMap<PostId, i64>, DbErr> {
    let parents: Vec<Uuid> = posts.iter().map(|(_, post)| post.0).collect();
    let series: Vec<Uuid> = posts.iter().map(|(series, _)| series.0).collect();
    let place = Expr::tuple([column(Column::SeriesPosition), column(Column::Id)]);
    let database = database.showing(Topic::below_each(Entity, &series));
    let counts = fetch_counts(&database, &parents, |id| {
        let here_place = Expr::tuple([of_here(Column::SeriesPosition, &id), id.clone()]);
        let is_listed = Query::select()
            .expr(Expr::val(1))
            .from(Entity)
            .and_where(column(Column::Id).eq(id.clone()))
            .cond_where(visible(viewer, Reach::Listed))
            .take();
        Query::select()
            .expr(count_all())
            .from(Entity)
            .cond_where(visible(viewer, Reach::Listed))
            .and_where(column(Column::SeriesId).eq(of_here(Column::SeriesId, &id)))
            .and_where(column(Column::Kind).eq(of_here(Column::Kind, &id)))
            .and_where(place.clone().lte(here_place))
            .and_where(Expr::exists(is_listed))
            .take()
    });
    Ok(counts
        .await?
        .into_iter()
        .filter(|(_, position)| *position > 0)
        .map(|(id, position)| (PostId(id), position))
        .collect())
}

/// A column of the post with an id that a statement is about, as a value, which an index is searched for: beside a joined row,
/// PostgreSQL reads the list from its end.
fn of_here(column: Column, id: &Expr) -> Expr {
    let here = Alias::new("here");
    scalar(
        Query::select()
            .column((here.clone(), column))
            .from_as(Entity, here.clone())
            .and_where(Expr::col((here, Column::Id)).eq(id.clone()))
            .take(),
    )
}
