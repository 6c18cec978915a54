//! Publications: whose posts these are.

use std::collections::HashMap;

use entity::publication::{Column, Entity};
use entity::{PublicationId, Timestamp};
use sea_orm::sea_query::{Expr, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::store::dialect::any_of;
use crate::store::row::{Row, fetch, fetch_count, fetch_one, row};

row! {
    /// A publication.
    pub struct PublicationRow of publication {
        /// The id.
        pub id: PublicationId = Id,
        /// Its name in addresses.
        pub slug: String = Slug,
        /// Its name as readers see it.
        pub title: String = Title,
        /// One line about it; may be empty.
        pub tagline: String = Tagline,
        /// BCP 47 language tag of its texts.
        pub language: String = Language,
        /// Where its front end lives.
        pub site_url: Option<String> = SiteUrl,
        /// When it was made.
        pub created_at: Timestamp = CreatedAt,
        /// When it last changed.
        pub updated_at: Timestamp = UpdatedAt,
    }
}

impl PublicationRow {
    /// Its place in the list of publications, which is ordered by slug.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Text(self.slug.clone()),
            id: self.id.0,
        }
    }
}

fn publications() -> SelectStatement {
    let mut statement = Query::select();
    PublicationRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The publications with these ids.
pub async fn by_ids(
    database: &impl ConnectionTrait,
    ids: &[PublicationId],
) -> Result<HashMap<PublicationId, PublicationRow>, DbErr> {
    let statement = publications()
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    Ok(fetch::<PublicationRow>(database, &statement)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}

/// The publication with this slug; without one the oldest, which is the only one on most installations.
pub async fn by_slug(database: &impl ConnectionTrait, slug: Option<&str>) -> Result<Option<PublicationRow>, DbErr> {
    let mut statement = publications();
    match slug {
        Some(slug) => statement.and_where(Column::Slug.eq(slug)),
        None => statement.order_by_expr(Column::Id.into_expr(), Order::Asc),
    };
    fetch_one(database, &statement.limit(1).take()).await
}

/// A page of all publications, by slug.
pub async fn list(database: &impl ConnectionTrait, request: &PageRequest) -> Result<Page<PublicationRow>, DbErr> {
    let mut statement = publications();
    request.apply(
        &mut statement,
        &Column::Slug.into_expr(),
        &Column::Id.into_expr(),
        false,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// How many publications there are.
pub async fn count(database: &impl ConnectionTrait) -> Result<i64, DbErr> {
    fetch_count(
        database,
        &Query::select().expr(Expr::cust("count(*)")).from(Entity).take(),
    )
    .await
}
