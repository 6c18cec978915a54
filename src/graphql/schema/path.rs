//! Paths of the front end: current ones, and old ones that redirect.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::InputObject;

use super::Query;
use super::category::{Category, CategoryById};
use super::content::{Content, ContentById, by_slug};
use super::node::Node;
use super::page::Page;
use super::post::Post;
use super::publication;
use super::series::{Series, SeriesById};
use super::tag::{Tag, TagById};
use crate::domain::redirect::{self, RedirectRow};
use crate::domain::{category, series, tag};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::{Fields, Object, One, abstract_type};

/// Maximum length of a path that is looked up, in bytes.
const MAX_PATH_BYTES: usize = 2048;

abstract_type! {
    /// Object at a path.
    PathTarget [] { Post, Page, Tag, Category, Series, Redirect }
}

/// An old path, and where it leads now.
#[derive(Clone)]
pub struct Redirect {
    row: Arc<RedirectRow>,
    location: Arc<str>,
    target: Option<Node>,
}

impl Object for Redirect {
    const DESCRIPTION: &'static str = "A redirect from an old path.";

    fn type_name() -> Cow<'static, str> {
        "Redirect".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.text("path", "Old path.", |redirect| &redirect.row.path);
        fields.text(
            "location",
            "Where to redirect: a path on the front end, or the URL of another site.",
            |redirect| &redirect.location,
        );
        fields.embedded(
            "target",
            "Object at the new path; null if `location` is a URL.",
            |redirect| redirect.target.clone(),
        );
    }
}

/// Arguments of `resolvePath`.
#[derive(InputObject)]
struct PathArguments {
    /// Path, starting with `/`, at most 2,048 bytes. Query, fragment and trailing slash are ignored.
    path: String,
    /// Slug of the publication; default: the default publication.
    publication: Option<String>,
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "resolvePath",
        "Object at a path of a publication: a page or post (`/slug`), a tag (`/tag/slug`), a category \
         (`/category/slug`), a series (`/series/slug`), or a redirect from an old path. Null if there is none that the \
         viewer may see.",
        |one| Box::pin(resolve(one)),
    );
}

async fn resolve(one: One<'_, Query, PathArguments>) -> Result<Option<PathTarget>> {
    let path = &one.arguments.path;
    if path.len() > MAX_PATH_BYTES {
        return Err(Fault::BadRequest(format!(
            "`path` has {} bytes; allowed are {MAX_PATH_BYTES}.",
            path.len()
        )));
    }
    let request = one.request;
    let (database, named) = (request.database(), one.arguments.publication.as_deref());
    let Some(publication) = publication::find(request, named).await? else {
        return Ok(None);
    };
    let path = redirect::normalise(path);
    if path.contains('\0') {
        return Ok(None);
    }
    let found = if let Some(slug) = path.strip_prefix(redirect::TAGS) {
        let row = tag::by_slug(database, publication, slug).await?;
        row.map(|row| PathTarget::Tag(row.into()))
    } else if let Some(slug) = path.strip_prefix(redirect::CATEGORIES) {
        let row = category::by_slug(database, publication, slug).await?;
        row.map(|row| PathTarget::Category(row.into()))
    } else if let Some(slug) = path.strip_prefix(redirect::SERIES) {
        let row = series::by_slug(database, publication, slug).await?;
        row.map(|row| PathTarget::Series(row.into()))
    } else if let Some(slug) = path.strip_prefix('/').filter(|slug| !slug.contains('/')) {
        page_or_post(&one, slug).await?
    } else {
        None
    };
    if found.is_some() {
        return Ok(found);
    }
    let Some(row) = redirect::by_path(database, publication, &path).await? else {
        return Ok(None);
    };
    Ok(follow(request, row).await?.map(PathTarget::Redirect))
}

async fn page_or_post(one: &One<'_, Query, PathArguments>, slug: &str) -> Result<Option<PathTarget>> {
    let (request, look_ahead) = (one.request, one.look_ahead);
    let publication = one.arguments.publication.as_deref();
    if let Some(page) = by_slug(request, look_ahead, slug, publication).await? {
        return Ok(Some(PathTarget::Page(page)));
    }
    let post = by_slug(request, look_ahead, slug, publication).await?;
    Ok(post.map(PathTarget::Post))
}

/// The redirect with its target; none if the viewer may not see where it leads.
async fn follow(request: &RequestContext, row: RedirectRow) -> Result<Option<Redirect>> {
    let reader = &request.reader;
    let target = if let Some(id) = row.post_id {
        let content = reader.child(ContentById, id).await?.and_then(Content::of);
        content.map(|content| (content.path(), Some(content.into())))
    } else if let Some(id) = row.tag_id {
        let tag = reader.child(TagById, id).await?;
        tag.map(|tag| (tag.path(), Some(Node::Tag(tag))))
    } else if let Some(id) = row.category_id {
        let category = reader.child(CategoryById, id).await?;
        category.map(|category| (category.path(), Some(Node::Category(category))))
    } else if let Some(id) = row.series_id {
        let series = reader.child(SeriesById, id).await?;
        series.map(|series| (series.path(), Some(Node::Series(series))))
    } else {
        row.target_url.clone().map(|url| (url, None))
    };
    Ok(target.map(|(location, target)| Redirect {
        row: Arc::new(row),
        location: location.into(),
        target,
    }))
}
