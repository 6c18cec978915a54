//! From old and new addresses to what stands there.

use async_graphql::{Context, ID, Object, Union};
use entity::post::PostKind;

use super::category::{Category, CategoryById};
use super::context::RequestContext;
use super::error::{Fault, Result};
use super::id::{NodeType, encode};
use super::node::Node;
use super::page_tree::{Page, PageById};
use super::post::{self, Post, PostById};
use super::publication;
use super::series::{Series, SeriesById};
use super::tag::{Tag, TagById};
use crate::domain::redirect::{self, RedirectRow};
use crate::domain::{category, series, tag};

/// The longest path that is looked up, in bytes.
const MOST_PATH_BYTES: usize = 2048;

/// An old address, and where its reader should go now.
#[derive(Clone)]
pub struct Redirect {
    row: RedirectRow,
    location: String,
    target: Option<Node>,
}

/// An old address, and where its reader should go now.
#[Object]
impl Redirect {
    /// The global id.
    async fn id(&self) -> ID {
        encode(NodeType::Redirect, self.row.id)
    }

    /// The old path.
    async fn path(&self) -> &str {
        &self.row.path
    }

    /// Where to go: a path below the front end's address, or a whole address elsewhere.
    async fn location(&self) -> &str {
        &self.location
    }

    /// What stands there; none for an address elsewhere.
    async fn target(&self) -> Option<&Node> {
        self.target.as_ref()
    }
}

/// What stands at a path.
#[derive(Union)]
pub enum PathTarget {
    /// An article.
    Post(Post),
    /// A page.
    Page(Page),
    /// A tag.
    Tag(Tag),
    /// A category.
    Category(Category),
    /// A series.
    Series(Series),
    /// An old address.
    Redirect(Redirect),
}

/// Addresses, of the query.
#[derive(Default)]
pub struct ResolveQuery;

#[Object]
impl ResolveQuery {
    /// What stands at a path of a publication: a page or article (`/slug`), a tag (`/tag/slug`), a category
    /// (`/category/slug`), a series (`/series/slug`), or a redirect from an old address. None when nothing does that the viewer may see.
    async fn resolve_path(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The path, from `/`; query, fragment and a trailing slash do not matter.")] path: String,
        #[graphql(desc = "Slug of the publication; the default publication when left out.")] publication: Option<
            String,
        >,
    ) -> Result<Option<PathTarget>> {
        if path.len() > MOST_PATH_BYTES {
            return Err(Fault::BadRequest(format!(
                "`path` has {} bytes; allowed are {MOST_PATH_BYTES}.",
                path.len()
            )));
        }
        let request = RequestContext::of(context)?;
        let (database, named) = (request.database(), publication.as_deref());
        let Some(publication) = publication::find(request, named).await? else {
            return Ok(None);
        };
        let path = redirect::normalise(&path);
        if path.contains('\0') {
            return Ok(None);
        }
        if let Some(slug) = path.strip_prefix(redirect::TAGS) {
            if let Some(row) = tag::by_slug(database, publication, slug).await? {
                return Ok(request
                    .planned(context, Some(Tag::from(row)))
                    .await?
                    .map(PathTarget::Tag));
            }
        } else if let Some(slug) = path.strip_prefix(redirect::CATEGORIES) {
            if let Some(row) = category::by_slug(database, publication, slug).await? {
                let found = request.planned(context, Some(Category::from(row))).await?;
                return Ok(found.map(PathTarget::Category));
            }
        } else if let Some(slug) = path.strip_prefix(redirect::SERIES) {
            if let Some(row) = series::by_slug(database, publication, slug).await? {
                let found = request.planned(context, Some(Series::from(row))).await?;
                return Ok(found.map(PathTarget::Series));
            }
        } else if let Some(slug) = path.strip_prefix('/').filter(|slug| !slug.contains('/')) {
            let page = post::find(context, PostKind::Page, slug, named).await?;
            if let Some(page) = page.as_ref().and_then(Page::of) {
                return Ok(request.planned(context, Some(page)).await?.map(PathTarget::Page));
            }
            if let Some(post) = post::find(context, PostKind::Article, slug, named).await? {
                return Ok(request.planned(context, Some(post)).await?.map(PathTarget::Post));
            }
        }
        let Some(row) = redirect::by_path(database, publication, &path).await? else {
            return Ok(None);
        };
        Ok(follow(request, row).await?.map(PathTarget::Redirect))
    }
}

/// The redirect with its target; none when the viewer may not see where it leads.
async fn follow(request: &RequestContext, row: RedirectRow) -> Result<Option<Redirect>> {
    let (location, target) = if let Some(id) = row.post_id {
        let Some(post) = request.reader.child(PostById, id).await? else {
            return Ok(None);
        };
        let location = post.path_of();
        let node = match request.reader.child(PageById, id).await? {
            Some(page) => Node::Page(page),
            None => Node::Post(post),
        };
        (location, Some(node))
    } else if let Some(id) = row.tag_id {
        let Some(tag) = request.reader.child(TagById, id).await? else {
            return Ok(None);
        };
        (tag.path_of(), Some(Node::Tag(tag)))
    } else if let Some(id) = row.category_id {
        let Some(category) = request.reader.child(CategoryById, id).await? else {
            return Ok(None);
        };
        (category.path_of(), Some(Node::Category(category)))
    } else if let Some(id) = row.series_id {
        let Some(series) = request.reader.child(SeriesById, id).await? else {
            return Ok(None);
        };
        (series.path_of(), Some(Node::Series(series)))
    } else if let Some(url) = row.target_url.clone() {
        (url, None)
    } else {
        return Ok(None);
    };
    Ok(Some(Redirect { row, location, target }))
}
