use std::collections::HashMap;

use entity::media::{Column, Entity};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};
use uuid::Uuid;

use super::{MediaRow, media, policy};
use crate::domain::Viewer;
use crate::domain::member::{SeenPages, seen_pages};
use crate::domain::page::{PageRequest, Position, SortValue};
use crate::picture::Class;
use crate::store::read::Reads;
use crate::store::row::fetch_counts;
use crate::store::sql::{contains, count_all};

/// Which files are wanted; all conditions hold at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MediaFilter {
    /// What one does with them.
    pub class: Option<Class>,
    /// A part of their name, their alternative text or their caption, in any case of letters.
    pub search: Option<String>,
}

impl MediaFilter {
    fn narrow(&self, statement: &mut SelectStatement) {
        let is_of = |class: &str| Column::MimeType.into_expr().like(format!("{class}/%"));
        match self.class {
            None => {}
            Some(Class::Image) => drop(statement.and_where(is_of("image"))),
            Some(Class::Audio) => drop(statement.and_where(is_of("audio"))),
            Some(Class::Video) => drop(statement.and_where(is_of("video"))),
            Some(Class::Document) => {
                let others = ["image", "audio", "video"].map(is_of);
                statement.cond_where(others.into_iter().fold(Condition::any(), Condition::add).not());
            }
        }
        if let Some(part) = self.search.as_deref().filter(|part| !part.is_empty()) {
            let has = |column: Column| Expr::expr(Func::lower(column.into_expr())).like(contains(part));
            let columns = [Column::FileName, Column::AltText, Column::Caption];
            statement.cond_where(columns.map(has).into_iter().fold(Condition::any(), Condition::add));
        }
    }
}

/// What one does with a file.
pub fn class(row: &MediaRow) -> Class {
    match row.mime_type.split('/').next() {
        Some("image") => Class::Image,
        Some("audio") => Class::Audio,
        Some("video") => Class::Video,
        _ => Class::Document,
    }
}

impl MediaRow {
    /// Its place in the list, which is ordered by the time of recording.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Time(self.created_at),
            id: self.id.0,
        }
    }
}

/// Pages of the files of publications, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_of(
    database: &impl Reads,
    viewer: Viewer,
    publications: &[Uuid],
    filter: &MediaFilter,
    request: &PageRequest,
) -> Result<SeenPages<MediaRow>, DbErr> {
    let child = |publication| {
        let mut statement = media();
        statement.and_where(Column::PublicationId.into_expr().eq(publication));
        filter.narrow(&mut statement);
        request.apply(
            &mut statement,
            &Column::CreatedAt.into_expr(),
            &Column::Id.into_expr(),
            true,
        );
        statement
    };
    seen_pages(database, viewer, publications, request, policy::may_see, child).await
}

/// How many files publications have, for those who were shown which they are.
///
/// # Errors
/// When the database fails.
pub async fn count_of(
    database: &impl Reads,
    publications: &[Uuid],
    filter: &MediaFilter,
) -> Result<HashMap<Uuid, i64>, DbErr> {
    let child = |publication| {
        let mut statement = Query::select();
        statement
            .expr(count_all())
            .from(Entity)
            .and_where(Column::PublicationId.into_expr().eq(publication));
        filter.narrow(&mut statement);
        statement
    };
    fetch_counts(database, publications, child).await
}
