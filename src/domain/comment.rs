//! Comments: what readers say, in threads.

use std::collections::{HashMap, HashSet};

use entity::comment::{ActiveModel, Column, CommentKind, CommentStatus, Entity};
use entity::{CommentId, PostId, Timestamp, UserId, post, user};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::domain::page::{Page, PageRequest, Position, SortValue, pages};
use crate::domain::post::{Reach, showing_unpublished, visible};
use crate::domain::text::of_the_web;
use crate::domain::user::UserRow;
use crate::domain::{Viewer, count};
use crate::store::changes::Topic;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_children, fetch_counts, row};
use crate::store::sql::{constant, count_all, insert};

row! {
    /// A comment, without its author's address.
    pub struct CommentRow of comment {
        /// The id.
        pub id: CommentId = Id,
        /// The post.
        pub post_id: PostId = PostId,
        /// The comment that this one answers.
        pub parent_id: Option<CommentId> = ParentId,
        /// The account of its author.
        pub author_id: Option<UserId> = AuthorId,
        /// The name that its author gave.
        pub author_name: String = AuthorName,
        /// The site that its author gave.
        pub author_url: Option<String> = AuthorUrl,
        /// A comment, or a notice from another site.
        pub kind: CommentKind = Kind,
        /// The sanitised rendering.
        pub body_html: String = BodyHtml,
        /// How many comments stand above it.
        pub depth: i32 = Depth,
        /// Visible direct answers.
        pub reply_count: i32 = ReplyCount,
        /// When it was written.
        pub created_at: Timestamp = CreatedAt,
        /// When it last changed.
        pub updated_at: Timestamp = UpdatedAt,
    }
}

/// An order of comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommentOrder {
    /// Newest first.
    pub descending: bool,
}

impl CommentRow {
    /// Its place in a list of comments.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Time(self.created_at),
            id: self.id.0,
        }
    }
}

/// What a list of comments hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommentParent {
    /// All below a post.
    Post,
    /// Those of a post that answer no other.
    PostThreads,
    /// The direct answers to a comment.
    Comment,
}

impl CommentParent {
    /// What hangs on posts: all comments, or only those that answer no other.
    pub fn below_posts(threads_only: bool) -> Self {
        if threads_only { Self::PostThreads } else { Self::Post }
    }

    fn link(self, statement: &mut SelectStatement, parent: Expr) {
        match self {
            Self::Post => statement.and_where(Column::PostId.into_expr().eq(parent)),
            Self::PostThreads => statement
                .and_where(Column::PostId.into_expr().eq(parent))
                .and_where(Column::ParentId.is_null()),
            Self::Comment => statement.and_where(Column::ParentId.into_expr().eq(parent)),
        };
    }
}

/// What `viewer` may see of the comments below things that they may see.
fn shown(viewer: Viewer) -> Condition {
    match viewer {
        Viewer::Operator => Condition::all(),
        Viewer::Anonymous | Viewer::Client(_) | Viewer::Preview(_) | Viewer::User(_) => {
            Condition::all().add(Column::Status.into_expr().eq(constant(CommentStatus::Visible)))
        }
    }
}

fn comments() -> SelectStatement {
    let mut statement = Query::select();
    CommentRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The comments with these ids, below posts that the viewer may see.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[CommentId],
) -> Result<HashMap<CommentId, CommentRow>, DbErr> {
    let statement = comments()
        .inner_join(
            post::Entity,
            post::Column::Id.into_expr().eq(Column::PostId.into_expr()),
        )
        .cond_where(visible(viewer, Reach::Direct))
        .cond_where(shown(viewer))
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    // One that is not found may stand below a post that is not public yet, of which the log tells those who see it nothing.
    showing_unpublished(database, viewer);
    let database = database.showing(Topic::things(ids).chain([Topic::any(Entity)]));
    Ok(fetch::<CommentRow>(&database, &statement)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}

/// Which comments are listed below each parent, in which order, and which part of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommentList {
    /// What they hang on.
    pub parent: CommentParent,
    /// In which order.
    pub order: CommentOrder,
    /// Which part.
    pub page: PageRequest,
}

impl CommentList {
    fn statement<R: Row>(&self, viewer: Viewer, parent: Expr) -> SelectStatement {
        let mut statement = Query::select();
        R::select(&mut statement);
        statement.from(Entity).cond_where(shown(viewer));
        self.parent.link(&mut statement, parent);
        self.page.apply(
            &mut statement,
            &Column::CreatedAt.into_expr(),
            &Column::Id.into_expr(),
            self.order.descending,
        );
        statement
    }
}

/// A page of comments for each parent that the viewer was given before.
pub async fn list_of(
    database: &impl Reads,
    viewer: Viewer,
    parents: &[Uuid],
    list: &CommentList,
) -> Result<HashMap<Uuid, Page<CommentRow>>, DbErr> {
    let database = database.showing(Topic::below_each(Entity, parents));
    let children = fetch_children(&database, parents, |id| list.statement::<CommentRow>(viewer, id)).await?;
    Ok(pages(children, &list.page))
}

/// The same with the accounts of their authors, in one statement.
pub async fn list_with_authors_of(
    database: &impl Reads,
    viewer: Viewer,
    parents: &[Uuid],
    list: &CommentList,
) -> Result<HashMap<Uuid, Page<(CommentRow, Option<UserRow>)>>, DbErr> {
    let author = user::Column::Id.into_expr().eq(Column::AuthorId.into_expr());
    let database = database.showing(Topic::below_each(Entity, parents));
    let children = fetch_children(&database, parents, |id| {
        list.statement::<(CommentRow, Option<UserRow>)>(viewer, id)
            .left_join(user::Entity, author.clone())
            .take()
    })
    .await?;
    Ok(pages(children, &list.page))
}

/// How many comments hang on each parent that the viewer was given before.
pub async fn count_of(
    database: &impl Reads,
    viewer: Viewer,
    parent: CommentParent,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, i64>, DbErr> {
    let database = database.showing(Topic::below_each(Entity, parents));
    fetch_counts(&database, parents, |id| {
        let mut statement = Query::select().expr(count_all()).from(Entity).take();
        parent.link(&mut statement, id);
        statement.cond_where(shown(viewer)).take()
    })
    .await
}

/// A comment as it shall be.
#[derive(Clone, Debug)]
pub struct CommentDraft {
    /// The id, new or of the comment that is to change.
    pub id: CommentId,
    /// Whether there is none with this id yet.
    pub is_new: bool,
    /// The post.
    pub post: PostId,
    /// The comment that it answers, below the same post.
    pub parent: Option<CommentId>,
    /// How many comments stand above it.
    pub depth: i32,
    /// A comment, or a notice from another site.
    pub kind: CommentKind,
    /// Whether readers see it.
    pub status: CommentStatus,
    /// The name that its author gave.
    pub author_name: String,
    /// The address that its author gave.
    pub author_email: Option<String>,
    /// The site that its author gave.
    pub author_url: Option<String>,
    /// The text as written.
    pub source: String,
    /// The sanitised rendering.
    pub html: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Saves comments, and counts those of their posts anew. A new parent stands before its new answers.
pub async fn save_many(transaction: &impl ConnectionTrait, drafts: Vec<CommentDraft>) -> Result<(), DbErr> {
    let changed = drafts.iter().filter(|draft| !draft.is_new).map(|draft| draft.id);
    let changed: Vec<CommentId> = changed.collect();
    let mut posts: HashSet<PostId> = posts_of(transaction, &changed).await?;
    posts.extend(drafts.iter().map(|draft| draft.post));
    let (mut added, mut updated) = (Vec::new(), Vec::new());
    for draft in drafts {
        let created_at = entity::to_stored(draft.created_at);
        let mut row = ActiveModel {
            id: ActiveValue::Set(draft.id),
            post_id: ActiveValue::Set(draft.post),
            parent_id: ActiveValue::Set(draft.parent),
            author_id: ActiveValue::NotSet,
            author_name: ActiveValue::Set(draft.author_name),
            author_email: ActiveValue::Set(draft.author_email),
            author_url: ActiveValue::Set(of_the_web(draft.author_url)),
            kind: ActiveValue::Set(draft.kind),
            status: ActiveValue::Set(draft.status),
            body_source: ActiveValue::Set(draft.source),
            body_html: ActiveValue::Set(draft.html),
            depth: ActiveValue::Set(draft.depth),
            reply_count: ActiveValue::NotSet,
            created_at: ActiveValue::Set(created_at),
            updated_at: ActiveValue::Set(created_at),
        };
        if draft.is_new {
            row.author_id = ActiveValue::Set(None);
            row.reply_count = ActiveValue::Set(0);
            added.push(row);
        } else {
            updated.push(row);
        }
    }
    // What was there may now answer what is new.
    insert::<Entity, _>(transaction, added).await?;
    for row in updated {
        Entity::update(row).exec_without_returning(transaction).await?;
    }
    count::comments(transaction, &posts.into_iter().collect::<Vec<_>>()).await
}

/// Ids of one statement.
const CHUNK: usize = 1000;

/// The posts below which these comments stand now.
async fn posts_of(database: &impl ConnectionTrait, ids: &[CommentId]) -> Result<HashSet<PostId>, DbErr> {
    let mut posts = HashSet::new();
    for ids in ids.chunks(CHUNK) {
        let found: Vec<PostId> = Entity::find()
            .select_only()
            .column(Column::PostId)
            .filter(any_of(database, Column::Id.into_expr(), ids))
            .into_tuple()
            .all(database)
            .await?;
        posts.extend(found);
    }
    Ok(posts)
}
