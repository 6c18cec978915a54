//! Lists of posts and of pages: at the root of the query, and on everything that has some.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Enum;
use futures_util::try_join;
use sea_orm::DbErr;
use uuid::Uuid;

use super::ContentObject;
use crate::domain::page::{Page, PageRequest, SortKind};
use crate::domain::post::{self, PostField, PostFilter, PostOrder, PostParent, PostRow};
use crate::graphql::engine::error::Result;
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::{Connection, Listed, One, PageArguments};
use crate::graphql::schema::Query;

/// Direction of an order.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum Direction {
    /// Ascending: smallest, oldest, or first in the alphabet.
    Asc,
    /// Descending: largest, newest, or last in the alphabet.
    #[default]
    Desc,
}

/// A list below one object.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ContentList {
    /// Kind of the object.
    pub parent: PostParent,
    /// What the list holds.
    pub filter: PostFilter,
    /// Its order.
    pub order: PostOrder,
    /// Which part of it is asked for.
    pub page: PageRequest,
}

impl ContentList {
    /// The page below each parent.
    pub async fn load<T: ContentObject>(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<T>>>, DbErr> {
        let Self {
            parent,
            filter,
            order,
            page,
        } = self;
        let pages = post::list_of(&source.database, source.viewer, *parent, parents, filter, *order, page).await?;
        Ok(pages
            .into_iter()
            .map(|(parent, page)| (parent, Arc::new(objects(page))))
            .collect())
    }

    /// How its length is counted.
    pub fn count(&self) -> ContentCount {
        ContentCount {
            parent: self.parent,
            filter: self.filter.clone(),
        }
    }
}

/// The rows of a page as objects; all of them are of one kind.
fn objects<T: ContentObject>(page: Page<PostRow>) -> Page<T> {
    page.filter_map(|row| T::of(Arc::new(row)))
}

/// Lengths of lists below one object.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ContentCount {
    parent: PostParent,
    filter: PostFilter,
}

impl Relation for ContentCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        post::count_of(&source.database, source.viewer, self.parent, parents, &self.filter).await
    }
}

/// A list of the query: of the publication that the filter names, or of the default one.
pub(in crate::graphql::schema) async fn at_root<T: ContentObject + Listed<Order = PostOrder>, A>(
    one: &One<'_, Query, A>,
    mut filter: PostFilter,
    order: PostOrder,
    page: &PageArguments,
) -> Result<Connection<T>> {
    let request = one.request;
    let named = filter.publication.take();
    let publication = request.publication(named.as_deref());
    let page = page.request::<T>(order, one.look_ahead)?;
    let (database, viewer) = (request.database(), request.viewer());
    let total = async {
        if one.look_ahead.has("totalCount") {
            post::count(database, viewer, publication, &filter).await
        } else {
            Ok(0)
        }
    };
    let (found, total) = try_join!(post::list(database, viewer, publication, &filter, order, &page), total)?;
    Ok(Connection::new(Arc::new(objects(found)), order, Ok(total)))
}

/// The name of an order inside cursors, and the type that it compares.
pub(in crate::graphql::schema) fn order_key(order: PostOrder) -> (&'static str, SortKind) {
    match (order.field, order.descending) {
        (PostField::PublishedAt, false) => ("p", SortKind::Time),
        (PostField::PublishedAt, true) => ("p-", SortKind::Time),
        (PostField::UpdatedAt, false) => ("u", SortKind::Time),
        (PostField::UpdatedAt, true) => ("u-", SortKind::Time),
        (PostField::Title, false) => ("t", SortKind::Text),
        (PostField::Title, true) => ("t-", SortKind::Text),
        (PostField::SeriesPosition, false) => ("s", SortKind::Number),
        (PostField::SeriesPosition, true) => ("s-", SortKind::Number),
        (PostField::Position, false) => ("o", SortKind::Number),
        (PostField::Position, true) => ("o-", SortKind::Number),
    }
}
