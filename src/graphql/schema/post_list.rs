//! Lists of posts: at the root of the query, and on everything that has posts.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Enum, InputObject};
use chrono::{DateTime, Utc};
use entity::post::PostKind;
use sea_orm::DbErr;
use uuid::Uuid;

use super::Query;
use super::content::{ContentCount, ContentList, Direction, PostStatus, Visibility, at_root};
use super::post::Post;
use crate::domain::page::Page;
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
            kind: Some(PostKind::Article),
            tag: input.tag,
            category: input.category,
            direct_only: input.direct_only,
            author: input.author,
            series: input.series,
            title: input.title,
            published_from: input.published_from,
            published_before: input.published_before,
            featured: input.featured,
            statuses: all(input.status),
            visibilities: all(input.visibility),
            has_draft: input.has_draft,
        }
    }
}

/// Everything that an optional list names.
pub(super) fn all<T: Into<U>, U>(given: Option<Vec<T>>) -> Vec<U> {
    given.unwrap_or_default().into_iter().map(Into::into).collect()
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
pub struct PostList(ContentList);

impl PostList {
    /// The length of the list, if it is that of all posts, which its parent stores.
    pub(super) fn stored_count(&self, posts: i32, request: &RequestContext) -> Option<i64> {
        // A preview lists one more, if its post was never published.
        let is_preview = request.viewer().previewed().is_some();
        (self.has_all_posts() && !is_preview).then_some(posts.into())
    }

    fn has_all_posts(&self) -> bool {
        self.0.filter == PostWhere::default().into()
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
        self.0.load(source, parents).await
    }
}

impl List for PostList {
    type Node = Post;
    type Count = ContentCount;

    fn order(&self) -> Order {
        self.0.order
    }

    fn count(&self) -> ContentCount {
        self.0.count()
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
    fn asked(&self, natural: Order) -> Result<(PostFilter, Order)> {
        let filter = self.filter.clone().unwrap_or_default().into();
        let order = order_of(self.order_by, &filter, natural)?;
        Ok((filter, order))
    }

    /// The list that they ask for below an object of this kind.
    pub(super) fn list(parent: PostParent) -> impl Fn(&Self, &LookAhead) -> Result<PostList> {
        move |arguments, look_ahead| {
            let (filter, order) = arguments.asked(natural_order(parent))?;
            Ok(PostList(ContentList {
                parent,
                filter,
                order,
                page: arguments.page.request::<Post>(order, look_ahead)?,
            }))
        }
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "posts",
        "Posts of the publication that `where.publication` names, or of the default publication; newest first by \
         default.",
        |one| Box::pin(posts(one)),
    );
}

async fn posts(one: One<'_, Query, PostListArguments>) -> Result<Connection<Post>> {
    let (filter, order) = one.arguments.asked(Order::NEWEST)?;
    at_root(&one, filter, order, &one.arguments.page).await
}
