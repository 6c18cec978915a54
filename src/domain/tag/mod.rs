//! Tags: a publication's keywords.

mod change;
mod merge;
pub mod policy;

pub use change::{add, change, remove};
pub(in crate::domain) use change::{make, named};
pub use merge::merge;

use std::collections::HashMap;

use entity::tag::{ActiveModel, Column, Entity};
use entity::{PublicationId, TagId, Timestamp, post};
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
    /// A tag.
    pub struct TagRow of tag {
        /// The id.
        pub id: TagId = Id,
        /// Whose it is.
        pub publication_id: PublicationId = PublicationId,
        /// Its name in addresses.
        pub slug: String = Slug,
        /// Its name as readers see it.
        pub name: String = Name,
        /// What it is about; may be empty.
        pub description: String = Description,
        /// Listed articles that carry it.
        pub post_count: i32 = PostCount,
        /// When it was made.
        pub created_at: Timestamp = CreatedAt,
    }
}

impl InOrder for TagRow {
    type Id = TagId;
    const THING: &'static str = "tag";

    fn publication(&self) -> PublicationId {
        self.publication_id
    }

    async fn find(database: &impl Reads, id: TagId) -> Result<Option<Self>, DbErr> {
        Ok(by_ids(database, &[id]).await?.remove(&id))
    }
}

/// An order of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagOrder {
    /// By name, in the database's collation.
    Name,
    /// The most used first.
    PostCount,
}

impl TagOrder {
    /// The place of a tag in this order.
    pub fn position(self, tag: &TagRow) -> Position {
        let value = match self {
            Self::Name => SortValue::Text(tag.name.clone()),
            Self::PostCount => SortValue::Number(tag.post_count),
        };
        Position { value, id: tag.id.0 }
    }
}

fn tags() -> SelectStatement {
    let mut statement = Query::select();
    TagRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The tags with these ids.
pub async fn by_ids(database: &impl Reads, ids: &[TagId]) -> Result<HashMap<TagId, TagRow>, DbErr> {
    let statement = tags().and_where(any_of(database, Column::Id.into_expr(), ids)).take();
    Ok(fetch::<TagRow>(&database.showing(Topic::things(ids)), &statement)
        .await?
        .into_iter()
        .map(|tag| (tag.id, tag))
        .collect())
}

/// The tag of a publication with this slug.
pub async fn by_slug(database: &impl Reads, publication: PublicationId, slug: &str) -> Result<Option<TagRow>, DbErr> {
    let statement = tags()
        .and_where(Column::PublicationId.eq(publication))
        .and_where(Column::Slug.eq(slug))
        .take();
    fetch_named(database, &statement, Topic::below(Entity, publication)).await
}

/// A page of tags for each publication.
pub async fn list_of(
    database: &impl Reads,
    publications: &[Uuid],
    order: TagOrder,
    request: &PageRequest,
) -> Result<HashMap<Uuid, Page<TagRow>>, DbErr> {
    let counted = (order == TagOrder::PostCount).then(|| Topic::below_each(post::Entity, publications));
    let shown = Topic::below_each(Entity, publications).chain(counted.into_iter().flatten());
    let database = database.showing(shown);
    let children = fetch_children(&database, publications, |publication| {
        let mut statement = tags();
        statement.and_where(Column::PublicationId.into_expr().eq(publication));
        let (value, descending) = match order {
            TagOrder::Name => (Column::Name, false),
            TagOrder::PostCount => (Column::PostCount, true),
        };
        request.apply(&mut statement, &value.into_expr(), &Column::Id.into_expr(), descending);
        statement
    })
    .await?;
    Ok(pages(children, request))
}

/// How many tags each publication has.
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

/// What a tag says of itself.
#[derive(Clone, Debug)]
pub struct TagText {
    /// Its name as readers see it.
    pub name: String,
    /// What it is about.
    pub description: String,
}

/// Makes a tag under a slug that is free in its publication.
pub async fn create(
    transaction: &impl ConnectionTrait,
    publication: PublicationId,
    slug: String,
    text: TagText,
) -> Result<TagId, DbErr> {
    let row = ActiveModel {
        id: ActiveValue::Set(TagId::new()),
        publication_id: ActiveValue::Set(publication),
        slug: ActiveValue::Set(slug),
        name: ActiveValue::Set(text.name),
        folded_name: ActiveValue::NotSet,
        description: ActiveValue::Set(text.description),
        post_count: ActiveValue::Set(0),
        created_at: ActiveValue::Set(entity::now()),
    };
    Ok(row.insert(transaction).await?.id)
}

/// Changes what a tag says of itself.
pub async fn update(transaction: &impl ConnectionTrait, id: TagId, text: TagText) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        name: ActiveValue::Set(text.name),
        description: ActiveValue::Set(text.description),
        ..Default::default()
    };
    row.update(transaction).await.map(drop)
}
