//! Redirects: old addresses, and what stands there now.

use entity::redirect::{Column, Entity};
use entity::{PostId, PublicationId, RedirectId, TagId};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

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
        /// Or any other address.
        pub target_url: Option<String> = TargetUrl,
    }
}

/// The redirect at a path of a publication, as [`normalise`] gives it.
pub async fn by_path(
    database: &impl ConnectionTrait,
    publication: PublicationId,
    path: &str,
) -> Result<Option<RedirectRow>, DbErr> {
    let mut statement = Query::select();
    RedirectRow::select(&mut statement);
    statement
        .from(Entity)
        .and_where(Column::PublicationId.eq(publication))
        .and_where(Column::Path.eq(path));
    fetch_one(database, &statement).await
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
