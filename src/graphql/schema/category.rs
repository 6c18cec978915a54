//! Categories: a publication's tree of subjects.

use std::borrow::Cow;

use async_graphql::InputObject;

use super::Query;
use super::node;
use super::post_list::PostListArguments;
use crate::domain::category::{self, CategoryParent};
use crate::domain::page::{Position, SortKind};
use crate::domain::post::PostParent;
use crate::graphql::category::{Category, CategoryBy, CategoryById, CategoryCount, CategoryList, of_publication};
use crate::graphql::engine::{Connection, Fields, List, Listed, LookAhead, Object, One, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::id::NodeType;
use crate::graphql::publication::{self, PublicationById};

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
            Self::path_of,
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
            |page: &PageArguments, look_ahead: &LookAhead| list(CategoryParent::Category, page, look_ahead),
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

impl List for CategoryList {
    type Node = Category;
    type Count = CategoryCount;

    fn order(&self) {}

    fn count(&self) -> CategoryCount {
        CategoryCount(self.parent)
    }
}

/// The list that the arguments ask for below a thing of this kind.
fn list(parent: CategoryParent, page: &PageArguments, look_ahead: &LookAhead) -> Result<CategoryList> {
    let page = page.request::<Category>((), look_ahead)?;
    Ok(CategoryList { parent, page })
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
        list(of_publication(self.top_only), &self.page, look_ahead)
    }
}

/// Arguments of `categories`.
#[derive(InputObject)]
struct AllCategoriesArguments {
    #[graphql(flatten)]
    page: PageArguments,
    /// Slug of the publication; default: the default publication.
    publication: Option<String>,
    /// Only categories at the top level; their `children` hold the rest.
    #[graphql(default)]
    top_only: bool,
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
    let arguments = &one.arguments;
    let list = list(of_publication(arguments.top_only), &arguments.page, one.look_ahead)?;
    match publication::find(one.request, arguments.publication.as_deref()).await? {
        Some(publication) => Connection::load(one.request, list, publication.0, one.look_ahead).await,
        None => Ok(Connection::empty(())),
    }
}
