use entity::membership::{self, Role};
use entity::post::{Column, PostStatus, Visibility};
use entity::{UserId, post_author};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};

use super::filter::column;
use crate::domain::Viewer;
use crate::store::sql::constant;

/// How a viewer comes to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// By its very address or id: unlisted posts are found.
    Direct,
    /// In a list, a count or a relation.
    Listed,
}

/// What `viewer` may see of the posts. Every statement that reads posts carries it.
///
/// Lists hold what is published, whoever asks: public posts for everybody, posts for members for the members of their
/// publication. By its address or id, a member finds what they work on too: their own, and all for those who edit.
pub fn visible(viewer: Viewer, reach: Reach) -> Condition {
    if viewer == Viewer::Operator {
        return Condition::all();
    }
    let public = column(Column::Visibility).eq(constant(Visibility::Public));
    let visibility = match reach {
        Reach::Listed => public,
        Reach::Direct => public.or(column(Column::Visibility).eq(constant(Visibility::Unlisted))),
    };
    let published = column(Column::Status).eq(constant(PostStatus::Published));
    let for_everybody = Condition::all().add(published.clone()).add(visibility);
    let Some(user) = viewer.reader() else {
        return for_everybody;
    };
    let for_members = Condition::all()
        .add(published.clone())
        .add(column(Column::Visibility).eq(constant(Visibility::Members)))
        .add(Expr::exists(membership_of(user, &[])));
    let editing = Condition::any()
        .add(Expr::exists(membership_of(
            user,
            &[Role::Owner, Role::Admin, Role::Editor],
        )))
        .add(Expr::exists(byline_of(user)));
    let of_editors = match reach {
        Reach::Listed => Condition::all().add(published).add(editing),
        Reach::Direct => editing,
    };
    Condition::any().add(for_everybody).add(for_members).add(of_editors)
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
