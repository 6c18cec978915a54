//! Posts that use a media file.

use std::collections::HashMap;

use async_graphql::InputObject;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::domain::page::{MOST_ITEMS, PageRequest};
use crate::domain::post::{self, PostFilter, PostOrder, PostParent, PostRow};
use crate::graphql::engine::LookAhead;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::schema::post::Post;
use crate::graphql::schema::post_list::{PostWhere, order_of};

/// Arguments of `usedBy`.
#[derive(InputObject)]
pub(super) struct UsedByArguments {
    /// Conditions that all hold. Finds both posts and pages by default.
    #[graphql(name = "where")]
    filter: Option<PostWhere>,
}

impl UsedByArguments {
    /// The posts that they ask for.
    pub(super) fn relation(&self, _: &LookAhead) -> Result<UsedBy> {
        let kind = self.filter.as_ref().and_then(|filter| filter.kind).map(Into::into);
        let filter = PostFilter {
            kind,
            ..self.filter.clone().unwrap_or_default().into()
        };
        let order = order_of(None, &filter, PostOrder::NEWEST)?;
        Ok(UsedBy { filter, order })
    }
}

/// Posts that use files.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UsedBy {
    filter: PostFilter,
    order: PostOrder,
}

impl Relation for UsedBy {
    type Parent = Uuid;
    type Child = Vec<Post>;

    async fn load(&self, source: &Source, files: &[Uuid]) -> std::result::Result<HashMap<Uuid, Vec<Post>>, DbErr> {
        let Self { filter, order } = self;
        let (database, viewer, request) = (&source.database, source.viewer, PageRequest::first(MOST_ITEMS));
        let found = post::list_of(database, viewer, PostParent::Media, files, filter, *order, &request).await?;
        let posts = |rows: Vec<PostRow>| rows.into_iter().map(Post::from).collect();
        Ok(found.into_iter().map(|(id, page)| (id, posts(page.items))).collect())
    }
}
