//! Lists of posts: what may be asked of them, at the root and on everything that posts hang on.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::post as stored;
use futures_util::future::BoxFuture;
use futures_util::try_join;
use sea_orm::DbErr;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::loader::{Relation, Source};
use super::page::{Connection, PageArguments, Total};
use super::plan::{Plan, Selected, Step};
use super::post::{Post, PostKind, PostStatus, Visibility};
use super::written::{WriteField, Written, object};
use crate::domain::page::{Page, PageRequest};
use crate::domain::post::{self, PostFilter, PostOrder as Order, PostParent};

/// Which posts: all conditions that are given hold at once.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PostWhere {
    /// Slug of their publication. At the root, the default publication when left out.
    pub publication: Option<String>,
    /// Articles or pages; articles when it is left out.
    pub kind: Option<PostKind>,
    /// The slug of a tag that they carry.
    pub tag: Option<String>,
    /// Slug of a category that they stand in, or in one below it.
    pub category: Option<String>,
    /// Whether only posts that stand in the category itself are wanted, and none from the categories below it.
    #[graphql(default)]
    pub direct_only: bool,
    /// The username of one of their authors.
    pub author: Option<String>,
    /// The slug of their series.
    pub series: Option<String>,
    /// A part of their title, in any case of letters.
    pub title: Option<String>,
    /// Published at this time or later.
    pub published_from: Option<DateTime<Utc>>,
    /// Published before this time.
    pub published_before: Option<DateTime<Utc>>,
    /// Pinned by the editors, or not.
    pub featured: Option<bool>,
    /// Where they, or their working copies, stand; PUBLISHED when left out. What is not published is listed for those who may
    /// edit it, with the scope `read:drafts`. Such a list is ordered by the last change, unless all that it names has a date of
    /// publication.
    pub status: Option<Vec<PostStatus>>,
    /// Who may read them. When left out, PUBLIC for published posts, and any for others. Posts that are not public are listed
    /// with the scope `read:drafts`: MEMBERS for members, the others for those who may edit them.
    pub visibility: Option<Vec<Visibility>>,
    /// Whether they have a working copy, of those that the viewer may write on.
    pub has_draft: Option<bool>,
}

impl From<PostWhere> for PostFilter {
    fn from(input: PostWhere) -> Self {
        Self {
            publication: input.publication,
            kind: Some(input.kind.unwrap_or(PostKind::Article).into()),
            tag: input.tag,
            category: input.category,
            direct_only: input.direct_only,
            author: input.author,
            series: input.series,
            title: input.title,
            published_from: input.published_from,
            published_before: input.published_before,
            featured: input.featured,
            statuses: input.status.unwrap_or_default().into_iter().map(Into::into).collect(),
            visibilities: input
                .visibility
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            has_draft: input.has_draft,
        }
    }
}

/// What posts are ordered by.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum PostField {
    /// When they went public.
    #[default]
    PublishedAt,
    /// When they last changed.
    UpdatedAt,
    /// Their title, in the database's collation.
    Title,
    /// Their place in their series.
    SeriesPosition,
}

/// Which end of an order comes first.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum Direction {
    /// Smallest, oldest, or first in the alphabet.
    Asc,
    /// Greatest, newest, or last in the alphabet.
    #[default]
    Desc,
}

/// An order of posts: the newest first when it is left out.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct PostOrder {
    /// What they are ordered by.
    #[graphql(default)]
    pub field: PostField,
    /// Which end comes first.
    #[graphql(default)]
    pub direction: Direction,
}

impl From<PostOrder> for Order {
    fn from(input: PostOrder) -> Self {
        Self {
            field: match input.field {
                PostField::PublishedAt => post::PostField::PublishedAt,
                PostField::UpdatedAt => post::PostField::UpdatedAt,
                PostField::Title => post::PostField::Title,
                PostField::SeriesPosition => post::PostField::SeriesPosition,
            },
            descending: input.direction == Direction::Desc,
        }
    }
}

/// A list of posts below one thing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PostList {
    pub(super) parent: PostParent,
    pub(super) filter: PostFilter,
    pub(super) order: Order,
    page: PageRequest,
}

impl PostList {
    /// The list that the arguments ask for.
    pub fn new(
        parent: PostParent,
        filter: Option<PostWhere>,
        order: Option<PostOrder>,
        page: &PageArguments,
    ) -> Result<Self> {
        Self::below(parent, filter, order, |order| page.request::<Post>(order))
    }

    /// The list that the arguments ask for; `page` reads those of its page.
    pub(super) fn below(
        parent: PostParent,
        filter: Option<PostWhere>,
        order: Option<PostOrder>,
        page: impl FnOnce(Order) -> Result<PageRequest>,
    ) -> Result<Self> {
        let filter = PostFilter::from(filter.unwrap_or_default());
        let order = order_of(order, &filter, natural_order(parent))?;
        Ok(Self {
            parent,
            filter,
            order,
            page: page(order)?,
        })
    }

    /// The length of the list, where it is that of all articles, which its parent stores.
    pub(super) fn stored_count(&self, articles: i32, request: &RequestContext) -> Option<i64> {
        // Where its post was never published, a preview shows one more.
        let is_preview = request.viewer().previewed().is_some();
        (self.counts_articles() && !is_preview).then_some(articles.into())
    }

    /// Its page below the thing with this id, which may know its number of listed articles.
    /// Boxed, so that the futures of fields, of which each stands in the memory of all, stay small.
    pub fn connection(
        self,
        request: &RequestContext,
        id: Uuid,
        articles: Option<i32>,
    ) -> BoxFuture<'_, Result<Connection<Post>>> {
        let (order, total) = (self.order, self.total(request, id, articles));
        Box::pin(async move { Ok(Connection::new(request.reader.child(self, id).await?, order, total)) })
    }

    fn total(&self, request: &RequestContext, id: Uuid, articles: Option<i32>) -> Total {
        // Where its post was never published, a preview shows one more.
        let is_preview = request.viewer().previewed().is_some();
        match articles {
            Some(count) if self.counts_articles() && !is_preview => Total::Known(count.into()),
            _ => Total::by(
                request,
                PostCount {
                    parent: self.parent,
                    filter: self.filter.clone(),
                },
                id,
            ),
        }
    }

    /// Whether the list holds all articles, whose number is stored on tags and categories.
    fn counts_articles(&self) -> bool {
        self.filter
            == PostFilter {
                kind: Some(stored::PostKind::Article),
                ..PostFilter::default()
            }
    }
}

/// The order that is asked for, or else the natural one. What has no date yet cannot be ordered by it.
pub(super) fn order_of(given: Option<PostOrder>, filter: &PostFilter, natural: Order) -> Result<Order> {
    let order = match given {
        Some(given) => Order::from(given),
        None if filter.is_dated() => natural,
        None => Order::LAST_CHANGED,
    };
    if order.field == post::PostField::PublishedAt && !filter.is_dated() {
        let message = "`orderBy` is PUBLISHED_AT, but `where.status` names posts that have no such date; allowed are \
                       UPDATED_AT and TITLE.";
        return Err(Fault::BadRequest(message.to_owned()));
    }
    Ok(order)
}

/// A series is read in its own order; everything else newest first.
fn natural_order(parent: PostParent) -> Order {
    if parent == PostParent::Series {
        Order::SERIES
    } else {
        Order::NEWEST
    }
}

impl Relation for PostList {
    type Parent = Uuid;
    type Child = Arc<Page<Post>>;

    fn richer(&self) -> Option<Self> {
        let page = self.page.peeking()?;
        Some(Self { page, ..self.clone() })
    }

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<Post>>>, DbErr> {
        let Self {
            parent,
            filter,
            order,
            page,
        } = self;
        let pages = post::list_of(&source.database, source.viewer, *parent, parents, filter, *order, page).await?;
        Ok(pages
            .into_iter()
            .map(|(parent, page)| (parent, Arc::new(page.map(Post::from))))
            .collect())
    }
}

/// How many posts a list below one thing has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PostCount {
    pub(super) parent: PostParent,
    pub(super) filter: PostFilter,
}

impl Relation for PostCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        post::count_of(&source.database, source.viewer, self.parent, parents, &self.filter).await
    }
}

/// Plans for the field `posts` below things that `parent` describes.
pub fn plan_posts<T: Plan>(step: &mut Step<'_, T>, parent: PostParent, id: impl Fn(&T) -> Uuid) {
    let selected = step.selected();
    let list = PostList::new(
        parent,
        selected.argument("where"),
        selected.argument("orderBy"),
        &PageArguments::of(selected),
    );
    let counted = selected.has("totalCount");
    // Unreadable arguments are reported by the resolver.
    if let Ok(list) = list {
        let is_preview = step.viewer().previewed().is_some();
        if counted && (is_preview || !(stores_count(parent) && list.counts_articles())) {
            step.load(
                PostCount {
                    parent,
                    filter: list.filter.clone(),
                },
                |item| Some(id(item)),
            );
        }
        step.follow(list, |item| Some(id(item)));
    }
}

/// Writes the field `posts` of things that `parent` describes; `known` gives their id, and their number of listed articles if they
/// know it.
pub fn write_posts<T>(
    selected: &Selected<'_>,
    parent: PostParent,
    known: impl Fn(&T) -> (Uuid, Option<i32>) + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    let list = PostList::new(
        parent,
        selected.read("where", None)?,
        selected.read("orderBy", None)?,
        &PageArguments::read(selected)?,
    );
    let list = list.ok()?;
    object(selected, move |thing, request| {
        let (id, articles) = known(thing);
        let page = request.reader.loaded(&list, id)?;
        Some(Some(Connection::new(
            page,
            list.order,
            list.total(request, id, articles),
        )))
    })
}

/// Whether things of this kind know how many articles they have.
fn stores_count(parent: PostParent) -> bool {
    matches!(parent, PostParent::Tag | PostParent::Category)
}

/// Posts, of the query.
#[derive(Default)]
pub struct PostsQuery;

#[Object]
impl PostsQuery {
    /// Posts of the default publication, or of the one that `where.publication` names; newest first unless ordered otherwise.
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
    ) -> Result<Written<Connection<Post>>> {
        let request = RequestContext::of(context)?;
        let mut filter = PostFilter::from(filter.unwrap_or_default());
        let named = filter.publication.take();
        let publication = request.publication(named.as_deref());
        let order = order_of(order_by, &filter, Order::NEWEST)?;
        let page = PageArguments::given(context, first, after, last, before).request::<Post>(order)?;
        let (database, viewer) = (request.database(), request.viewer());
        let (found, total) = try_join!(
            post::list(database, viewer, publication, &filter, order, &page),
            Total::selected(context, post::count(database, viewer, publication, &filter))
        )?;
        let found = Arc::new(found.map(Post::from));
        request.plan(context, &found).await?;
        Ok(Written(Connection::new(found, order, total)))
    }
}
