//! A single post or page, of the query.

use std::sync::Arc;

use async_graphql::{ID, InputObject, OneofObject};

use super::ContentObject;
use super::body::needs_html;
use super::relations::{ContentById, Html};
use crate::domain::post;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::{Fields, LookAhead, One};
use crate::graphql::schema::{Query, node};

/// Identifies a post or a page.
#[derive(OneofObject)]
enum ContentBy {
    /// Global id.
    Id(ID),
    /// Slug.
    Slug(String),
}

/// Arguments of `post` and `page`.
#[derive(InputObject)]
struct ContentArguments {
    /// What to find.
    by: ContentBy,
    /// Slug of its publication, where `by` has a slug; default: the default publication.
    publication: Option<String>,
}

/// The field of the query that finds one.
pub(in crate::graphql::schema) fn query<T: ContentObject>(fields: &mut Fields<Query>, description: &'static str) {
    fields.resolve(T::NOUN, description, |one| Box::pin(find::<T>(one)));
}

async fn find<T: ContentObject>(one: One<'_, Query, ContentArguments>) -> Result<Option<T>> {
    let request = one.request;
    match &one.arguments.by {
        ContentBy::Id(id) => {
            let row = node::by_id(request, T::NODE, ContentById, id).await?;
            Ok(row.and_then(T::of))
        }
        ContentBy::Slug(slug) => by_slug(request, one.look_ahead, slug, one.arguments.publication.as_deref()).await,
    }
}

/// The one with this slug, in the publication with that one or the default one, read together with its HTML if that is
/// selected.
pub(in crate::graphql::schema) async fn by_slug<T: ContentObject>(
    request: &RequestContext,
    look_ahead: &LookAhead,
    slug: &str,
    publication: Option<&str>,
) -> Result<Option<T>> {
    let (database, viewer, publication) = (request.database(), request.viewer(), request.publication(publication));
    if !needs_html(look_ahead) {
        let row = post::by_slug(database, viewer, publication, T::KIND, slug).await?;
        return Ok(row.and_then(|row| T::of(Arc::new(row))));
    }
    let found = post::by_slug_with_html(database, viewer, publication, T::KIND, slug).await?;
    Ok(found.and_then(|(row, html)| {
        request.reader.put(Html, row.content_id, Some(Arc::new(html)));
        T::of(Arc::new(row))
    }))
}
