use entity::post::{Column, Entity, PostKind, PostStatus};
use entity::{Timestamp, category, post_author, post_category, post_tag, publication, revision, series, tag, user};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, Func, IntoColumnRef, IntoTableRef, Query, SelectStatement, TableRef,
};

use crate::domain::page::{Position, SortValue};
use crate::domain::publication::id_by_slug;
use crate::store::changes::Topic;
use crate::store::sql::{constant, contains};

use super::PostRow;
use super::visible::{Reach, editable};
use crate::domain::Viewer;

/// Which posts are wanted; all conditions hold at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PostFilter {
    /// The slug of their publication.
    pub publication: Option<String>,
    /// Articles or pages.
    pub kind: Option<PostKind>,
    /// The slug of a tag that they carry.
    pub tag: Option<String>,
    /// The slug of a category that they stand in.
    pub category: Option<String>,
    /// The username of one of their authors.
    pub author: Option<String>,
    /// The slug of their series.
    pub series: Option<String>,
    /// A part of the title, in any case of letters.
    pub title: Option<String>,
    /// Published at this time or later.
    pub published_from: Option<Timestamp>,
    /// Published before this time.
    pub published_before: Option<Timestamp>,
    /// Pinned by the editors, or not.
    pub featured: Option<bool>,
    /// Where they stand, or their working copies; only what is published when none is named.
    pub statuses: Vec<PostStatus>,
    /// Whether they have a working copy.
    pub has_draft: Option<bool>,
}

impl PostFilter {
    /// How a list with this filter comes to its posts.
    pub fn reach(&self) -> Reach {
        if self.statuses.is_empty() {
            Reach::Listed
        } else {
            Reach::Desk
        }
    }

    /// Whether it asks for more than what is published: for what stands on the desk, or is worked on.
    pub fn is_of_desk(&self) -> bool {
        self.reach() == Reach::Desk || self.has_draft.is_some()
    }

    /// Whether all of them have been, or will be, published at some time.
    pub fn is_dated(&self) -> bool {
        use PostStatus::{Archived, Published, Scheduled};
        self.statuses
            .iter()
            .all(|status| matches!(status, Archived | Published | Scheduled))
    }

    /// What decides which posts a list with this filter holds, and in which order, beside the posts below its parent.
    pub fn shows(&self, order: PostOrder) -> impl Iterator<Item = Topic> {
        // Words and dates change more often than what is listed.
        let by_words = self.title.is_some() || matches!(order.field, PostField::Title | PostField::UpdatedAt);
        let named = [
            (self.publication.is_some(), Topic::any(publication::Entity)),
            (self.tag.is_some(), Topic::any(tag::Entity)),
            (self.category.is_some(), Topic::any(category::Entity)),
            (
                self.series.is_some() || order.field == PostField::SeriesPosition,
                Topic::any(series::Entity),
            ),
            (self.author.is_some(), Topic::any(user::Entity)),
            (by_words, Topic::any(revision::Entity)),
        ];
        named
            .into_iter()
            .filter_map(|(is_asked, topic)| is_asked.then_some(topic))
    }

    /// What the filter asks of working copies and of posts that are not published. Who may not write on a post does not
    /// learn by a list whether it has a working copy.
    pub fn on_desk(&self, viewer: Viewer) -> Condition {
        let mut all = Condition::all();
        if !self.statuses.is_empty() {
            let statuses = || self.statuses.iter().map(|status| constant(*status));
            let copies = copies().and_where(copy(Column::Status).is_in(statuses())).take();
            let by_copy = Condition::all().add(editable(viewer)).add(Expr::exists(copies));
            let stands = column(Column::Status).is_in(statuses());
            all = all.add(Condition::any().add(stands).add(by_copy));
        }
        if let Some(has_draft) = self.has_draft {
            let exists = Expr::exists(copies());
            let wanted = if has_draft { exists } else { exists.not() };
            all = all.add(editable(viewer)).add(wanted);
        }
        all
    }

    /// The filter as a condition on the table of posts, but for [`PostFilter::on_desk`].
    pub fn condition(&self) -> Condition {
        let post_id = || column(Column::Id);
        let mut all = Condition::all()
            .add_option(self.kind.map(|kind| column(Column::Kind).eq(constant(kind))))
            .add_option(self.published_from.map(|time| column(Column::PublishedAt).gte(time)))
            .add_option(self.published_before.map(|time| column(Column::PublishedAt).lt(time)))
            .add_option(self.featured.map(|featured| column(Column::IsFeatured).eq(featured)));
        if let Some(slug) = &self.publication {
            all = all.add(column(Column::PublicationId).eq(id_by_slug(Some(slug))));
        }
        if let Some(slug) = &self.series {
            let ids = Query::select()
                .column(series::Column::Id)
                .from(series::Entity)
                .and_where(series::Column::Slug.eq(slug))
                .take();
            all = all.add(column(Column::SeriesId).in_subquery(ids));
        }
        if let Some(slug) = &self.tag {
            all = all.add(Expr::exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(post_tag::Entity)
                    .inner_join(
                        tag::Entity,
                        tag::Column::Id.into_expr().eq(post_tag::Column::TagId.into_expr()),
                    )
                    .and_where(post_tag::Column::PostId.into_expr().eq(post_id()))
                    .and_where(tag::Column::Slug.eq(slug))
                    .take(),
            ));
        }
        if let Some(slug) = &self.category {
            all = all.add(Expr::exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(post_category::Entity)
                    .inner_join(
                        category::Entity,
                        category::Column::Id
                            .into_expr()
                            .eq(post_category::Column::CategoryId.into_expr()),
                    )
                    .and_where(post_category::Column::PostId.into_expr().eq(post_id()))
                    .and_where(category::Column::Slug.eq(slug))
                    .take(),
            ));
        }
        if let Some(username) = &self.author {
            all = all.add(Expr::exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(post_author::Entity)
                    .inner_join(
                        user::Entity,
                        user::Column::Id.into_expr().eq(post_author::Column::UserId.into_expr()),
                    )
                    .and_where(post_author::Column::PostId.into_expr().eq(post_id()))
                    .and_where(user::Column::Username.eq(username))
                    .take(),
            ));
        }
        if let Some(part) = &self.title {
            all = all.add(Expr::expr(Func::lower(column(Column::Title))).like(contains(part)));
        }
        all
    }
}

/// The working copy of the post at hand.
fn copies() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, Alias::new(COPY))
        .and_where(copy(Column::DraftOf).eq(column(Column::Id)))
        .take()
}

/// What the working copy is called beside its post.
const COPY: &str = "copy";

fn copy(column: Column) -> Expr {
    Expr::col((Alias::new(COPY), column))
}

/// A column of the table of posts.
pub(super) fn column(column: Column) -> Expr {
    Expr::col((Entity, column).into_column_ref())
}

/// What posts are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostField {
    /// When they went public.
    PublishedAt,
    /// When they last changed.
    UpdatedAt,
    /// Their titles, in the database's collation.
    Title,
    /// Their places in a series.
    SeriesPosition,
    /// Their places among the pages of one parent.
    Position,
}

/// An order of posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PostOrder {
    /// By what.
    pub field: PostField,
    /// Greatest first.
    pub descending: bool,
}

impl PostOrder {
    /// Newest first.
    pub const NEWEST: Self = Self {
        field: PostField::PublishedAt,
        descending: true,
    };
    /// What changed last.
    pub const LAST_CHANGED: Self = Self {
        field: PostField::UpdatedAt,
        descending: true,
    };
    /// In the order of the series.
    pub const SERIES: Self = Self {
        field: PostField::SeriesPosition,
        descending: false,
    };

    pub(super) fn expression(self) -> Expr {
        column(match self.field {
            PostField::PublishedAt => Column::PublishedAt,
            PostField::UpdatedAt => Column::UpdatedAt,
            PostField::Title => Column::Title,
            PostField::SeriesPosition => Column::SeriesPosition,
            PostField::Position => Column::Position,
        })
    }

    /// The place of a post in this order. A post without a date stands where its beginning was.
    pub fn position(self, post: &PostRow) -> Position {
        let value = match self.field {
            PostField::PublishedAt => SortValue::Time(post.published_at.unwrap_or(post.created_at)),
            PostField::UpdatedAt => SortValue::Time(post.updated_at),
            PostField::Title => SortValue::Text(post.title.clone()),
            PostField::SeriesPosition => SortValue::Number(post.series_position),
            PostField::Position => SortValue::Number(post.position),
        };
        Position { value, id: post.id.0 }
    }
}

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
}

impl PostParent {
    /// Narrows a statement on posts to those that hang on `parent`.
    pub(super) fn link(self, statement: &mut SelectStatement, parent: Expr) {
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
                join(
                    statement,
                    post_category::Entity.into_table_ref(),
                    post_category::Column::PostId.into_expr(),
                );
                statement.and_where(post_category::Column::CategoryId.into_expr().eq(parent));
            }
            Self::Author => {
                join(
                    statement,
                    post_author::Entity.into_table_ref(),
                    post_author::Column::PostId.into_expr(),
                );
                statement.and_where(post_author::Column::UserId.into_expr().eq(parent));
            }
        }
    }
}
