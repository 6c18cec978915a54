use entity::membership::{self, Role};
use entity::post::{Column, Entity, PostStatus, Visibility};
use entity::{PostId, UserId, post_author};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};

use super::filter::column;
use crate::domain::Viewer;
use crate::store::read::Reads;
use crate::store::sql::constant;

/// How a viewer comes to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// By its path or id: unlisted posts are found.
    Direct,
    /// In a list, a count or a relation.
    Listed,
    /// In a list for those who work on it: of what is not published or not public, too.
    Desk,
}

/// What `viewer` may see of the posts. Every statement that reads posts carries it. Working copies are never seen as
/// posts: [`drafts_of`](super::drafts_of) gives them.
///
/// Lists hold published public posts, for every viewer. Unlisted posts are found by path or id, too. There, and in
/// lists that ask for it, a member whose token has the scope `read:drafts` finds posts for members, and what they work on: their
/// own posts, and all for those who edit. A preview finds its post, wherever that would appear.
pub fn visible(viewer: Viewer, reach: Reach) -> Condition {
    let no_copy = column(Column::DraftOf).is_null();
    if viewer == Viewer::Operator {
        return Condition::all().add(no_copy);
    }
    let published = column(Column::Status).eq(constant(PostStatus::Published));
    let public = column(Column::Visibility).eq(constant(Visibility::Public));
    let visibility = match reach {
        Reach::Listed | Reach::Desk => public,
        Reach::Direct => public.or(column(Column::Visibility).eq(constant(Visibility::Unlisted))),
    };
    let for_everybody = Condition::all().add(published).add(visibility);
    if let (Some(post), Reach::Direct | Reach::Listed) = (viewer.previewed(), reach) {
        return Condition::any().add(for_everybody).add(previewed(post, reach));
    }
    let (Some(user), Reach::Direct | Reach::Desk) = (viewer.drafts_reader(), reach) else {
        return for_everybody;
    };
    let of_editors = Condition::all().add(no_copy).add(edited_by(user));
    Condition::any()
        .add(for_everybody)
        .add(for_members(user))
        .add(of_editors)
}

/// What is published for members, if `user` is one.
fn for_members(user: UserId) -> Condition {
    Condition::all()
        .add(column(Column::Status).eq(constant(PostStatus::Published)))
        .add(column(Column::Visibility).eq(constant(Visibility::Members)))
        .add(Expr::exists(membership_of(user, &[])))
}

/// The post of a preview that is not published yet, where it will be listed then.
pub(super) fn unpublished_preview(post: PostId) -> Condition {
    previewed(post, Reach::Listed).add(column(Column::Status).ne(constant(PostStatus::Published)))
}

/// The post of a preview, at its path or id, or where it will be listed once it is published.
fn previewed(post: PostId, reach: Reach) -> Condition {
    let public = column(Column::Visibility).eq(constant(Visibility::Public));
    Condition::all()
        .add(column(Column::Id).eq(post))
        .add(column(Column::Status).ne(constant(PostStatus::Trashed)))
        .add_option((reach == Reach::Listed).then_some(public))
}

/// Says that `viewer` is shown what the log tells nothing of, if they may see more than what is published: then the answer is
/// not kept.
pub fn showing_unpublished(database: &impl Reads, viewer: Viewer) {
    if viewer.drafts_reader().is_some() {
        database.showing_untold();
    }
}

/// What `viewer` may see of what its writers alone see: their own posts, and all for those who edit.
pub fn editable(viewer: Viewer) -> Condition {
    let no_copy = Condition::all().add(column(Column::DraftOf).is_null());
    match (viewer, viewer.drafts_reader()) {
        (Viewer::Operator, _) => no_copy,
        (_, Some(user)) => no_copy.add(edited_by(user)),
        (_, None) => Condition::all().add(Expr::val(false)),
    }
}

/// The ids of the posts that are [`editable`].
pub fn editable_ids(viewer: Viewer) -> SelectStatement {
    Query::select()
        .expr(column(Column::Id))
        .from(Entity)
        .cond_where(editable(viewer))
        .take()
}

/// What somebody looks after: their own posts, and all for those who edit.
fn edited_by(user: UserId) -> Condition {
    Condition::any()
        .add(Expr::exists(membership_of(
            user,
            &[Role::Owner, Role::Admin, Role::Editor],
        )))
        .add(Expr::exists(byline_of(user)))
}

/// The membership of a user in the publication of the post at hand; in one of these roles, if any are named.
fn membership_of(user: UserId, roles: &[Role]) -> SelectStatement {
    let mut statement = Query::select();
    statement
        .expr(Expr::val(1))
        .from(membership::Entity)
        .and_where(
            membership::Column::PublicationId
                .into_expr()
                .eq(column(Column::PublicationId)),
        )
        .and_where(membership::Column::UserId.into_expr().eq(user));
    if !roles.is_empty() {
        statement.and_where(
            membership::Column::Role
                .into_expr()
                .is_in(roles.iter().map(|role| constant(*role))),
        );
    }
    statement
}

/// The byline of a user on the post at hand, while they are a member of its publication.
fn byline_of(user: UserId) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(post_author::Entity)
        .and_where(post_author::Column::PostId.into_expr().eq(column(Column::Id)))
        .and_where(post_author::Column::UserId.into_expr().eq(user))
        .and_where(Expr::exists(membership_of(user, &[])))
        .take()
}
