//! Pages, which form a tree.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::PostId;
use entity::post::PostKind;
use sea_orm::DbErr;

use super::content::{self, ContentObject, CreateFields, UpdateFields, maybe, order_key};
use super::{Mutation, Query};
use crate::domain::page::{MOST_ITEMS, PageRequest, Position, SortKind};
use crate::domain::post::{self, Arrangement, PostFilter, PostOrder, PostParent, PostRow, Reach};
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::{Fields, Listed, Object};

/// A page.
#[derive(Clone)]
pub struct Page(Arc<PostRow>);

impl ContentObject for Page {
    const KIND: PostKind = PostKind::Page;
    const NODE: NodeType = NodeType::Page;
    const EDITOR_FIELDS: &'static str = "the authors and the place in the tree";

    type Create = PageCreateInput;
    type Update = PageUpdateInput;

    fn create(input: PageCreateInput) -> (CreateFields, Arrangement) {
        (input.fields, input.place.into())
    }

    fn update(input: PageUpdateInput) -> (UpdateFields, Arrangement) {
        (input.fields, input.place.into())
    }

    fn row(&self) -> &PostRow {
        &self.0
    }

    fn of(row: Arc<PostRow>) -> Option<Self> {
        (row.kind == Self::KIND).then_some(Self(row))
    }
}

/// The place of a page.
#[derive(InputObject)]
struct PagePlace {
    /// Global id of the parent page. Null moves the page to the top level. Applies at once.
    parent_id: MaybeUndefined<ID>,
    /// Position among its siblings, 0 to 1,000,000. Applies at once.
    position: Option<i32>,
}

impl From<PagePlace> for Arrangement {
    fn from(input: PagePlace) -> Self {
        Self {
            parent: maybe(input.parent_id, |id| given(NodeType::Page, &id)),
            position: input.position,
            ..Self::default()
        }
    }
}

/// Input of `pageCreate`.
#[derive(InputObject)]
pub struct PageCreateInput {
    #[graphql(flatten)]
    fields: CreateFields,
    #[graphql(flatten)]
    place: PagePlace,
}

/// Input of `pageUpdate`.
#[derive(InputObject)]
pub struct PageUpdateInput {
    #[graphql(flatten)]
    fields: UpdateFields,
    #[graphql(flatten)]
    place: PagePlace,
}

impl Object for Page {
    const DESCRIPTION: &'static str = "A page, with its place in the page tree.";

    fn type_name() -> Cow<'static, str> {
        "Page".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        content::fields(fields);
        fields.derived_with(
            "parent",
            "Parent page; null at the top level, and if the parent is not published or not public.",
            |arguments: &ParentArguments, _| Ok(ParentPage(arguments.reach())),
            |page| page.0.parent_id,
            |_, parent: Option<Page>, _, _| Ok(parent),
        );
        fields.value(
            "position",
            "Position among its siblings: smaller ones come first.",
            |page| page.0.position,
        );
        fields.related(
            "children",
            "Child pages in the order of siblings, at most 100.",
            PageChildren,
            |page| Some(page.0.id),
        );
    }
}

impl Listed for Page {
    type Order = PostOrder;

    fn order_key(order: PostOrder) -> (&'static str, SortKind) {
        order_key(order)
    }

    fn position(&self, order: PostOrder) -> Position {
        order.position(&self.0)
    }
}

/// Arguments of `parent`.
#[derive(InputObject)]
struct ParentArguments {
    /// Also a parent that is hidden, as far as the viewer may see it: for editing the page.
    #[graphql(default)]
    include_hidden: bool,
}

impl ParentArguments {
    fn reach(&self) -> Reach {
        if self.include_hidden {
            Reach::Desk
        } else {
            Reach::Listed
        }
    }
}

/// Parents of pages, by the id that their children have.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ParentPage(Reach);

impl Relation for ParentPage {
    type Parent = PostId;
    type Child = Option<Page>;

    async fn load(&self, source: &Source, ids: &[PostId]) -> Result<HashMap<PostId, Option<Page>>, DbErr> {
        let rows = post::by_ids(&source.database, source.viewer, self.0, ids).await?;
        Ok(rows
            .into_iter()
            .map(|(id, row)| (id, Page::of(Arc::new(row))))
            .collect())
    }
}

/// Children of pages.
#[derive(Clone, PartialEq, Eq, Hash)]
struct PageChildren;

impl Relation for PageChildren {
    type Parent = PostId;
    type Child = Vec<Page>;

    async fn load(&self, source: &Source, pages: &[PostId]) -> Result<HashMap<PostId, Vec<Page>>, DbErr> {
        let parents: Vec<_> = pages.iter().map(|page| page.0).collect();
        let filter = PostFilter {
            kind: Some(PostKind::Page),
            ..PostFilter::default()
        };
        let (order, request) = (PostOrder::SIBLINGS, PageRequest::first(MOST_ITEMS));
        let (database, viewer) = (&source.database, source.viewer);
        let found = post::list_of(database, viewer, PostParent::Page, &parents, &filter, order, &request).await?;
        let pages = |rows: Vec<_>| rows.into_iter().filter_map(|row| Page::of(Arc::new(row))).collect();
        Ok(found
            .into_iter()
            .map(|(id, page)| (PostId(id), pages(page.items)))
            .collect())
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    content::query::<Page>(fields, "A page by id or slug. `pages` lists them all.");
}

/// The mutations of pages.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    content::mutation::<Page>(fields);
}
