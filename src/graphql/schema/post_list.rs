//! Lists of posts: at the root of the query, and on everything that has posts.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Enum, InputObject};
use chrono::{DateTime, Utc};
use entity::post as stored;
use futures_util::try_join;
use sea_orm::DbErr;
use uuid::Uuid;

use super::Query;
use super::post::{Post, PostKind, PostStatus, Visibility};
use crate::domain::page::{Page, PageRequest};
use crate::domain::post::{self, PostFilter, PostOrder as Order, PostParent};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::{Connection, Fields, List, LookAhead, One, PageArguments};

/// Conditions of a list of posts; all of them hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PostWhere {
    /// Slug of the publication. At the root of the query, default: the default publication.
    pub publication: Option<String>,
    /// Article or page; default ARTICLE.
    pub kind: Option<PostKind>,
    /// Slug of a tag of the post.
    pub tag: Option<String>,
    /// Slug of a category of the post, or of one of its ancestors.
    pub category: Option<String>,
    /// Whether to exclude posts that are in a descendant of the category, but not in the category itself.
    #[graphql(default)]
    pub direct_only: bool,
    /// Username of an author of the post.
    pub author: Option<String>,
    /// Slug of the series of the post.
    pub series: Option<String>,
    /// Part of the title, case-insensitive.
    pub title: Option<String>,
    /// Published at this time or later.
    pub published_from: Option<DateTime<Utc>>,
    /// Published before this time.
    pub published_before: Option<DateTime<Utc>>,
    /// Whether editors have pinned it.
    pub featured: Option<bool>,
    /// Stages of the post, or of its working copy; default PUBLISHED. Posts in other stages are listed for viewers who
    /// may edit them, with the scope `read:drafts`. A list with `DRAFT`, `IN_REVIEW` or `TRASHED` is ordered by the last
    /// change by default.
    pub status: Option<Vec<PostStatus>>,
    /// Visibilities; default PUBLIC for published posts, and any for others. Posts that are not public are listed with
    /// the scope `read:drafts`: MEMBERS for members of the publication, the others for viewers who may edit them.
    pub visibility: Option<Vec<Visibility>>,
    /// Whether it has a working copy, among the posts that the viewer may edit.
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
    /// Time of publication.
    #[default]
    PublishedAt,
    /// Time of the last change.
    UpdatedAt,
    /// Title, in the collation of the database.
    Title,
    /// Position in the series.
    SeriesPosition,
}

/// Direction of an order.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum Direction {
    /// Ascending: smallest, oldest, or first in the alphabet.
    Asc,
    /// Descending: largest, newest, or last in the alphabet.
    #[default]
    Desc,
}

/// An order of posts, newest first by default.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct PostOrder {
    /// What they are ordered by.
    #[graphql(default)]
    pub field: PostField,
    /// Direction of the order.
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

/// A list of posts below one object.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PostList {
    parent: PostParent,
    filter: PostFilter,
    order: Order,
    page: PageRequest,
}

impl PostList {
    /// The length of the list, if it is that of all articles, which its parent stores.
    pub(super) fn stored_count(&self, articles: i32, request: &RequestContext) -> Option<i64> {
        // A preview lists one more, if its post was never published.
        let is_preview = request.viewer().previewed().is_some();
        (self.has_all_articles() && !is_preview).then_some(articles.into())
    }

    fn has_all_articles(&self) -> bool {
        self.filter
            == PostFilter {
                kind: Some(stored::PostKind::Article),
                ..PostFilter::default()
            }
    }
}

/// The order that is asked for, or else the natural one. Posts that have no time of publication cannot be ordered by
/// it.
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

/// Number of posts in lists below one object.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PostCount {
    parent: PostParent,
    filter: PostFilter,
}

impl Relation for PostCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        post::count_of(&source.database, source.viewer, self.parent, parents, &self.filter).await
    }
}

impl List for PostList {
    type Node = Post;
    type Count = PostCount;

    fn order(&self) -> Order {
        self.order
    }

    fn count(&self) -> PostCount {
        PostCount {
            parent: self.parent,
            filter: self.filter.clone(),
        }
    }
}

/// Arguments of a list of posts.
#[derive(InputObject)]
pub(super) struct PostListArguments {
    #[graphql(flatten)]
    page: PageArguments,
    /// Conditions that all hold.
    #[graphql(name = "where")]
    filter: Option<PostWhere>,
    /// Order of the list.
    order_by: Option<PostOrder>,
}

impl PostListArguments {
    /// The list that they ask for below an object of this kind.
    pub(super) fn list(parent: PostParent) -> impl Fn(&Self, &LookAhead) -> Result<PostList> {
        move |arguments, look_ahead| {
            let filter = PostFilter::from(arguments.filter.clone().unwrap_or_default());
            let order = order_of(arguments.order_by, &filter, natural_order(parent))?;
            Ok(PostList {
                parent,
                filter,
                order,
                page: arguments.page.request::<Post>(order, look_ahead)?,
            })
        }
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "posts",
        "Posts of the publication that `where.publication` names, or of the default publication; newest first by \
         default.",
        |one| Box::pin(all(one)),
    );
}

async fn all(one: One<'_, Query, PostListArguments>) -> Result<Connection<Post>> {
    let (request, arguments) = (one.request, &one.arguments);
    let mut filter = PostFilter::from(arguments.filter.clone().unwrap_or_default());
    let named = filter.publication.take();
    let publication = request.publication(named.as_deref());
    let order = order_of(arguments.order_by, &filter, Order::NEWEST)?;
    let page = arguments.page.request::<Post>(order, one.look_ahead)?;
    let (database, viewer) = (request.database(), request.viewer());
    let total = async {
        if one.look_ahead.has("totalCount") {
            post::count(database, viewer, publication, &filter).await
        } else {
            Ok(0)
        }
    };
    let (found, total) = try_join!(post::list(database, viewer, publication, &filter, order, &page), total)?;
    Ok(Connection::new(Arc::new(found.map(Post::from)), order, Ok(total)))
}
