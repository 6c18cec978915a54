//! The media library of a publication.

use std::collections::HashMap;

use async_graphql::InputObject;
use sea_orm::DbErr;
use uuid::Uuid;

use super::{Media, MediaType};
use crate::domain::media::{self, MediaFilter};
use crate::domain::page::PageRequest;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::{List, LookAhead, PageArguments};
use crate::graphql::schema::guarded::Guarded;

/// Conditions of a list of files; all of them hold.
#[derive(Clone, Debug, Default, InputObject)]
struct MediaWhere {
    /// Kind of file.
    #[graphql(name = "type")]
    media_type: Option<MediaType>,
    /// Part of the file name, the alternative text or the caption, case-insensitive.
    search: Option<String>,
}

impl From<MediaWhere> for MediaFilter {
    fn from(input: MediaWhere) -> Self {
        Self {
            class: input.media_type.map(Into::into),
            search: input.search,
        }
    }
}

/// Arguments of `media` below a publication.
#[derive(InputObject)]
pub(super) struct MediaListArguments {
    #[graphql(flatten)]
    page: PageArguments,
    /// Conditions that all hold.
    #[graphql(name = "where")]
    filter: Option<MediaWhere>,
}

impl MediaListArguments {
    /// The list that they ask for.
    pub(super) fn list(&self, look_ahead: &LookAhead) -> Result<MediaList> {
        Ok(MediaList {
            filter: self.filter.clone().unwrap_or_default().into(),
            page: self.page.request::<Media>((), look_ahead)?,
        })
    }
}

/// A list of the files of publications.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MediaList {
    filter: MediaFilter,
    page: PageRequest,
}

impl Relation for MediaList {
    type Parent = Uuid;
    type Child = Guarded<Media>;

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Guarded<Media>>, DbErr> {
        let pages = media::list_of(&source.database, source.viewer, parents, &self.filter, &self.page).await?;
        let guarded = |page| Guarded::of(page, Media::from);
        Ok(pages
            .into_iter()
            .map(|(parent, page)| (parent, guarded(page)))
            .collect())
    }
}

/// Number of files in such a list.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MediaCount(MediaFilter);

impl Relation for MediaCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        media::count_of(&source.database, parents, &self.0).await
    }
}

impl List for MediaList {
    type Node = Media;
    type Count = MediaCount;

    fn order(&self) {}

    fn count(&self) -> MediaCount {
        MediaCount(self.filter.clone())
    }
}
