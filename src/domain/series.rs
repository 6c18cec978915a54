//! Series: posts that are meant to be read in order.

use std::collections::HashMap;

use entity::series::{Column, Entity};
use entity::{PublicationId, SeriesId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::store::dialect::any_of;
use crate::store::row::{Row, fetch, fetch_children, fetch_counts, fetch_one, row};

row! {
    /// A series.
    pub struct SeriesRow of series {
        /// The id.
        pub id: SeriesId = Id,
        /// Whose it is.
        pub publication_id: PublicationId = PublicationId,
        /// Its name in addresses.
        pub slug: String = Slug,
        /// Its title.
        pub title: String = Title,
        /// What it is about; may be empty.
        pub description: String = Description,
        /// When it was made.
        pub created_at: Timestamp = CreatedAt,
    }
}

impl SeriesRow {
    /// Its place in a list of series, which is ordered by slug.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Text(self.slug.clone()),
            id: self.id.0,
        }
    }
}

fn all_series() -> SelectStatement {
    let mut statement = Query::select();
    SeriesRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The series with these ids.
pub async fn by_ids(database: &impl ConnectionTrait, ids: &[SeriesId]) -> Result<HashMap<SeriesId, SeriesRow>, DbErr> {
    let statement = all_series()
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    Ok(fetch::<SeriesRow>(database, &statement)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}

/// The series of a publication with this slug.
pub async fn by_slug(
    database: &impl ConnectionTrait,
    publication: PublicationId,
    slug: &str,
) -> Result<Option<SeriesRow>, DbErr> {
    let statement = all_series()
        .and_where(Column::PublicationId.eq(publication))
        .and_where(Column::Slug.eq(slug))
        .take();
    fetch_one(database, &statement).await
}

/// A page of series for each publication, by slug.
pub async fn list_of(
    database: &impl ConnectionTrait,
    publications: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Page<SeriesRow>>, DbErr> {
    let children = fetch_children(database, publications, |publication| {
        let mut statement = all_series();
        statement.and_where(Column::PublicationId.into_expr().eq(publication));
        request.apply(
            &mut statement,
            &Column::Slug.into_expr(),
            &Column::Id.into_expr(),
            false,
        );
        statement
    })
    .await?;
    Ok(children
        .into_iter()
        .map(|(parent, rows)| (parent, Page::new(rows, request)))
        .collect())
}

/// How many series each publication has.
pub async fn count_of(database: &impl ConnectionTrait, publications: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    fetch_counts(database, publications, |publication| {
        Query::select()
            .expr(Expr::cust("count(*)"))
            .from(Entity)
            .and_where(Column::PublicationId.into_expr().eq(publication))
            .take()
    })
    .await
}
