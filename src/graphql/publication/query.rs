//! Publications, of the query.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::PublicationId;
use futures_util::try_join;

use super::{Publication, PublicationById};
use crate::domain::publication;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::page::{Connection, PageArguments, Total};
use crate::graphql::written::Written;

/// The id of the publication with this slug, or of the default one.
pub async fn find(request: &RequestContext, slug: Option<&str>) -> Result<Option<PublicationId>> {
    let Some(row) = publication::by_slug(request.database(), request.publication(slug)).await? else {
        return Ok(None);
    };
    let id = row.id;
    request.reader.put(PublicationById, id, Some(row.into()));
    Ok(Some(id))
}

/// Publications, of the query.
#[derive(Default)]
pub struct PublicationQuery;

#[Object]
impl PublicationQuery {
    /// A publication.
    async fn publication(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Slug of the publication; when left out the default publication: the one that the instance is configured with, or the oldest."
        )]
        slug: Option<String>,
    ) -> Result<Option<Written<Publication>>> {
        let request = RequestContext::of(context)?;
        let found = publication::by_slug(request.database(), request.publication(slug.as_deref())).await?;
        let found = request.planned(context, found.map(Publication::from)).await?;
        Ok(found.map(Written))
    }

    /// All publications of this installation, by slug.
    async fn publications(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Written<Connection<Publication>>> {
        let request = RequestContext::of(context)?;
        let page = PageArguments::given(context, first, after, last, before).request::<Publication>(())?;
        let (found, total) = try_join!(
            publication::list(request.database(), &page),
            Total::selected(context, publication::count(request.database()))
        )?;
        let found = Arc::new(found.map(Publication::from));
        request.plan(context, &found).await?;
        Ok(Written(Connection::new(found, (), total)))
    }
}
