//! Comments of readers, in threads.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Enum, InputObject};
use entity::{CommentId, UserId, comment as stored};
use sea_orm::DbErr;
use uuid::Uuid;

use super::content::{Content, ContentById};
use super::node;
use super::user::{Byline, User};
use crate::domain::comment::{self, CommentList, CommentOrder as Order, CommentParent, CommentRow};
use crate::domain::page::{Page, Position, SortKind};
use crate::domain::user::UserRow;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::{Relation, Source, by_id};
use crate::graphql::engine::{Call, Connection, Fields, List, Listed, LookAhead, Object, Outputs, PageArguments};

/// Origin of a comment.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "stored::CommentKind")]
pub enum CommentKind {
    /// Written by a reader.
    Comment,
    /// Notification from another site that links to the post.
    Pingback,
    /// Excerpt of a page on another site that links to the post.
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

/// A comment.
#[derive(Clone)]
pub struct Comment {
    row: Arc<CommentRow>,
    /// Account of the author, if it was loaded with the comment.
    author: Option<User>,
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
    /// Account of the author that is still to be loaded.
    fn missing_author(&self) -> Option<UserId> {
        self.row.author_id.filter(|_| self.author.is_none())
    }
}

impl Object for Comment {
    const DESCRIPTION: &'static str = "A comment on a post or page.";

    fn type_name() -> Cow<'static, str> {
        "Comment".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Comment, |comment| comment.row.id);
        fields.value(
            "kind",
            "Comment of a reader, or notification from another site.",
            |comment| CommentKind::from(comment.row.kind),
        );
        fields.text("authorName", "Name that the author gave.", |comment| {
            &comment.row.author_name
        });
        fields.optional_text("authorUrl", "URL that the author gave, `http` or `https`.", |comment| {
            comment.row.author_url.as_deref()
        });
        fields.derived(
            "author",
            "Account of the author, if they have one.",
            Byline,
            Self::missing_author,
            |comment, author: Option<User>, _| Ok(author.or_else(|| comment.author.clone())),
        );
        fields.text("bodyHtml", "Body as sanitized HTML without scripts.", |comment| {
            &comment.row.body_html
        });
        fields.value("depth", "Depth in the thread, 0 for its first comment.", |comment| {
            comment.row.depth
        });
        fields.value("replyCount", "Number of visible direct replies.", |comment| {
            comment.row.reply_count
        });
        fields.related(
            "parent",
            "Comment that this one replies to; null if it starts a thread or the parent is not visible.",
            CommentById,
            |comment| comment.row.parent_id,
        );
        fields.batch(
            "replies",
            "Direct replies, oldest first by default.",
            |call: Call<'_, Self, ReplyListArguments>| Box::pin(replies(call)),
        );
        fields.derived(
            "content",
            "Post or page it belongs to.",
            ContentById,
            |comment| Some(comment.row.post_id),
            // Gone between two statements, if there is none.
            |_, content, _| content.and_then(Content::of).ok_or(Fault::Unavailable),
        );
        fields.value("createdAt", "Creation time.", |comment| comment.row.created_at);
        fields.value("updatedAt", "Time of the last change.", |comment| {
            comment.row.updated_at
        });
    }
}

async fn replies(call: Call<'_, Comment, ReplyListArguments>) -> Outputs<Connection<Comment>> {
    let list = call.arguments.list(CommentParent::Comment, call.look_ahead)?;
    // Nothing is loaded for comments without replies.
    let has_replies = |comment: &&Comment| comment.row.reply_count > 0;
    let parents: Vec<Uuid> = call
        .items
        .iter()
        .filter(has_replies)
        .map(|comment| comment.row.id.0)
        .collect();
    let fields = call.look_ahead.item_fields();
    let reader = &call.execution.request.reader;
    let mut pages = reader.children(&list, &parents, &fields).await?.into_iter();
    let connection = |comment: &Comment| {
        let page = if has_replies(&comment) {
            pages.next().unwrap_or_default()
        } else {
            Arc::default()
        };
        Ok(Connection::new(page, list.order, Ok(comment.row.reply_count.into())))
    };
    Ok(call.items.iter().map(connection).collect())
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

by_id! {
    /// Comments by id that the viewer may see.
    CommentById: CommentId => Comment, |source, ids| comment::by_ids(&source.database, source.viewer, ids)
}

impl Relation for CommentList {
    type Parent = Uuid;
    type Child = Arc<Page<Comment>>;

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Page<Comment>>>, DbErr> {
        let pages = comment::list_of(&source.database, source.viewer, parents, self).await?;
        Ok(converted(pages))
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
        Ok(converted(pages))
    }
}

fn converted<R>(pages: HashMap<Uuid, Page<R>>) -> HashMap<Uuid, Arc<Page<Comment>>>
where
    Comment: From<R>,
{
    let convert = |(parent, page): (Uuid, Page<R>)| (parent, Arc::new(page.map(Comment::from)));
    pages.into_iter().map(convert).collect()
}

/// Number of comments below posts or comments.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CommentCount(CommentParent);

impl Relation for CommentCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        comment::count_of(&source.database, source.viewer, self.0, parents).await
    }
}

impl List for CommentList {
    type Node = Comment;
    type Count = CommentCount;

    fn order(&self) -> Order {
        self.order
    }

    fn count(&self) -> CommentCount {
        CommentCount(self.parent)
    }
}

/// Arguments of `replies`.
#[derive(InputObject)]
struct ReplyListArguments {
    #[graphql(flatten)]
    page: PageArguments,
    /// Order of the list.
    #[graphql(default)]
    order_by: CommentOrder,
}

impl ReplyListArguments {
    fn list(&self, parent: CommentParent, look_ahead: &LookAhead) -> Result<CommentList> {
        let order = Order {
            descending: self.order_by == CommentOrder::Newest,
        };
        Ok(CommentList {
            parent,
            order,
            page: self.page.request::<Comment>(order, look_ahead)?,
        })
    }
}

/// Arguments of `comments`.
#[derive(InputObject)]
pub(super) struct CommentListArguments {
    #[graphql(flatten)]
    list: ReplyListArguments,
    /// Whether to list only comments that start a thread; their `replies` have the others.
    #[graphql(default)]
    threads_only: bool,
}

impl CommentListArguments {
    /// The list that they ask for below a post or page.
    pub(super) fn below_content(&self, look_ahead: &LookAhead) -> Result<CommentList> {
        self.list
            .list(CommentParent::below_posts(self.threads_only), look_ahead)
    }
}
