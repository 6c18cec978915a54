//! Series: posts that are meant to be read in order.

mod change;
pub mod policy;
mod posts;

pub use change::{add, change, remove};
pub use posts::{MOST_POSTS, set_posts};
pub(in crate::domain) use posts::{check_for_post, is_at, make_room};

use std::collections::HashMap;

use entity::series::{ActiveModel, Column, Entity};
use entity::{PublicationId, SeriesId, Timestamp};
use sea_orm::sea_query::{ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::domain::organise::InOrder;
use crate::domain::page::{Page, PageRequest, Position, SortValue, pages};
use crate::store::changes::Topic;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_children, fetch_counts, fetch_named, row};
use crate::store::sql::count_all;

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

impl InOrder for SeriesRow {
    type Id = SeriesId;
    const THING: &'static str = "series";

    fn publication(&self) -> PublicationId {
        self.publication_id
    }

    async fn find(database: &impl Reads, id: SeriesId) -> Result<Option<Self>, DbErr> {
        Ok(by_ids(database, &[id]).await?.remove(&id))
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
pub async fn by_ids(database: &impl Reads, ids: &[SeriesId]) -> Result<HashMap<SeriesId, SeriesRow>, DbErr> {
    let statement = all_series()
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    Ok(fetch::<SeriesRow>(&database.showing(Topic::things(ids)), &statement)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}

/// The series of a publication with this slug.
pub async fn by_slug(
    database: &impl Reads,
    publication: PublicationId,
    slug: &str,
) -> Result<Option<SeriesRow>, DbErr> {
    let statement = all_series()
        .and_where(Column::PublicationId.eq(publication))
        .and_where(Column::Slug.eq(slug))
        .take();
    fetch_named(database, &statement, Topic::below(Entity, publication)).await
}

/// A page of series for each publication, by slug.
pub async fn list_of(
    database: &impl Reads,
    publications: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Page<SeriesRow>>, DbErr> {
    let database = database.showing(Topic::below_each(Entity, publications));
    let children = fetch_children(&database, publications, |publication| {
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
    Ok(pages(children, request))
}

/// How many series each publication has.
pub async fn count_of(database: &impl Reads, publications: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    let database = database.showing(Topic::below_each(Entity, publications));
    fetch_counts(&database, publications, |publication| {
        Query::select()
            .expr(count_all())
            .from(Entity)
            .and_where(Column::PublicationId.into_expr().eq(publication))
            .take()
    })
    .await
}

/// What a series says of itself.
#[derive(Clone, Debug)]
pub struct SeriesText {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
}

/// Makes a series under a slug that is free in its publication.
pub async fn create(
    transaction: &impl ConnectionTrait,
    publication: PublicationId,
    slug: String,
    text: SeriesText,
) -> Result<SeriesId, DbErr> {
    let row = ActiveModel {
        id: ActiveValue::Set(SeriesId::new()),
        publication_id: ActiveValue::Set(publication),
        slug: ActiveValue::Set(slug),
        title: ActiveValue::Set(text.title),
        folded_name: ActiveValue::NotSet,
        description: ActiveValue::Set(text.description),
        created_at: ActiveValue::Set(entity::now()),
    };
    Ok(row.insert(transaction).await?.id)
}

/// Changes what a series says of itself.
pub async fn update(transaction: &impl ConnectionTrait, id: SeriesId, text: SeriesText) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        title: ActiveValue::Set(text.title),
        description: ActiveValue::Set(text.description),
        ..Default::default()
    };
    row.update(transaction).await.map(drop)
}
