//! Categories: a publication's tree of subjects.

mod change;
mod place;
pub mod policy;
mod subtree;
mod tree;

pub use change::{NewCategory, add, change, remove};
pub use place::place;
pub(super) use subtree::{below, with_above};
pub use tree::MOST_LEVELS;

use std::collections::HashMap;

use entity::category::{ActiveModel, Column, Entity};
use entity::{CategoryId, PublicationId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::domain::listing;
use crate::domain::organise::InOrder;
use crate::domain::page::{Page, PageRequest, Position, SortValue, pages};
use crate::store::changes::Topic;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_children, fetch_count, fetch_counts, fetch_named, row};
use crate::store::sql::count_all;

row! {
    /// A category.
    pub struct CategoryRow of category {
        /// The id.
        pub id: CategoryId = Id,
        /// Whose it is.
        pub publication_id: PublicationId = PublicationId,
        /// The category above.
        pub parent_id: Option<CategoryId> = ParentId,
        /// Its name in addresses.
        pub slug: String = Slug,
        /// Its name as readers see it.
        pub name: String = Name,
        /// What it is about; may be empty.
        pub description: String = Description,
        /// Its place among its siblings.
        pub position: i32 = Position,
        /// Listed articles directly in it.
        pub post_count: i32 = PostCount,
        /// When it was made.
        pub created_at: Timestamp = CreatedAt,
    }
}

impl InOrder for CategoryRow {
    type Id = CategoryId;
    const THING: &'static str = "category";

    fn publication(&self) -> PublicationId {
        self.publication_id
    }

    async fn find(database: &impl Reads, id: CategoryId) -> Result<Option<Self>, DbErr> {
        Ok(by_ids(database, &[id]).await?.remove(&id))
    }
}

impl CategoryRow {
    /// Its place in a list of categories.
    pub fn list_position(&self) -> Position {
        Position {
            value: SortValue::Number(self.position),
            id: self.id.0,
        }
    }
}

/// What a list of categories hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CategoryParent {
    /// All of a publication.
    Publication,
    /// Those at the top of a publication's tree.
    PublicationTop,
    /// Those below a category.
    Category,
}

impl CategoryParent {
    fn link(self, statement: &mut SelectStatement, parent: Expr) {
        match self {
            Self::Publication => statement.and_where(Column::PublicationId.into_expr().eq(parent)),
            Self::PublicationTop => statement
                .and_where(Column::PublicationId.into_expr().eq(parent))
                .and_where(Column::ParentId.is_null()),
            Self::Category => statement.and_where(Column::ParentId.into_expr().eq(parent)),
        };
    }
}

fn categories() -> SelectStatement {
    let mut statement = Query::select();
    CategoryRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The categories with these ids.
pub async fn by_ids(database: &impl Reads, ids: &[CategoryId]) -> Result<HashMap<CategoryId, CategoryRow>, DbErr> {
    let statement = categories()
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    Ok(fetch::<CategoryRow>(&database.showing(Topic::things(ids)), &statement)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}

/// The category of a publication with this slug.
pub async fn by_slug(
    database: &impl Reads,
    publication: PublicationId,
    slug: &str,
) -> Result<Option<CategoryRow>, DbErr> {
    let statement = categories()
        .and_where(Column::PublicationId.eq(publication))
        .and_where(Column::Slug.eq(slug))
        .take();
    fetch_named(database, &statement, Topic::below(Entity, publication)).await
}

/// A page of categories for each parent, in the order of the tree's siblings.
pub async fn list_of(
    database: &impl Reads,
    parent: CategoryParent,
    parents: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Page<CategoryRow>>, DbErr> {
    let database = database.showing(Topic::below_each(Entity, parents));
    let children = fetch_children(&database, parents, |id| {
        let mut statement = categories();
        parent.link(&mut statement, id);
        request.apply(
            &mut statement,
            &Column::Position.into_expr(),
            &Column::Id.into_expr(),
            false,
        );
        statement
    })
    .await?;
    Ok(pages(children, request))
}

/// How many categories hang on each parent.
pub async fn count_of(
    database: &impl Reads,
    parent: CategoryParent,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, i64>, DbErr> {
    let database = database.showing(Topic::below_each(Entity, parents));
    fetch_counts(&database, parents, |id| {
        let mut statement = Query::select().expr(count_all()).from(Entity).take();
        parent.link(&mut statement, id);
        statement
    })
    .await
}

/// What a category says of itself, and where it stands.
#[derive(Clone, Debug)]
pub struct CategoryText {
    /// Its name as readers see it.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// The category above, of the same publication.
    pub parent: Option<CategoryId>,
}

/// Makes a category under a slug that is free in its publication, as the last of its siblings.
pub async fn create(
    transaction: &impl ConnectionTrait,
    publication: PublicationId,
    slug: String,
    text: CategoryText,
) -> Result<CategoryId, DbErr> {
    let mut siblings = Query::select();
    siblings.expr(count_all()).from(Entity);
    match text.parent {
        Some(parent) => CategoryParent::Category.link(&mut siblings, Expr::val(parent)),
        None => CategoryParent::PublicationTop.link(&mut siblings, Expr::val(publication)),
    }
    let position = i32::try_from(fetch_count(transaction, &siblings).await?).unwrap_or(i32::MAX);
    let row = ActiveModel {
        id: ActiveValue::Set(CategoryId::new()),
        publication_id: ActiveValue::Set(publication),
        parent_id: ActiveValue::Set(text.parent),
        slug: ActiveValue::Set(slug),
        name: ActiveValue::Set(text.name),
        folded_name: ActiveValue::NotSet,
        description: ActiveValue::Set(text.description),
        position: ActiveValue::Set(position),
        post_count: ActiveValue::Set(0),
        created_at: ActiveValue::Set(entity::now()),
    };
    Ok(row.insert(transaction).await?.id)
}

/// Changes what a category says of itself, and where it stands; it stays where it is rather than to stand below itself.
pub async fn update(transaction: &impl ConnectionTrait, id: CategoryId, text: CategoryText) -> Result<(), DbErr> {
    let (mut parent, mut moved) = (text.parent, Vec::new());
    if let Some(present) = by_ids(transaction, &[id]).await?.remove(&id)
        && present.parent_id != parent
    {
        let tree = tree::Tree::of(transaction, present.publication_id).await?;
        if parent.is_some_and(|wanted| tree.line(wanted).contains(&id)) {
            parent = present.parent_id;
        } else {
            moved = tree.between(present.parent_id, parent);
        }
    }
    let row = ActiveModel {
        id: ActiveValue::Unchanged(id),
        name: ActiveValue::Set(text.name),
        description: ActiveValue::Set(text.description),
        parent_id: ActiveValue::Set(parent),
        ..Default::default()
    };
    row.update(transaction).await?;
    listing::renew_categories(transaction, &moved).await
}
