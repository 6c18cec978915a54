//! Pages: posts of kind PAGE, as the tree in which they stand.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object};
use entity::PostId;
use entity::post::PostKind;
use sea_orm::DbErr;

use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, decode_as};
use super::loader::{Relation, Source};
use super::plan::{Plan, Selected, Step};
use super::post::{Post, PostBy, PostById, find};
use super::written::{Write, WriteField, Written, all, maybe_one};
use crate::domain::page::{MOST_ITEMS, PageRequest};
use crate::domain::post::{self, PostField, PostFilter, PostOrder, PostParent, PostRow, Reach};

/// A page: what a post of kind PAGE has, and its place in the tree of pages.
#[derive(Clone)]
pub struct Page(pub(super) Post);

impl Page {
    /// The post as a page; none when it is an article.
    pub(super) fn of(post: &Post) -> Option<Self> {
        (post.row().kind == PostKind::Page).then(|| Self(post.as_page()))
    }
}

impl Plan for Page {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "parent" => step.follow(ParentPage, |page| page.0.row().parent_id),
            "children" => step.follow(PageChildren, |page| Some(page.0.row().id)),
            _ => step.see(|page| page.0.clone()),
        }
    }
}

impl Write for Page {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "parent" => maybe_one(selected, ParentPage, |page: &Self| page.0.row().parent_id),
            "children" => all(selected, PageChildren, |page: &Self| page.0.row().id),
            _ => {
                let write = Post::field(selected)?;
                Some(Box::new(move |page, json| write(&page.0, json)))
            }
        }
    }
}

/// A page: what a post of kind PAGE has, and its place in the tree of pages.
#[Object]
impl Page {
    #[graphql(flatten)]
    async fn post(&self) -> &Post {
        &self.0
    }

    /// The global id.
    pub(super) async fn id(&self, context: &Context<'_>) -> async_graphql::Result<ID> {
        self.0.id(context).await
    }

    /// The page above; null at the top, and when that one is not published or not public.
    async fn parent(&self, context: &Context<'_>) -> Result<Option<Page>> {
        match self.0.row().parent_id {
            Some(id) => RequestContext::of(context)?.reader.child(ParentPage, id).await,
            None => Ok(None),
        }
    }

    /// The pages directly below, in their order: the first 100.
    async fn children(&self, context: &Context<'_>) -> Result<Vec<Page>> {
        RequestContext::of(context)?
            .reader
            .child(PageChildren, self.0.row().id)
            .await
    }
}

/// Pages by an id that the viewer gave, or has been given.
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

/// Pages by the id that a page below them has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ParentPage;

impl Relation for ParentPage {
    type Parent = PostId;
    type Child = Option<Page>;

    async fn load(&self, source: &Source, ids: &[PostId]) -> std::result::Result<HashMap<PostId, Option<Page>>, DbErr> {
        let rows = post::by_ids(&source.database, source.viewer, Reach::Listed, ids).await?;
        let page = |(id, row): (PostId, PostRow)| (id, Page::of(&row.into()));
        Ok(rows.into_iter().map(page).collect())
    }
}

/// The pages below a page.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PageChildren;

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

/// Pages, of the query.
#[derive(Default)]
pub struct PageQuery;

#[Object]
impl PageQuery {
    /// A page. All of them, as posts: `posts(where: {kind: PAGE})`.
    async fn page(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] by: PostBy,
        #[graphql(desc = "Slug of its publication, where `by` has a slug; the default publication when left out.")]
        publication: Option<String>,
    ) -> Result<Option<Written<Page>>> {
        let request = RequestContext::of(context)?;
        let page = match by {
            PostBy::Id(id) => match decode_as(NodeType::Page, &id) {
                Some(id) => request.reader.child(PageById, id).await?,
                None => None,
            },
            PostBy::Slug(slug) => find(context, PostKind::Page, &slug, publication.as_deref())
                .await?
                .as_ref()
                .and_then(Page::of),
        };
        Ok(request.planned(context, page).await?.map(Written))
    }
}
