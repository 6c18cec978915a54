//! Single posts, of the query.

use std::sync::Arc;

use async_graphql::{ID, InputObject, OneofObject};
use entity::post::PostKind;

use super::Post;
use super::body::needs_html;
use super::relations::{Html, PostById};
use crate::domain::post;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::{Fields, LookAhead, One};
use crate::graphql::schema::{Query, node};

/// Identifies a post or page.
#[derive(OneofObject)]
pub(in crate::graphql::schema) enum PostBy {
    /// Global id.
    Id(ID),
    /// Slug.
    Slug(String),
}

/// Arguments of `post` and `page`.
#[derive(InputObject)]
pub(in crate::graphql::schema) struct PostArguments {
    /// Post or page to find.
    pub(in crate::graphql::schema) by: PostBy,
    /// Slug of its publication, where `by` has a slug; default: the default publication.
    pub(in crate::graphql::schema) publication: Option<String>,
}

/// The fields of the query.
pub(in crate::graphql::schema) fn query(fields: &mut Fields<Query>) {
    fields.resolve("post", "An article by id or slug.", |one| Box::pin(find(one)));
}

async fn find(one: One<'_, Query, PostArguments>) -> Result<Option<Post>> {
    let request = one.request;
    let publication = one.arguments.publication.as_deref();
    match &one.arguments.by {
        PostBy::Id(id) => node::by_id(request, NodeType::Post, PostById, id).await,
        PostBy::Slug(slug) => by_slug(request, one.look_ahead, PostKind::Article, slug, publication).await,
    }
}

/// The post or page with this slug, in the publication with that one or the default one, read together with its HTML if
/// that is selected.
pub(in crate::graphql::schema) async fn by_slug(
    request: &RequestContext,
    look_ahead: &LookAhead,
    kind: PostKind,
    slug: &str,
    publication: Option<&str>,
) -> Result<Option<Post>> {
    let (database, viewer, publication) = (request.database(), request.viewer(), request.publication(publication));
    if !needs_html(look_ahead) {
        let row = post::by_slug(database, viewer, publication, kind, slug).await?;
        return Ok(row.map(Post::from));
    }
    let found = post::by_slug_with_html(database, viewer, publication, kind, slug).await?;
    Ok(found.map(|(row, html)| {
        request.reader.put(Html, row.content_id, Some(Arc::new(html)));
        Post::from(row)
    }))
}
