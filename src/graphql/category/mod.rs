//! Categories: a publication's tree of subjects.

mod change;

pub use change::CategoryMutation;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};
use chrono::{DateTime, Utc};
use entity::CategoryId;
use futures_util::try_join;
use sea_orm::DbErr;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::id::{NodeType, decode_as, encode};
use super::loader::{Relation, Source, by_id};
use super::page::{Connection, Listed, PageArguments, Total, write_page};
use super::plan::{Plan, Selected, Step};
use super::post::Post;
use super::posts::{PostList, PostOrder, PostWhere, plan_posts, write_posts};
use super::publication::{self, Publication, PublicationById};
use super::written::{Write, WriteField, Written, maybe_one, one, scalar, text};
use crate::domain::category::{self, CategoryParent, CategoryRow};
use crate::domain::page::{Page, PageRequest, Position, SortKind};
use crate::domain::post::PostParent;
use crate::domain::redirect::Target;

/// A subject of a publication: a node of its tree.
#[derive(Clone)]
pub struct Category(pub(super) Arc<CategoryRow>);

impl From<CategoryRow> for Category {
    fn from(row: CategoryRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Category {
    /// Its path below the front end's address.
    pub(super) fn path_of(&self) -> String {
        Target::Category(self.0.id).path(&self.0.slug)
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

impl Plan for Category {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "posts" => plan_posts(step, PostParent::Category, |category| category.0.id.0),
            "children" => plan_categories(step, CategoryParent::Category, |category| category.0.id.0),
            "parent" => step.follow(CategoryById, |category| category.0.parent_id),
            "publication" => step.follow(PublicationById, |category| Some(category.0.publication_id)),
            _ => {}
        }
    }
}

impl Write for Category {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "id" => scalar(|category: &Self| encode(NodeType::Category, category.0.id)),
            "slug" => text(|category: &Self| category.0.slug.as_str()),
            "path" => scalar(Self::path_of),
            "name" => text(|category: &Self| category.0.name.as_str()),
            "description" => text(|category: &Self| category.0.description.as_str()),
            "postCount" => scalar(|category: &Self| category.0.post_count),
            "createdAt" => scalar(|category: &Self| category.0.created_at),
            "publication" => one(selected, PublicationById, |category: &Self| category.0.publication_id),
            "parent" => maybe_one(selected, CategoryById, |category: &Self| category.0.parent_id),
            "children" => write_categories(selected, CategoryParent::Category, |category: &Self| category.0.id.0),
            "posts" => write_posts(selected, PostParent::Category, |category: &Self| {
                (category.0.id.0, Some(category.0.post_count))
            }),
            _ => None,
        }
    }
}

/// A subject of a publication: a node of its tree.
#[Object(serial)]
impl Category {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Category, self.0.id)
    }

    /// Its name in addresses; unique in its publication.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its path below the front end's address, as `resolvePath` takes it.
    async fn path(&self) -> String {
        self.path_of()
    }

    /// Its name as readers see it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is about; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Number of published, public articles in it and in the categories below it, each counted once.
    async fn post_count(&self) -> i32 {
        self.0.post_count
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Whose it is.
    async fn publication(&self, context: &Context<'_>) -> Result<Publication> {
        let publication = RequestContext::of(context)?
            .reader
            .child(PublicationById, self.0.publication_id)
            .await?;
        publication.ok_or(Fault::Unavailable)
    }

    /// The category above; none at the top.
    async fn parent(&self, context: &Context<'_>) -> Result<Option<Category>> {
        match self.0.parent_id {
            Some(id) => RequestContext::of(context)?.reader.child(CategoryById, id).await,
            None => Ok(None),
        }
    }

    /// The categories directly below.
    async fn children(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Category>> {
        let page = PageArguments::given(context, first, after, last, before);
        let list = CategoryList::new(CategoryParent::Category, &page)?;
        list.connection(RequestContext::of(context)?, self.0.id.0).await
    }

    /// Its posts, newest first unless ordered otherwise.
    #[allow(clippy::too_many_arguments)] // They are the field's arguments.
    async fn posts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which of them.")] filter: Option<PostWhere>,
        #[graphql(desc = "In which order.")] order_by: Option<PostOrder>,
    ) -> Result<Connection<Post>> {
        let page = PageArguments::given(context, first, after, last, before);
        let list = PostList::new(PostParent::Category, filter, order_by, &page)?;
        list.connection(RequestContext::of(context)?, self.0.id.0, Some(self.0.post_count))
            .await
    }
}

by_id! {
    /// Categories by id.
    CategoryById: CategoryId => Category, |source, ids| category::by_ids(&source.database, ids)
}

/// A list of categories.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CategoryList {
    pub(super) parent: CategoryParent,
    pub(super) page: PageRequest,
}

impl CategoryList {
    /// The list that the arguments ask for.
    pub fn new(parent: CategoryParent, page: &PageArguments) -> Result<Self> {
        Ok(Self {
            parent,
            page: page.request::<Category>(())?,
        })
    }

    fn shown(&self, request: &RequestContext, page: Arc<Page<Category>>, id: Uuid) -> Connection<Category> {
        Connection::new(page, (), Total::by(request, CategoryCount(self.parent), id))
    }

    /// Its page below the thing with this id.
    pub async fn connection(self, request: &RequestContext, id: Uuid) -> Result<Connection<Category>> {
        let page = request.reader.child(self.clone(), id).await?;
        Ok(self.shown(request, page, id))
    }
}

impl Relation for CategoryList {
    type Parent = Uuid;
    type Child = Arc<Page<Category>>;

    fn richer(&self) -> Option<Self> {
        let page = self.page.peeking()?;
        Some(Self { page, ..self.clone() })
    }

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

/// How long a list of categories is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CategoryCount(pub(super) CategoryParent);

impl Relation for CategoryCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        category::count_of(&source.database, self.0, parents).await
    }
}

/// Plans for lists of categories below things that `parent` describes.
pub fn plan_categories<T: Plan>(step: &mut Step<'_, T>, parent: CategoryParent, id: impl Fn(&T) -> Uuid) {
    let selected = step.selected();
    let list = CategoryList::new(parent, &PageArguments::of(selected));
    if selected.has("totalCount") {
        step.load(CategoryCount(parent), |item| Some(id(item)));
    }
    // Unreadable arguments are reported by the resolver.
    if let Ok(list) = list {
        step.follow(list, |item| Some(id(item)));
    }
}

/// Writes lists of categories below things that `parent` describes.
pub fn write_categories<T>(
    selected: &Selected<'_>,
    parent: CategoryParent,
    id: impl Fn(&T) -> Uuid + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    let list = CategoryList::new(parent, &PageArguments::read(selected)?).ok()?;
    write_page(selected, list, id, CategoryList::shown)
}

/// Whether a publication's whole tree is meant, or its top.
pub fn of_publication(top_only: bool) -> CategoryParent {
    if top_only {
        CategoryParent::PublicationTop
    } else {
        CategoryParent::Publication
    }
}

/// Names a category: give exactly one.
#[derive(OneofObject)]
pub enum CategoryBy {
    /// The global id.
    Id(ID),
    /// The slug.
    Slug(String),
}

/// Categories, of the query.
#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// A category.
    async fn category(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] by: CategoryBy,
        #[graphql(desc = "Slug of its publication, where `by` has a slug; the default publication when left out.")]
        publication: Option<String>,
    ) -> Result<Option<Written<Category>>> {
        let request = RequestContext::of(context)?;
        let category = match by {
            CategoryBy::Id(id) => match decode_as(NodeType::Category, &id) {
                Some(id) => request.reader.child(CategoryById, id).await?,
                None => None,
            },
            CategoryBy::Slug(slug) => match publication::find(request, publication.as_deref()).await? {
                Some(publication) => category::by_slug(request.database(), publication, &slug)
                    .await?
                    .map(Category::from),
                None => None,
            },
        };
        Ok(request.planned(context, category).await?.map(Written))
    }

    /// The categories of one publication, in the order of siblings; none when there is no such publication.
    #[allow(clippy::too_many_arguments)] // They are the field's arguments.
    async fn categories(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Slug of the publication; the default publication when left out.")] publication: Option<
            String,
        >,
        #[graphql(desc = "Only those at the top; their `children` hold the rest.", default)] top_only: bool,
    ) -> Result<Written<Connection<Category>>> {
        let request = RequestContext::of(context)?;
        let list = CategoryList::new(
            of_publication(top_only),
            &PageArguments::given(context, first, after, last, before),
        )?;
        let Some(publication) = publication::find(request, publication.as_deref()).await? else {
            return Ok(Written(Connection::new(Arc::default(), (), Total::Known(0))));
        };
        let count = CategoryCount(list.parent);
        let (page, total) = try_join!(
            request.reader.child(list, publication.0),
            Total::selected(context, request.reader.child(count, publication.0))
        )?;
        request.plan(context, &page).await?;
        Ok(Written(Connection::new(page, (), total)))
    }
}
