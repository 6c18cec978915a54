//! Posts and pages that use a media file.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::InputObject;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::domain::page::{MOST_ITEMS, PageRequest};
use crate::domain::post::{self, PostFilter, PostOrder, PostParent, PostRow};
use crate::graphql::engine::LookAhead;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::schema::content::Content;
use crate::graphql::schema::post_list::{PostWhere, order_of};

/// Arguments of `usedBy`.
#[derive(InputObject)]
pub(super) struct UsedByArguments {
    /// Conditions that all hold.
    #[graphql(name = "where")]
    filter: Option<PostWhere>,
}

impl UsedByArguments {
    /// The posts and pages that they ask for.
    pub(super) fn relation(&self, _: &LookAhead) -> Result<UsedBy> {
        let filter = PostFilter {
            kind: None,
            ..self.filter.clone().unwrap_or_default().into()
        };
        let order = order_of(None, &filter, PostOrder::NEWEST)?;
        Ok(UsedBy { filter, order })
    }
}

/// Posts and pages that use files.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UsedBy {
    filter: PostFilter,
    order: PostOrder,
}

impl Relation for UsedBy {
    type Parent = Uuid;
    type Child = Vec<Content>;

    async fn load(&self, source: &Source, files: &[Uuid]) -> std::result::Result<HashMap<Uuid, Vec<Content>>, DbErr> {
        let Self { filter, order } = self;
        let (database, viewer, request) = (&source.database, source.viewer, PageRequest::first(MOST_ITEMS));
        let found = post::list_of(database, viewer, PostParent::Media, files, filter, *order, &request).await?;
        let content = |rows: Vec<PostRow>| rows.into_iter().filter_map(|row| Content::of(Arc::new(row))).collect();
        Ok(found.into_iter().map(|(id, page)| (id, content(page.items))).collect())
    }
}
