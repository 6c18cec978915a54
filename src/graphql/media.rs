//! Media: files that posts show.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entity::MediaId;

use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, encode};
use super::loader::by_id;
use super::plan::{Plan, Step};
use crate::domain::media::{self, MediaRow};

/// A file: a picture, a recording, a document.
#[derive(Clone)]
pub struct Media(Arc<MediaRow>);

impl From<MediaRow> for Media {
    fn from(row: MediaRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Plan for Media {
    fn plan(_: &mut Step<'_, Self>) {}
}

/// A file: a picture, a recording, a document.
#[Object]
impl Media {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Media, self.0.id)
    }

    /// Where it is to be had: from this installation when it is stored here, else from where it was found.
    async fn url(&self, context: &Context<'_>) -> Result<String> {
        let row = &self.0;
        if row.storage_key.is_none()
            && let Some(url) = &row.original_url
        {
            return Ok(url.clone());
        }
        Ok(format!(
            "{}{}",
            RequestContext::of(context)?.base_url,
            media::path(row.id, &row.file_name)
        ))
    }

    /// Its name, without folders.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// Its media type, such as `image/jpeg`.
    async fn mime_type(&self) -> &str {
        &self.0.mime_type
    }

    /// Its size in bytes; unknown while it is not stored here.
    async fn byte_size(&self) -> Option<i64> {
        self.0.byte_size
    }

    /// The width in pixels, of a picture stored here.
    async fn width(&self) -> Option<i32> {
        self.0.width
    }

    /// The height in pixels, of a picture stored here.
    async fn height(&self) -> Option<i32> {
        self.0.height
    }

    /// What it shows, for those who cannot see it; may be empty.
    async fn alt_text(&self) -> &str {
        &self.0.alt_text
    }

    /// The line below it, plain text; may be empty.
    async fn caption(&self) -> &str {
        &self.0.caption
    }

    /// Where an import found it.
    async fn original_url(&self) -> Option<&str> {
        self.0.original_url.as_deref()
    }

    /// When it was recorded.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

by_id! {
    /// Files by id, as visible things show them.
    ShownMedia: MediaId => Media, |source, ids| media::shown(&source.database, ids)
}

by_id! {
    /// Files by id, of those that the viewer may see.
    MediaById: MediaId => Media, |source, ids| media::by_ids(&source.database, source.viewer, ids)
}
