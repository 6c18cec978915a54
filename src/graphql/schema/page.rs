//! Pages: posts of kind PAGE, in a tree.

use std::borrow::Cow;
use std::collections::HashMap;

use entity::PostId;
use entity::post::PostKind;
use sea_orm::DbErr;

use super::Query;
use super::node;
use super::post::{Post, PostArguments, PostBy, PostById, PostObject, by_slug, post_fields};
use crate::domain::page::{MOST_ITEMS, PageRequest};
use crate::domain::post::{self, PostField, PostFilter, PostOrder, PostParent, PostRow, Reach};
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::{Fields, Object, One};

/// A page: a post with its place in the page tree.
#[derive(Clone)]
pub struct Page(Post);

impl Page {
    /// The post as a page; none for an article.
    pub fn of(post: &Post) -> Option<Self> {
        (post.row().kind == PostKind::Page).then(|| Self(post.clone()))
    }
}

impl PostObject for Page {
    fn post(&self) -> &Post {
        &self.0
    }
}

impl Object for Page {
    const DESCRIPTION: &'static str = "A page: a post of kind PAGE, with its place in the page tree.";

    fn type_name() -> Cow<'static, str> {
        "Page".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Page, |page| page.row().id);
        post_fields(fields);
        fields.related(
            "parent",
            "Parent page; null at the top level, and if the parent is not published or not public.",
            ParentPage,
            |page| page.row().parent_id,
        );
        fields.related(
            "children",
            "Child pages in the order of siblings, at most 100.",
            PageChildren,
            |page| Some(page.row().id),
        );
    }
}

/// Pages by id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PageById;

impl Relation for PageById {
    type Parent = PostId;
    type Child = Option<Page>;

    async fn load(&self, source: &Source, ids: &[PostId]) -> std::result::Result<HashMap<PostId, Option<Page>>, DbErr> {
        let posts = PostById.load(source, ids).await?;
        Ok(posts
            .into_iter()
            .map(|(id, post)| (id, post.as_ref().and_then(Page::of)))
            .collect())
    }
}

/// Parents of pages, by the id that their children have. They are visible only where lists of posts have them.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ParentPage;

impl Relation for ParentPage {
    type Parent = PostId;
    type Child = Option<Page>;

    async fn load(&self, source: &Source, ids: &[PostId]) -> std::result::Result<HashMap<PostId, Option<Page>>, DbErr> {
        let rows = post::by_ids(&source.database, source.viewer, Reach::Listed, ids).await?;
        let page = |(id, row): (PostId, PostRow)| (id, Page::of(&row.into()));
        Ok(rows.into_iter().map(page).collect())
    }
}

/// Children of pages.
#[derive(Clone, PartialEq, Eq, Hash)]
struct PageChildren;

impl Relation for PageChildren {
    type Parent = PostId;
    type Child = Vec<Page>;

    async fn load(&self, source: &Source, pages: &[PostId]) -> std::result::Result<HashMap<PostId, Vec<Page>>, DbErr> {
        let parents: Vec<_> = pages.iter().map(|page| page.0).collect();
        let order = PostOrder {
            field: PostField::Position,
            descending: false,
        };
        let filter = PostFilter {
            kind: Some(PostKind::Page),
            ..PostFilter::default()
        };
        let request = PageRequest::first(MOST_ITEMS);
        let (database, viewer) = (&source.database, source.viewer);
        let found = post::list_of(database, viewer, PostParent::Page, &parents, &filter, order, &request).await?;
        let pages = |rows: Vec<_>| rows.into_iter().filter_map(|row| Page::of(&Post::from(row))).collect();
        Ok(found
            .into_iter()
            .map(|(id, page)| (PostId(id), pages(page.items)))
            .collect())
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "page",
        "A page by id or slug. `posts(where: {kind: PAGE})` lists all pages.",
        |one| Box::pin(find(one)),
    );
}

async fn find(one: One<'_, Query, PostArguments>) -> Result<Option<Page>> {
    let request = one.request;
    let publication = one.arguments.publication.as_deref();
    match &one.arguments.by {
        PostBy::Id(id) => node::by_id(request, NodeType::Page, PageById, id).await,
        PostBy::Slug(slug) => {
            let post = by_slug(request, one.look_ahead, PostKind::Page, slug, publication).await?;
            Ok(post.as_ref().and_then(Page::of))
        }
    }
}
