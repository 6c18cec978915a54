use entity::post::Column;
use sea_orm::sea_query::Expr;

use super::PostRow;
use super::filter::column;
use crate::domain::page::{Position, SortValue};

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

    /// By title.
    pub const BY_TITLE: Self = Self {
        field: PostField::Title,
        descending: false,
    };
    /// The pages of one parent in their order.
    pub const SIBLINGS: Self = Self {
        field: PostField::Position,
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
