//! A post on the desk: loaded and locked, with its working copy and what the viewer is to it, for one act.

use entity::membership::{self, Role};
use entity::post::{ActiveModel, Column, Entity, Model, PostKind, PostStatus};
use entity::{PostId, UserId, post_author, post_category, post_tag, user};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect,
    TryIntoModel,
};

use super::policy;
use super::state::{Act, Outcome, State};
use super::visible::{Reach, visible};
use crate::domain::Viewer;
use crate::domain::policy::{Person, Standing};
use crate::domain::refusal::{Conflict, Problem, ProblemCode, Refusal};
use crate::domain::{organise, revision};
use crate::store::Transaction;
use crate::store::dialect::any_of;
use crate::store::row::fetch_cell;
use crate::store::sql::scalar;

/// Which post: by its id and, where it was named as an article or as a page, its kind. One of the other kind is a problem of
/// `id`.
#[derive(Clone, Copy, Debug)]
pub struct PostRef {
    /// The id.
    pub id: PostId,
    /// What it was named as.
    pub kind: Option<PostKind>,
}

impl PostRef {
    /// One that was named as of this kind.
    pub fn of(kind: PostKind, id: PostId) -> Self {
        Self { id, kind: Some(kind) }
    }

    /// What it is called where there is none.
    fn noun(self) -> &'static str {
        self.kind.map_or("post", noun)
    }

    /// Checks that a post is of the kind that it was named as.
    fn check(self, post: &Model) -> Result<(), Problem> {
        if self.kind.is_none_or(|kind| kind == post.kind) {
            return Ok(());
        }
        let message = format!(
            "This is the id of a {}; give that of a {}.",
            noun(post.kind),
            self.noun()
        );
        Err(Problem::new(ProblemCode::Invalid, "id", message))
    }
}

impl From<PostId> for PostRef {
    fn from(id: PostId) -> Self {
        Self { id, kind: None }
    }
}

/// What one of this kind is called.
pub const fn noun(kind: PostKind) -> &'static str {
    match kind {
        PostKind::Article => "post",
        PostKind::Page => "page",
    }
}

/// A post on the desk. Nobody else changes it before the transaction ends.
pub(super) struct Desk<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) viewer: Viewer,
    /// What the viewer is to it.
    pub(super) who: Standing,
    /// The post.
    pub(super) post: Model,
    /// Its working copy.
    pub(super) copy: Option<Model>,
}

/// A row of the post, and what the viewer is to the publication and the post at hand.
#[derive(FromQueryResult)]
struct Loaded {
    #[sea_orm(nested)]
    post: Model,
    role: Option<Role>,
    is_own: bool,
}

impl<'a> Desk<'a> {
    /// The post, if the viewer may see it. One statement.
    ///
    /// # Errors
    /// An anonymous request, or a viewer who may not write; not found; a post of another kind; the database.
    pub(super) async fn open(
        transaction: &'a Transaction,
        viewer: Viewer,
        which: impl Into<PostRef>,
    ) -> Result<Self, Refusal> {
        policy::may_write(viewer)?;
        let which = which.into();
        let id = which.id;
        let person = viewer.actor().map(|actor| actor.user);
        let seen = Condition::all()
            .add(Column::Id.eq(id))
            .add(visible(viewer.at_work(), Reach::Direct));
        let rows = Entity::find()
            .expr_as(scalar(role_of(person)), "role")
            .expr_as(byline_of(person, id), "is_own")
            .filter(Condition::any().add(seen).add(Column::DraftOf.eq(id)))
            .lock_exclusive()
            .into_model::<Loaded>()
            .all(transaction)
            .await?;
        let (mut posts, mut copies): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.post.draft_of.is_none());
        let (Some(found), copy) = (posts.pop(), copies.pop()) else {
            return Err(Refusal::NotFound(which.noun()));
        };
        which.check(&found.post)?;
        let person = match (viewer, found.role) {
            (Viewer::Operator, _) => Person::Operator,
            (Viewer::User(_), Some(role)) => Person::Member(role),
            (Viewer::User(_), None) => Person::Account,
            _ => Person::Stranger,
        };
        Ok(Self {
            transaction,
            viewer,
            who: Standing::of(viewer, person).own(found.is_own),
            post: found.post,
            copy: copy.map(|copy| copy.post),
        })
    }

    /// The same, while nobody else changes the order of the publication: for acts that change what it counts, or what the post
    /// hangs on. Two statements more.
    ///
    /// # Errors
    /// As [`Desk::open`].
    pub(super) async fn open_alone(
        transaction: &'a Transaction,
        viewer: Viewer,
        which: impl Into<PostRef>,
    ) -> Result<Self, Refusal> {
        policy::may_write(viewer)?;
        let which = which.into();
        let publication = Query::select()
            .column(Column::PublicationId)
            .from(Entity)
            .and_where(Column::Id.eq(which.id))
            .take();
        if let Some(publication) = fetch_cell(transaction, &publication).await? {
            organise::lock(transaction, publication).await?;
        }
        Self::open(transaction, viewer, which).await
    }

    /// A post that the viewer begins.
    pub(super) fn begin(transaction: &'a Transaction, viewer: Viewer, who: Standing, post: Model) -> Self {
        Self {
            transaction,
            viewer,
            who: who.own(true),
            post,
            copy: None,
        }
    }

    /// Where it stands.
    pub(super) fn state(&self) -> State {
        State {
            post: self.post.status,
            copy: self.copy.as_ref().map(|copy| copy.status),
        }
    }

    /// What is being worked on: the working copy, or else the post.
    pub(super) fn working(&self) -> &Model {
        self.copy.as_ref().unwrap_or(&self.post)
    }

    /// The next version.
    pub(super) fn next_version(&self) -> i32 {
        Ord::max(self.working().version, self.post.version).saturating_add(1)
    }

    /// What becomes of it by an act, if the viewer may do that and the state allows it.
    ///
    /// # Errors
    /// A viewer who may not; a problem.
    pub(super) fn decide(&self, act: Act) -> Result<Outcome, Refusal> {
        policy::may(self.who, act, self.state())?;
        let outcome = self.state().after(act);
        outcome.map_err(|message| Problem::whole(ProblemCode::NotAllowed, message).into())
    }

    /// Refuses who began from another version than what stands there now.
    ///
    /// # Errors
    /// A conflict; the database.
    pub(super) async fn expect(&self, version: Option<i32>) -> Result<(), Refusal> {
        let current = self.working().version;
        match version {
            Some(expected) if expected != current => {
                let revisions = revision::at_versions(self.transaction, self.post.id, [expected, current]).await?;
                let [expected_revision, current_revision] = revisions;
                Err(Refusal::Conflict(Conflict {
                    expected_version: expected,
                    current_version: current,
                    expected_revision,
                    current_revision,
                }))
            }
            _ => Ok(()),
        }
    }

    /// Writes what was changed of a row, and gives it back as it is now.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn write(&self, row: ActiveModel) -> Result<Model, DbErr> {
        let after = row.clone().try_into_model()?;
        Entity::update(row).exec_without_returning(self.transaction).await?;
        Ok(after)
    }

    /// Notes on the post where its working copy stands, if it has one. Readers are shown nothing differently, nor is the post
    /// changed.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn note_draft(&self, status: Option<PostStatus>) -> Result<(), DbErr> {
        let update = Query::update()
            .table(Entity)
            .value(Column::DraftStatus, status)
            .and_where(Column::Id.eq(self.post.id))
            .take();
        self.transaction.execute(&update).await.map(drop)
    }

    /// Makes a working copy: the post's words under an id of its own, with its tags and categories where `links` says so.
    pub(super) fn new_copy(&self) -> ActiveModel {
        let id = PostId::new();
        let copy = Model {
            id,
            draft_of: Some(self.post.id),
            draft_status: None,
            slug: id.to_string(),
            status: PostStatus::Draft,
            is_featured: false,
            series_id: None,
            series_position: 0,
            parent_id: None,
            position: 0,
            comment_count: 0,
            published_at: None,
            review_note: None,
            created_at: entity::now(),
            ..self.post.clone()
        };
        sea_orm::ActiveModelTrait::reset_all(copy.into_active_model())
    }

    /// Gives the working copy the links that the post has.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn copy_links(&self, to: PostId, tags: bool, categories: bool) -> Result<(), DbErr> {
        use {post_category::Column as InCategory, post_tag::Column as Tagged};
        if tags {
            let columns = [Tagged::PostId, Tagged::TagId, Tagged::Position];
            self.copy_rows(post_tag::Entity, columns, to).await?;
        }
        if categories {
            let columns = [InCategory::PostId, InCategory::CategoryId, InCategory::Position];
            self.copy_rows(post_category::Entity, columns, to).await?;
        }
        Ok(())
    }

    async fn copy_rows<C: ColumnTrait>(
        &self,
        table: impl EntityTrait,
        columns: [C; 3],
        to: PostId,
    ) -> Result<(), DbErr> {
        let [post, other, position] = columns;
        let rows = Query::select()
            .expr(Expr::val(to))
            .column(other)
            .column(position)
            .from(table.table_ref())
            .and_where(post.eq(self.post.id))
            .take();
        let insert = Query::insert()
            .into_table(table.table_ref())
            .columns([post, other, position])
            .select_from(rows)
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .take();
        self.transaction.execute(&insert).await.map(drop)
    }

    /// Gives the post the links of its working copy, which loses them.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn take_links(&self, copy: PostId) -> Result<(), DbErr> {
        let (tag_post, category_post) = (post_tag::Column::PostId, post_category::Column::PostId);
        self.take_rows(post_tag::Entity, tag_post, copy).await?;
        self.take_rows(post_category::Entity, category_post, copy).await
    }

    async fn take_rows<C: ColumnTrait>(&self, table: impl EntityTrait, post: C, copy: PostId) -> Result<(), DbErr> {
        let delete = Query::delete()
            .from_table(table.table_ref())
            .and_where(post.eq(self.post.id))
            .take();
        self.transaction.execute(&delete).await?;
        let take = Query::update()
            .table(table.table_ref())
            .value(post, Expr::val(self.post.id))
            .and_where(post.eq(copy))
            .take();
        self.transaction.execute(&take).await.map(drop)
    }

    /// Removes a row of the post: its working copy, or the post with all that hangs on it.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn remove(&self, id: PostId) -> Result<(), DbErr> {
        let delete = Entity::delete_many().filter(any_of(self.transaction, Column::Id.into_expr(), &[id]));
        delete.exec(self.transaction).await.map(drop)
    }
}

/// The role that somebody has in the publication of the post at hand, unless their account is disabled.
fn role_of(person: Option<UserId>) -> SelectStatement {
    Query::select()
        .column((membership::Entity, membership::Column::Role))
        .from(membership::Entity)
        .inner_join(
            user::Entity,
            user::Column::Id.into_expr().eq(membership::Column::UserId.into_expr()),
        )
        .and_where(
            membership::Column::PublicationId
                .into_expr()
                .eq(Expr::col((Entity, Column::PublicationId))),
        )
        .and_where(membership::Column::UserId.into_expr().eq(person))
        .and_where(user::Column::DisabledAt.into_expr().is_null())
        .take()
}

/// Whether somebody is among the authors of a post.
fn byline_of(person: Option<UserId>, post: PostId) -> Expr {
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(post_author::Entity)
            .and_where(post_author::Column::PostId.eq(post))
            .and_where(post_author::Column::UserId.into_expr().eq(person))
            .take(),
    )
}
