//! Comments: what readers say, in threads.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{CommentId, comment as stored};
use sea_orm::DbErr;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::id::{NodeType, encode};
use super::loader::{Relation, Source, by_id};
use super::page::{Connection, Listed, PageArguments, Total};
use super::plan::{Plan, Step};
use super::post::{Post, PostById};
use super::user::{Byline, User};
use crate::domain::comment::{self, CommentOrder as Order, CommentParent, CommentRow};
use crate::domain::page::{Page, PageRequest, Position, SortKind};

/// Where a comment comes from.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::CommentKind")]
pub enum CommentKind {
    /// A reader.
    Comment,
    /// Another site that links here and says so.
    Pingback,
    /// Another site's excerpt that links here.
    Trackback,
}

/// An order of comments.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum CommentOrder {
    /// Oldest first.
    #[default]
    Oldest,
    /// Newest first.
    Newest,
}

/// What a reader says below a post.
#[derive(Clone)]
pub struct Comment(Arc<CommentRow>);

impl From<CommentRow> for Comment {
    fn from(row: CommentRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Listed for Comment {
    type Order = Order;

    fn order_key(order: Order) -> (&'static str, SortKind) {
        (if order.descending { "c-" } else { "c" }, SortKind::Time)
    }

    fn position(&self, _: Order) -> Position {
        self.0.position()
    }
}

impl Plan for Comment {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "author" => step.follow(Byline, |comment| comment.0.author_id),
            "post" => step.follow(PostById, |comment| Some(comment.0.post_id)),
            "parent" => step.follow(CommentById, |comment| comment.0.parent_id),
            "replies" => {
                let selected = step.selected();
                let list = CommentList::new(
                    CommentParent::Comment,
                    selected.argument("orderBy"),
                    &PageArguments::of(selected),
                );
                if let Ok(list) = list {
                    // A comment without answers needs no look.
                    step.follow(list, |comment| (comment.0.reply_count > 0).then_some(comment.0.id.0));
                }
            }
            _ => {}
        }
    }
}

/// What a reader says below a post.
#[Object]
impl Comment {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Comment, self.0.id)
    }

    /// A comment, or a notice from another site.
    async fn kind(&self) -> CommentKind {
        self.0.kind.into()
    }

    /// The name that its author gave.
    async fn author_name(&self) -> &str {
        &self.0.author_name
    }

    /// The site that its author gave; http or https.
    async fn author_url(&self) -> Option<&str> {
        self.0.author_url.as_deref()
    }

    /// The account of its author, where there is one.
    async fn author(&self, context: &Context<'_>) -> Result<Option<User>> {
        match self.0.author_id {
            Some(id) => RequestContext::of(context)?.reader.child(Byline, id).await,
            None => Ok(None),
        }
    }

    /// The text, rendered and sanitised: nothing in it runs.
    async fn body_html(&self) -> &str {
        &self.0.body_html
    }

    /// How many comments stand above it in its thread.
    async fn depth(&self) -> i32 {
        self.0.depth
    }

    /// How many direct answers readers see.
    async fn reply_count(&self) -> i32 {
        self.0.reply_count
    }

    /// The comment that this one answers; none when it begins a thread or that one is not visible.
    async fn parent(&self, context: &Context<'_>) -> Result<Option<Comment>> {
        match self.0.parent_id {
            Some(id) => RequestContext::of(context)?.reader.child(CommentById, id).await,
            None => Ok(None),
        }
    }

    /// The direct answers, oldest first unless ordered otherwise.
    async fn replies(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "In which order.", default)] order_by: CommentOrder,
    ) -> Result<Connection<Comment>> {
        let list = CommentList::new(
            CommentParent::Comment,
            order_by,
            &PageArguments {
                first,
                after,
                last,
                before,
            },
        )?;
        let total = Total::Known(self.0.reply_count.into());
        if self.0.reply_count == 0 {
            return Ok(Connection::new(Arc::default(), list.order, total));
        }
        list.connection(RequestContext::of(context)?, self.0.id.0, total).await
    }

    /// What it is about.
    async fn post(&self, context: &Context<'_>) -> Result<Post> {
        let post = RequestContext::of(context)?
            .reader
            .child(PostById, self.0.post_id)
            .await?;
        // Gone between two statements.
        post.ok_or(Fault::Unavailable)
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

by_id! {
    /// Comments by id, of those that the viewer may see.
    CommentById: CommentId => Comment, |source, ids| comment::by_ids(source.store.read(), source.viewer, ids)
}

/// A list of comments below a post or a comment.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CommentList {
    parent: CommentParent,
    order: Order,
    page: PageRequest,
}

impl CommentList {
    /// The list that the arguments ask for.
    pub fn new(parent: CommentParent, order: CommentOrder, page: &PageArguments) -> Result<Self> {
        let order = Order {
            descending: order == CommentOrder::Newest,
        };
        Ok(Self {
            parent,
            order,
            page: page.request::<Comment>(order)?,
        })
    }

    /// Its page below the thing with this id.
    pub async fn connection(self, request: &RequestContext, id: Uuid, total: Total) -> Result<Connection<Comment>> {
        let order = self.order;
        Ok(Connection::new(request.reader.child(self, id).await?, order, total))
    }
}

impl Relation for CommentList {
    type Parent = Uuid;
    type Child = Arc<Page<Comment>>;

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<Comment>>>, DbErr> {
        let Self { parent, order, page } = self;
        let pages = comment::list_of(source.store.read(), source.viewer, *parent, parents, *order, page).await?;
        Ok(pages
            .into_iter()
            .map(|(parent, page)| (parent, Arc::new(page.map(Comment::from))))
            .collect())
    }
}

/// How long a list of comments is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CommentCount(pub CommentParent);

impl Relation for CommentCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        comment::count_of(source.store.read(), source.viewer, self.0, parents).await
    }
}

/// Plans for the field `comments` of posts.
pub fn plan_comments<T: Plan>(step: &mut Step<'_, T>, id: impl Fn(&T) -> Uuid) {
    let selected = step.selected();
    let threads_only = selected.argument("threadsOnly");
    let parent = if threads_only {
        CommentParent::PostThreads
    } else {
        CommentParent::Post
    };
    let list = CommentList::new(parent, selected.argument("orderBy"), &PageArguments::of(selected));
    let counted = threads_only && selected.has("totalCount");
    // Unreadable arguments are reported by the resolver.
    if let Ok(list) = list {
        if counted {
            step.load(CommentCount(parent), |item| Some(id(item)));
        }
        step.follow(list, |item| Some(id(item)));
    }
}
