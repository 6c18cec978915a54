//! Comments: what readers say, in threads.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{CommentId, UserId, comment as stored};
use sea_orm::DbErr;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::id::{NodeType, encode};
use super::loader::{Relation, Source, by_id};
use super::page::{Connection, Listed, PageArguments, Total};
use super::plan::{Plan, Selected, Step};
use super::post::{Post, PostById};
use super::user::{Byline, User};
use super::written::{Write, WriteField, maybe_one, maybe_text, object, one, scalar, text};
use crate::domain::comment::{self, CommentList, CommentOrder as Order, CommentParent, CommentRow};
use crate::domain::page::{Page, Position, SortKind};
use crate::domain::user::UserRow;

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
pub struct Comment {
    pub(super) row: Arc<CommentRow>,
    /// The account of its author, if it came with the comment.
    pub(super) author: Option<User>,
}

impl From<CommentRow> for Comment {
    fn from(row: CommentRow) -> Self {
        Self::from((row, None))
    }
}

impl From<(CommentRow, Option<UserRow>)> for Comment {
    fn from((row, author): (CommentRow, Option<UserRow>)) -> Self {
        Self {
            row: Arc::new(row),
            author: author.map(User::from),
        }
    }
}

impl Comment {
    /// The account of its author that has yet to be loaded.
    pub(super) fn missing_author(&self) -> Option<UserId> {
        self.row.author_id.filter(|_| self.author.is_none())
    }
}

impl Listed for Comment {
    type Order = Order;

    fn order_key(order: Order) -> (&'static str, SortKind) {
        (if order.descending { "c-" } else { "c" }, SortKind::Time)
    }

    fn position(&self, _: Order) -> Position {
        self.row.position()
    }
}

impl Plan for Comment {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "author" => {
                step.came_along(|comment| comment.author.clone());
                step.follow(Byline, Comment::missing_author);
            }
            "post" => step.follow(PostById, |comment| Some(comment.row.post_id)),
            "parent" => step.follow(CommentById, |comment| comment.row.parent_id),
            "replies" => {
                let selected = step.selected();
                let list = comment_list(
                    CommentParent::Comment,
                    selected.argument("orderBy"),
                    &PageArguments::of(selected),
                );
                if let Ok(list) = list {
                    // A comment without answers needs no look.
                    step.follow(list, |comment| {
                        (comment.row.reply_count > 0).then_some(comment.row.id.0)
                    });
                }
            }
            _ => {}
        }
    }
}

impl Write for Comment {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "id" => scalar(|comment: &Self| encode(NodeType::Comment, comment.row.id)),
            "kind" => scalar(|comment: &Self| CommentKind::from(comment.row.kind)),
            "authorName" => text(|comment: &Self| comment.row.author_name.as_str()),
            "authorUrl" => maybe_text(|comment: &Self| comment.row.author_url.as_deref()),
            "author" => object(selected, |comment: &Self, request| match comment.missing_author() {
                Some(id) => request.reader.loaded(&Byline, id),
                None => Some(comment.author.clone()),
            }),
            "bodyHtml" => text(|comment: &Self| comment.row.body_html.as_str()),
            "depth" => scalar(|comment: &Self| comment.row.depth),
            "replyCount" => scalar(|comment: &Self| comment.row.reply_count),
            "parent" => maybe_one(selected, CommentById, |comment: &Self| comment.row.parent_id),
            "replies" => write_comments(selected, CommentParent::Comment, |comment: &Self| {
                (comment.row.id.0, Some(comment.row.reply_count))
            }),
            "post" => one(selected, PostById, |comment: &Self| comment.row.post_id),
            "createdAt" => scalar(|comment: &Self| comment.row.created_at),
            "updatedAt" => scalar(|comment: &Self| comment.row.updated_at),
            _ => None,
        }
    }
}

/// What a reader says below a post.
#[Object(serial)]
impl Comment {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Comment, self.row.id)
    }

    /// A comment, or a notice from another site.
    async fn kind(&self) -> CommentKind {
        self.row.kind.into()
    }

    /// The name that its author gave.
    async fn author_name(&self) -> &str {
        &self.row.author_name
    }

    /// The site that its author gave; http or https.
    async fn author_url(&self) -> Option<&str> {
        self.row.author_url.as_deref()
    }

    /// The account of its author, where there is one.
    async fn author(&self, context: &Context<'_>) -> Result<Option<User>> {
        match self.missing_author() {
            Some(id) => RequestContext::of(context)?.reader.child(Byline, id).await,
            None => Ok(self.author.clone()),
        }
    }

    /// The text, rendered and sanitised: nothing in it runs.
    async fn body_html(&self) -> &str {
        &self.row.body_html
    }

    /// How many comments stand above it in its thread.
    async fn depth(&self) -> i32 {
        self.row.depth
    }

    /// How many direct answers readers see.
    async fn reply_count(&self) -> i32 {
        self.row.reply_count
    }

    /// The comment that this one answers; none when it begins a thread or that one is not visible.
    async fn parent(&self, context: &Context<'_>) -> Result<Option<Comment>> {
        match self.row.parent_id {
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
        let list = comment_list(
            CommentParent::Comment,
            order_by,
            &PageArguments::given(context, first, after, last, before),
        )?;
        let total = Total::Known(self.row.reply_count.into());
        if self.row.reply_count == 0 {
            return Ok(Connection::new(Arc::default(), list.order, total));
        }
        comment_page(RequestContext::of(context)?, list, self.row.id.0, total).await
    }

    /// What it is about.
    async fn post(&self, context: &Context<'_>) -> Result<Post> {
        let post = RequestContext::of(context)?
            .reader
            .child(PostById, self.row.post_id)
            .await?;
        // Gone between two statements.
        post.ok_or(Fault::Unavailable)
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }
}

by_id! {
    /// Comments by id, of those that the viewer may see.
    CommentById: CommentId => Comment, |source, ids| comment::by_ids(&source.database, source.viewer, ids)
}

/// The list that the arguments of a field ask for.
pub fn comment_list(parent: CommentParent, order: CommentOrder, page: &PageArguments) -> Result<CommentList> {
    let order = Order {
        descending: order == CommentOrder::Newest,
    };
    Ok(CommentList {
        parent,
        order,
        page: page.request::<Comment>(order)?,
    })
}

/// The page of a list below the thing with this id.
pub async fn comment_page(
    request: &RequestContext,
    list: CommentList,
    id: Uuid,
    total: Total,
) -> Result<Connection<Comment>> {
    let order = list.order;
    Ok(Connection::new(request.reader.child(list, id).await?, order, total))
}

impl Relation for CommentList {
    type Parent = Uuid;
    type Child = Arc<Page<Comment>>;

    fn richer(&self) -> Option<Self> {
        let page = self.page.peeking()?;
        Some(Self { page, ..self.clone() })
    }

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<Comment>>>, DbErr> {
        let pages = comment::list_of(&source.database, source.viewer, parents, self).await?;
        Ok(shown(pages))
    }

    async fn load_for(
        &self,
        source: &Source,
        parents: &[Uuid],
        fields: &[&str],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<Comment>>>, DbErr> {
        if !fields.contains(&"author") {
            return self.load(source, parents).await;
        }
        let pages = comment::list_with_authors_of(&source.database, source.viewer, parents, self).await?;
        Ok(shown(pages))
    }
}

fn shown<R>(pages: HashMap<Uuid, Page<R>>) -> HashMap<Uuid, Arc<Page<Comment>>>
where
    Comment: From<R>,
{
    let show = |(parent, page): (Uuid, Page<R>)| (parent, Arc::new(page.map(Comment::from)));
    pages.into_iter().map(show).collect()
}

/// How long a list of comments is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CommentCount(pub CommentParent);

impl Relation for CommentCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        comment::count_of(&source.database, source.viewer, self.0, parents).await
    }
}

/// Writes the list of comments of things; `known` gives their id, and how many there are if they know it.
pub fn write_comments<T>(
    selected: &Selected<'_>,
    parent: CommentParent,
    known: impl Fn(&T) -> (Uuid, Option<i32>) + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    let order = selected.read("orderBy", CommentOrder::default())?;
    let list = comment_list(parent, order, &PageArguments::read(selected)?).ok()?;
    object(selected, move |thing, request| {
        let (id, count) = known(thing);
        let page = match count {
            Some(0) if parent == CommentParent::Comment => Arc::default(),
            _ => request.reader.loaded(&list, id)?,
        };
        let total = match count {
            Some(count) => Total::Known(count.into()),
            None => Total::by(request, CommentCount(parent), id),
        };
        Some(Some(Connection::new(page, list.order, total)))
    })
}

/// Plans for the field `comments` of posts.
pub fn plan_comments<T: Plan>(step: &mut Step<'_, T>, id: impl Fn(&T) -> Uuid) {
    let selected = step.selected();
    let threads_only = selected.argument("threadsOnly");
    let parent = CommentParent::below_posts(threads_only);
    let list = comment_list(parent, selected.argument("orderBy"), &PageArguments::of(selected));
    let counted = threads_only && selected.has("totalCount");
    // Unreadable arguments are reported by the resolver.
    if let Ok(list) = list {
        if counted {
            step.load(CommentCount(parent), |item| Some(id(item)));
        }
        step.follow(list, |item| Some(id(item)));
    }
}
