//! Categories: a publication's tree of topics.

mod mutation;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ID, InputObject, OneofObject};
use entity::CategoryId;
use sea_orm::DbErr;
use uuid::Uuid;

pub(super) use mutation::mutation;

use super::Query;
use super::node;
use super::post_list::PostListArguments;
use super::publication::{self, PublicationById};
use crate::domain::category::{self, CategoryParent, CategoryRow};
use crate::domain::page::{Page, PageRequest, Position, SortKind};
use crate::domain::post::PostParent;
use crate::domain::redirect::Target;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::{Relation, Source, by_id};
use crate::graphql::engine::{Connection, Fields, List, Listed, LookAhead, Object, One, PageArguments};

/// A category.
#[derive(Clone)]
pub struct Category(pub Arc<CategoryRow>);

impl From<CategoryRow> for Category {
    fn from(row: CategoryRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Category {
    /// Path on the front end.
    pub fn path(&self) -> String {
        Target::Category(self.0.id).path(&self.0.slug)
    }
}

impl Object for Category {
    const DESCRIPTION: &'static str = "A category: a node of the publication's category tree.";

    fn type_name() -> Cow<'static, str> {
        "Category".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Category, |category| category.0.id);
        fields.text("slug", "Slug, unique within the publication.", |category| {
            &category.0.slug
        });
        fields.value(
            "path",
            "Path on the front end, as `resolvePath` accepts it.",
            Self::path,
        );
        fields.text("name", "Display name.", |category| &category.0.name);
        fields.text("description", "Description; may be empty.", |category| {
            &category.0.description
        });
        fields.value(
            "postCount",
            "Number of published, public articles in this category and its descendants, each counted once.",
            |category| category.0.post_count,
        );
        fields.value("createdAt", "Creation time.", |category| category.0.created_at);
        fields.required(
            "publication",
            "Publication it belongs to.",
            PublicationById,
            |category| category.0.publication_id,
        );
        fields.related(
            "parent",
            "Parent category; null at the top level.",
            CategoryById,
            |category| category.0.parent_id,
        );
        fields.connection(
            "children",
            "Child categories, in the order of siblings.",
            |page: &PageArguments, look_ahead: &LookAhead| {
                CategoryList::new(CategoryParent::Category, page, look_ahead)
            },
            |category: &Self| category.0.id.0,
        );
        fields.counted_connection(
            "posts",
            "Posts in this category and its descendants, newest first by default.",
            PostListArguments::list(PostParent::Category),
            |category| category.0.id.0,
            |category, list, request| list.stored_count(category.0.post_count, request),
        );
    }
}

impl Listed for Category {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("o", SortKind::Number)
    }

    fn position(&self, (): ()) -> Position {
        self.0.list_position()
    }
}

by_id! {
    /// Categories by id.
    CategoryById: CategoryId => Category, |source, ids| category::by_ids(&source.database, ids)
}

/// A list of categories of publications, or below categories.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CategoryList {
    parent: CategoryParent,
    page: PageRequest,
}

impl CategoryList {
    fn new(parent: CategoryParent, page: &PageArguments, look_ahead: &LookAhead) -> Result<Self> {
        let page = page.request::<Category>((), look_ahead)?;
        Ok(Self { parent, page })
    }
}

impl Relation for CategoryList {
    type Parent = Uuid;
    type Child = Arc<Page<Category>>;

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<Category>>>, DbErr> {
        let pages = category::list_of(&source.database, self.parent, parents, &self.page).await?;
        Ok(pages
            .into_iter()
            .map(|(parent, page)| (parent, Arc::new(page.map(Category::from))))
            .collect())
    }
}

/// Number of categories of publications, or below categories.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CategoryCount(CategoryParent);

impl Relation for CategoryCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        category::count_of(&source.database, self.0, parents).await
    }
}

impl List for CategoryList {
    type Node = Category;
    type Count = CategoryCount;

    fn order(&self) {}

    fn count(&self) -> CategoryCount {
        CategoryCount(self.parent)
    }
}

/// Identifies a category.
#[derive(OneofObject)]
enum CategoryBy {
    /// Global id.
    Id(ID),
    /// Slug.
    Slug(String),
}

/// Arguments of `category`.
#[derive(InputObject)]
struct CategoryArguments {
    /// Category to find.
    by: CategoryBy,
    /// Slug of its publication, where `by` has a slug; default: the default publication.
    publication: Option<String>,
}

/// Arguments of `categories` below a publication.
#[derive(InputObject)]
pub(super) struct CategoryListArguments {
    #[graphql(flatten)]
    page: PageArguments,
    /// Only categories at the top level; their `children` hold the rest.
    #[graphql(default)]
    top_only: bool,
}

impl CategoryListArguments {
    /// The list that they ask for.
    pub(super) fn list(&self, look_ahead: &LookAhead) -> Result<CategoryList> {
        let parent = if self.top_only {
            CategoryParent::PublicationTop
        } else {
            CategoryParent::Publication
        };
        CategoryList::new(parent, &self.page, look_ahead)
    }
}

/// Arguments of `categories`.
#[derive(InputObject)]
struct AllCategoriesArguments {
    /// Slug of the publication; default: the default publication.
    publication: Option<String>,
    #[graphql(flatten)]
    list: CategoryListArguments,
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve("category", "A category by id or slug.", |one| Box::pin(find(one)));
    fields.resolve(
        "categories",
        "Categories of a publication, in the order of siblings; empty if there is no such publication.",
        |one| Box::pin(all(one)),
    );
}

async fn find(one: One<'_, Query, CategoryArguments>) -> Result<Option<Category>> {
    let request = one.request;
    match &one.arguments.by {
        CategoryBy::Id(id) => node::by_id(request, NodeType::Category, CategoryById, id).await,
        CategoryBy::Slug(slug) => match publication::find(request, one.arguments.publication.as_deref()).await? {
            Some(publication) => Ok(category::by_slug(request.database(), publication, slug)
                .await?
                .map(Category::from)),
            None => Ok(None),
        },
    }
}

async fn all(one: One<'_, Query, AllCategoriesArguments>) -> Result<Connection<Category>> {
    let list = one.arguments.list.list(one.look_ahead)?;
    match publication::find(one.request, one.arguments.publication.as_deref()).await? {
        Some(publication) => Connection::load(one.request, list, publication.0, one.look_ahead).await,
        None => Ok(Connection::empty(())),
    }
}
