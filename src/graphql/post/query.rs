use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};
use entity::post as stored;

use super::Post;
use super::plan::HTML_FIELDS;
use super::relations::{Html, PostById};
use crate::domain::post;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::id::{NodeType, decode_as};
use crate::graphql::plan::Selected;
use crate::graphql::written::Written;

/// Names a post or page: give exactly one.
#[derive(OneofObject)]
pub enum PostBy {
    /// The global id.
    Id(ID),
    /// The slug.
    Slug(String),
}

/// Single posts, of the query.
#[derive(Default)]
pub struct PostQuery;

#[Object]
impl PostQuery {
    /// An article.
    async fn post(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] by: PostBy,
        #[graphql(desc = "Slug of its publication, where `by` has a slug; the default publication when left out.")]
        publication: Option<String>,
    ) -> Result<Option<Written<Post>>> {
        let request = RequestContext::of(context)?;
        let post = match by {
            PostBy::Id(id) => match decode_as(NodeType::Post, &id) {
                Some(id) => request.reader.child(PostById, id).await?,
                None => None,
            },
            PostBy::Slug(slug) => find(context, stored::PostKind::Article, &slug, publication.as_deref()).await?,
        };
        Ok(request.planned(context, post).await?.map(Written))
    }
}

/// The post or page with this slug, in the publication with that one or the default one, and its text if the field at hand
/// selects it.
pub async fn find(
    context: &Context<'_>,
    kind: stored::PostKind,
    slug: &str,
    publication: Option<&str>,
) -> Result<Option<Post>> {
    let request = RequestContext::of(context)?;
    let (database, viewer, publication) = (request.database(), request.viewer(), request.publication(publication));
    let selected = Selected::field(context.field());
    if !HTML_FIELDS.iter().any(|field| selected.has(field)) {
        let row = post::by_slug(database, viewer, publication, kind, slug).await?;
        return Ok(row.map(Post::from));
    }
    let found = post::by_slug_with_html(database, viewer, publication, kind, slug).await?;
    Ok(found.map(|(row, html)| {
        request.reader.put(Html, row.content_id, Some(Arc::new(html)));
        Post::from(row)
    }))
}
