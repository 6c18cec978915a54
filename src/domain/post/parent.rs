use entity::post::Column;
use entity::{media, media_use, post_author, post_tag};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoTableRef, Query, SelectStatement, TableRef};

use super::PostFilter;
use super::filter::{column, copy, posts_with_copy};
use super::visible::editable;
use crate::domain::Viewer;
use crate::store::sql::scalar;

/// What a list of posts hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostParent {
    /// The publication in which they appear.
    Publication,
    /// A tag that they carry.
    Tag,
    /// A category that they stand in.
    Category,
    /// One of their authors.
    Author,
    /// Their series.
    Series,
    /// The page above them.
    Page,
    /// A file of their publication that they show.
    Media,
}

impl PostParent {
    /// Whether the public posts that hang on it are a list of their own in the table `listing`, as far as the filter goes.
    pub(super) fn is_list(self, filter: &PostFilter) -> bool {
        match self {
            Self::Tag | Self::Author | Self::Series => true,
            Self::Category => !filter.direct_only,
            Self::Publication | Self::Page | Self::Media => false,
        }
    }

    /// Narrows a statement on posts to those that hang on `parent`, as far as the viewer may know.
    pub(super) fn link(self, statement: &mut SelectStatement, parent: Expr, viewer: Viewer, filter: &PostFilter) {
        let join = |statement: &mut SelectStatement, table: TableRef, post: Expr| {
            statement.inner_join(table, column(Column::Id).eq(post));
        };
        match self {
            Self::Publication => {
                statement.and_where(column(Column::PublicationId).eq(parent));
            }
            Self::Series => {
                statement.and_where(column(Column::SeriesId).eq(parent));
            }
            Self::Page => {
                statement.and_where(column(Column::ParentId).eq(parent));
            }
            Self::Tag => {
                join(
                    statement,
                    post_tag::Entity.into_table_ref(),
                    post_tag::Column::PostId.into_expr(),
                );
                statement.and_where(post_tag::Column::TagId.into_expr().eq(parent));
            }
            Self::Category => {
                let inside = filter.in_category(parent);
                statement.and_where(column(Column::Id).in_subquery(inside));
            }
            Self::Author => {
                join(
                    statement,
                    post_author::Entity.into_table_ref(),
                    post_author::Column::PostId.into_expr(),
                );
                statement.and_where(post_author::Column::UserId.into_expr().eq(parent));
            }
            Self::Media => {
                let own = Query::select()
                    .column(media::Column::PublicationId)
                    .from(media::Entity)
                    .and_where(media::Column::Id.into_expr().eq(parent.clone()))
                    .take();
                statement.and_where(column(Column::PublicationId).eq(scalar(own)));
                let using = || {
                    Query::select()
                        .column(media_use::Column::PostId)
                        .from(media_use::Entity)
                        .and_where(media_use::Column::MediaId.into_expr().eq(parent.clone()))
                        .take()
                };
                let mut shows = Condition::any().add(column(Column::Id).in_subquery(using()));
                if filter.is_of_desk() {
                    let by_copy = posts_with_copy(copy(Column::Id).in_subquery(using()));
                    shows = shows.add(Condition::all().add(editable(viewer)).add(by_copy));
                }
                statement.cond_where(shows);
            }
        }
    }
}
