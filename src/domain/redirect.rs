//! Redirects: old addresses, and what stands there now.

use entity::redirect::{ActiveModel, Column, Entity};
use entity::{CategoryId, PostId, PublicationId, RedirectId, SeriesId, TagId};
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::Transaction;
use crate::store::changes::Topic;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch_one, row};

row! {
    /// An old address.
    pub struct RedirectRow of redirect {
        /// The id.
        pub id: RedirectId = Id,
        /// The old path.
        pub path: String = Path,
        /// The post or page that stands there now.
        pub post_id: Option<PostId> = PostId,
        /// The tag that stands there now.
        pub tag_id: Option<TagId> = TagId,
        /// The category that stands there now.
        pub category_id: Option<CategoryId> = CategoryId,
        /// The series that stands there now.
        pub series_id: Option<SeriesId> = SeriesId,
        /// Or any other address.
        pub target_url: Option<String> = TargetUrl,
    }
}

/// The redirect at a path of a publication, as [`normalise`] gives it.
pub async fn by_path(
    database: &impl Reads,
    publication: PublicationId,
    path: &str,
) -> Result<Option<RedirectRow>, DbErr> {
    let mut statement = Query::select();
    RedirectRow::select(&mut statement);
    statement
        .from(Entity)
        .and_where(Column::PublicationId.eq(publication))
        .and_where(Column::Path.eq(path));
    fetch_one(&database.showing([Topic::below(Entity, publication)]), &statement).await
}

/// A path as redirects are kept by: from `/`, without query, fragment or trailing slash, percent-decoded where that
/// gives valid UTF-8.
pub fn normalise(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8();
    let path = decoded.as_deref().unwrap_or(path).trim_end_matches('/');
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

/// The longest path that is kept, in bytes: what the index holds.
pub const MOST_PATH: usize = 1000;

/// Makes old paths, as [`normalise`] gives them, lead to posts. A path that leads somewhere already stays as it is;
/// one that is too long is left out.
pub async fn lead_to_posts(
    transaction: &impl ConnectionTrait,
    publication: PublicationId,
    paths: Vec<(String, PostId)>,
) -> Result<(), DbErr> {
    let rows = paths
        .into_iter()
        .filter(|(path, _)| path.len() <= MOST_PATH && path != "/" && !path.contains('\0'))
        .map(|(path, post)| redirect_to(publication, path, Target::Post(post)));
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let first_stays = OnConflict::columns([Column::PublicationId, Column::Path])
            .do_nothing()
            .to_owned();
        Entity::insert_many(rows.by_ref().take(CHUNK))
            .on_conflict(first_stays)
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

/// What an address of the publication's own leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A post or page.
    Post(PostId),
    /// A tag.
    Tag(TagId),
    /// A category.
    Category(CategoryId),
    /// A series.
    Series(SeriesId),
}

impl Target {
    /// Its path below the front end's address, by the slug that it has or had.
    pub fn path(self, slug: &str) -> String {
        match self {
            Self::Post(_) => format!("/{slug}"),
            Self::Tag(_) => format!("{TAGS}{slug}"),
            Self::Category(_) => format!("{CATEGORIES}{slug}"),
            Self::Series(_) => format!("{SERIES}{slug}"),
        }
    }
}

/// What the paths of tags begin with.
pub const TAGS: &str = "/tag/";
/// What the paths of categories begin with.
pub const CATEGORIES: &str = "/category/";
/// What the paths of series begin with.
pub const SERIES: &str = "/series/";

/// Makes the path of an old slug lead to what has another one now, wherever it led before.
pub async fn lead_to(
    transaction: &impl ConnectionTrait,
    publication: PublicationId,
    old_slug: &str,
    target: Target,
) -> Result<(), DbErr> {
    let newest = OnConflict::columns([Column::PublicationId, Column::Path])
        .update_columns([
            Column::PostId,
            Column::TagId,
            Column::CategoryId,
            Column::SeriesId,
            Column::TargetUrl,
            Column::CreatedAt,
        ])
        .to_owned();
    Entity::insert(redirect_to(publication, target.path(old_slug), target))
        .on_conflict(newest)
        .exec_without_returning(transaction)
        .await
        .map(drop)
}

/// Keeps the address of a thing whose slug changed: the old one leads here, and nothing leads away from the new one.
pub async fn renamed(
    transaction: &Transaction,
    publication: PublicationId,
    (old_slug, new_slug): (&str, &str),
    target: Target,
) -> Result<(), DbErr> {
    // Whether readers see the thing or not, another may have led there from one of these addresses.
    transaction.changed([Topic::below(Entity, publication)]);
    Entity::delete_many()
        .filter(Column::PublicationId.eq(publication))
        .filter(Column::Path.eq(target.path(new_slug)))
        .exec(transaction)
        .await?;
    lead_to(transaction, publication, old_slug, target).await
}

fn redirect_to(publication: PublicationId, path: String, target: Target) -> ActiveModel {
    let (mut post, mut tag, mut category, mut series) = (None, None, None, None);
    match target {
        Target::Post(id) => post = Some(id),
        Target::Tag(id) => tag = Some(id),
        Target::Category(id) => category = Some(id),
        Target::Series(id) => series = Some(id),
    }
    ActiveModel {
        id: ActiveValue::Set(RedirectId::new()),
        publication_id: ActiveValue::Set(publication),
        path: ActiveValue::Set(path),
        post_id: ActiveValue::Set(post),
        tag_id: ActiveValue::Set(tag),
        category_id: ActiveValue::Set(category),
        series_id: ActiveValue::Set(series),
        target_url: ActiveValue::Set(None),
        created_at: ActiveValue::Set(entity::now()),
    }
}

/// Rows of one statement.
const CHUNK: usize = 500;
