use std::collections::HashMap;

use entity::post::SourceFormat;
use entity::revision::{Column, Entity};
use entity::{PostId, RevisionId, Timestamp, UserId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::Viewer;
use crate::domain::page::{Page, PageRequest, Position, SortValue, pages};
use crate::domain::post::editable_ids;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_cell, fetch_children, fetch_counts, fetch_keyed, row};
use crate::store::sql::count_all;

row! {
    /// A revision without its text, as lists show it.
    pub struct RevisionRow of revision {
        /// The id.
        pub id: RevisionId = Id,
        /// The post.
        pub post_id: PostId = PostId,
        /// The user who saved it; none for an import.
        pub editor_id: Option<UserId> = EditorId,
        /// The post's version after the save.
        pub version: i32 = Version,
        /// The title then.
        pub title: String = Title,
        /// What the source was written in.
        pub source_format: SourceFormat = SourceFormat,
        /// When the first save that it stands for was made.
        pub created_at: Timestamp = CreatedAt,
    }
}

row! {
    /// The words of a revision.
    pub struct RevisionText of revision {
        /// The title.
        pub title: String = Title,
        /// The excerpt.
        pub excerpt: Option<String> = Excerpt,
        /// The source.
        pub source: String = BodySource,
        /// What it is written in.
        pub source_format: SourceFormat = SourceFormat,
        /// The custom fields.
        pub custom_fields: Value = CustomFields,
    }
}

impl RevisionRow {
    /// Its place in the list, which is ordered by version.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Number(self.version),
            id: self.id.0,
        }
    }
}

/// The revisions that lists show: of consecutive saves by one editor within five minutes, the last.
pub(super) fn listed() -> Expr {
    Column::SupersededAt.into_expr().is_null()
}

fn revisions() -> SelectStatement {
    let mut statement = Query::select();
    RevisionRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// Those of posts that the viewer may write on.
fn of_editable(viewer: Viewer) -> Condition {
    Condition::all().add(Column::PostId.into_expr().in_subquery(editable_ids(viewer)))
}

/// The revisions with these ids that the viewer may see, superseded ones included.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[RevisionId],
) -> Result<HashMap<RevisionId, RevisionRow>, DbErr> {
    let statement = revisions()
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .cond_where(of_editable(viewer))
        .take();
    let rows: Vec<RevisionRow> = fetch(database, &statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A page of the revisions of each post, the newest first; of posts that the viewer may write on.
pub async fn list_of(
    database: &impl Reads,
    viewer: Viewer,
    posts: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Page<RevisionRow>>, DbErr> {
    let children = fetch_children(database, posts, |post| {
        let mut statement = revisions();
        statement
            .and_where(Column::PostId.into_expr().eq(post))
            .and_where(listed())
            .cond_where(of_editable(viewer));
        request.apply(
            &mut statement,
            &Column::Version.into_expr(),
            &Column::Id.into_expr(),
            true,
        );
        statement
    })
    .await?;
    Ok(pages(children, request))
}

/// How many revisions posts have that the viewer may write on.
pub async fn count_of(database: &impl Reads, viewer: Viewer, posts: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    fetch_counts(database, posts, |post| {
        Query::select()
            .expr(count_all())
            .from(Entity)
            .and_where(Column::PostId.into_expr().eq(post))
            .and_where(listed())
            .cond_where(of_editable(viewer))
            .take()
    })
    .await
}

/// The words of revisions that the viewer was given before.
pub async fn texts(database: &impl Reads, ids: &[RevisionId]) -> Result<HashMap<RevisionId, RevisionText>, DbErr> {
    let mut statement = Query::select()
        .column((Entity, Column::Id))
        .from(Entity)
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    RevisionText::select(&mut statement);
    Ok(fetch_keyed(database, &statement).await?.into_iter().collect())
}

/// The listed revision before another of the same post.
pub async fn before(database: &impl Reads, revision: &RevisionRow) -> Result<Option<RevisionId>, DbErr> {
    let statement = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::PostId.eq(revision.post_id))
        .and_where(Column::Version.lt(revision.version))
        .and_where(listed())
        .order_by(Column::Version, Order::Desc)
        .limit(1)
        .take();
    fetch_cell(database, &statement).await
}
