//! The library of a publication.

use std::collections::HashMap;

use async_graphql::InputObject;
use sea_orm::DbErr;
use uuid::Uuid;

use super::{Media, MediaType};
use crate::domain::media::{self, MediaFilter};
use crate::domain::page::PageRequest;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::guarded::Guarded;
use crate::graphql::loader::{Relation, Source};
use crate::graphql::page::{Connection, PageArguments, Total};
use crate::graphql::plan::{Plan, Step};

/// Which files: all conditions that are given hold at once.
#[derive(Clone, Debug, Default, InputObject)]
pub struct MediaWhere {
    /// What one does with them.
    #[graphql(name = "type")]
    media_type: Option<MediaType>,
    /// A part of their name, their alternative text or their caption, in any case of letters.
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

/// A list of a publication's files.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MediaList {
    pub(in crate::graphql) filter: MediaFilter,
    pub(in crate::graphql) page: PageRequest,
}

impl MediaList {
    /// The list that the arguments ask for.
    pub fn new(filter: Option<MediaWhere>, page: &PageArguments) -> Result<Self> {
        Ok(Self {
            filter: filter.unwrap_or_default().into(),
            page: page.request::<Media>(())?,
        })
    }

    /// Its page in the publication with this id; none when it does not exist for the viewer.
    pub async fn connection(self, request: &RequestContext, publication: Uuid) -> Result<Option<Connection<Media>>> {
        let count = MediaCount(self.filter.clone());
        let page = request.reader.child(self, publication).await?.shown()?;
        Ok(page.map(|page| Connection::new(page, (), Total::by(request, count, publication))))
    }
}

impl Relation for MediaList {
    type Parent = Uuid;
    type Child = Guarded<Media>;

    fn richer(&self) -> Option<Self> {
        let page = self.page.peeking()?;
        Some(Self { page, ..self.clone() })
    }

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Guarded<Media>>, DbErr> {
        let pages = media::list_of(&source.database, source.viewer, parents, &self.filter, &self.page).await?;
        let seen = |page| Guarded::of(page, Media::from);
        Ok(pages.into_iter().map(|(parent, page)| (parent, seen(page))).collect())
    }
}

/// How long such a list is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MediaCount(pub(in crate::graphql) MediaFilter);

impl Relation for MediaCount {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        media::count_of(&source.database, parents, &self.0).await
    }
}

/// Plans for the field `media` of publications. It is counted only for those who get it.
pub fn plan_media<T: Plan>(step: &mut Step<'_, T>, id: impl Fn(&T) -> Uuid) {
    let selected = step.selected();
    // Unreadable arguments are reported by the resolver.
    if let Ok(list) = MediaList::new(selected.argument("where"), &PageArguments::of(selected)) {
        step.follow(list, |item| Some(id(item)));
    }
}
