//! Lists of pages: at the root of the query, and of publications.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Enum, InputObject};
use entity::post::PostKind;
use sea_orm::DbErr;
use uuid::Uuid;

use super::Query;
use super::content::{ContentCount, ContentList, Direction, PostStatus, Visibility, at_root};
use super::page::Page;
use super::post_list::all;
use crate::domain::page::Page as Part;
use crate::domain::post::{self, PostFilter, PostOrder, PostParent};
use crate::graphql::engine::error::Result;
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::{Connection, Fields, List, LookAhead, One, PageArguments};

/// Conditions of a list of pages; all of them hold.
#[derive(Clone, Debug, Default, InputObject)]
struct PageWhere {
    /// Slug of the publication. At the root of the query, default: the default publication.
    publication: Option<String>,
    /// Part of the title, case-insensitive.
    title: Option<String>,
    /// Stages of the page, or of its working copy; default PUBLISHED. Pages in other stages are listed for viewers who
    /// may edit them, with the scope `read:drafts`.
    status: Option<Vec<PostStatus>>,
    /// Visibilities; default PUBLIC for published pages, and any for others. Pages that are not public are listed with
    /// the scope `read:drafts`: MEMBERS for members of the publication, the others for viewers who may edit them.
    visibility: Option<Vec<Visibility>>,
    /// Whether it has a working copy, among the pages that the viewer may edit.
    has_draft: Option<bool>,
}

impl From<PageWhere> for PostFilter {
    fn from(input: PageWhere) -> Self {
        Self {
            publication: input.publication,
            kind: Some(PostKind::Page),
            title: input.title,
            statuses: all(input.status),
            visibilities: all(input.visibility),
            has_draft: input.has_draft,
            ..Self::default()
        }
    }
}

/// What pages are ordered by.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
enum PageField {
    /// Title, in the collation of the database.
    #[default]
    Title,
    /// Time of the last change.
    UpdatedAt,
}

/// An order of pages, by title by default.
#[derive(Clone, Copy, Debug, InputObject)]
struct PageOrder {
    /// What they are ordered by.
    #[graphql(default)]
    field: PageField,
    /// Direction of the order.
    #[graphql(default_with = "Direction::Asc")]
    direction: Direction,
}

impl From<PageOrder> for PostOrder {
    fn from(input: PageOrder) -> Self {
        Self {
            field: match input.field {
                PageField::Title => post::PostField::Title,
                PageField::UpdatedAt => post::PostField::UpdatedAt,
            },
            descending: input.direction == Direction::Desc,
        }
    }
}

/// A list of pages below one object.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PageList(ContentList);

impl Relation for PageList {
    type Parent = Uuid;
    type Child = Arc<Part<Page>>;

    async fn load(
        &self,
        source: &Source,
        parents: &[Uuid],
    ) -> std::result::Result<HashMap<Uuid, Arc<Part<Page>>>, DbErr> {
        self.0.load(source, parents).await
    }
}

impl List for PageList {
    type Node = Page;
    type Count = ContentCount;

    fn order(&self) -> PostOrder {
        self.0.order
    }

    fn count(&self) -> ContentCount {
        self.0.count()
    }
}

/// Arguments of a list of pages.
#[derive(InputObject)]
pub(super) struct PageListArguments {
    #[graphql(flatten)]
    page: PageArguments,
    /// Conditions that all hold.
    #[graphql(name = "where")]
    filter: Option<PageWhere>,
    /// Order of the list.
    order_by: Option<PageOrder>,
}

impl PageListArguments {
    fn asked(&self) -> (PostFilter, PostOrder) {
        let filter = self.filter.clone().unwrap_or_default().into();
        (filter, self.order_by.map_or(PostOrder::BY_TITLE, PostOrder::from))
    }

    /// The list that they ask for below a publication.
    pub(super) fn list(&self, look_ahead: &LookAhead) -> Result<PageList> {
        let (filter, order) = self.asked();
        Ok(PageList(ContentList {
            parent: PostParent::Publication,
            filter,
            order,
            page: self.page.request::<Page>(order, look_ahead)?,
        }))
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "pages",
        "Pages of the publication that `where.publication` names, or of the default publication; by title by default.",
        |one| Box::pin(pages(one)),
    );
}

async fn pages(one: One<'_, Query, PageListArguments>) -> Result<Connection<Page>> {
    let (filter, order) = one.arguments.asked();
    at_root(&one, filter, order, &one.arguments.page).await
}
