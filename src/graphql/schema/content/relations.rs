//! Relations of posts and pages. None of them depends on which of both it is: fields make objects of what they give.

use std::collections::HashMap;
use std::sync::Arc;

use entity::PostId;
use sea_orm::DbErr;

use crate::domain::post::{self, PostHtml, PostRow, PostSource, PostText, Reach};
use crate::graphql::engine::loader::{Relation, Source, by_id};
use crate::graphql::schema::category::Category;
use crate::graphql::schema::tag::Tag;
use crate::graphql::schema::user::User;

by_id! {
    /// Posts and pages by id; also those that are visible, but not listed.
    ContentById: PostId => Arc<PostRow>,
    |source, ids| post::by_ids(&source.database, source.viewer, Reach::Direct, ids)
}

by_id! {
    /// Posts and pages with their working copies applied.
    Draft: PostId => Arc<PostRow>, |source, ids| post::drafts_of(&source.database, source.viewer, ids)
}

by_id! {
    /// HTML of bodies, by `content_id`.
    Html: PostId => Arc<PostHtml>, |source, ids| post::texts::<PostHtml>(&source.database, ids)
}

by_id! {
    /// Plain text of bodies, by `content_id`.
    Text: PostId => Arc<PostText>, |source, ids| post::texts::<PostText>(&source.database, ids)
}

by_id! {
    /// Sources of bodies, by `content_id`.
    Words: PostId => Arc<PostSource>, |source, ids| post::texts::<PostSource>(&source.database, ids)
}

/// Whether the viewer may edit posts and pages.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Editable;

impl Relation for Editable {
    type Parent = PostId;
    type Child = bool;

    async fn load(&self, source: &Source, ids: &[PostId]) -> std::result::Result<HashMap<PostId, bool>, DbErr> {
        let editable = post::editable_among(&source.database, source.viewer, ids).await?;
        Ok(editable.into_iter().map(|id| (id, true)).collect())
    }
}

/// Declares relations to lists in the order that authors chose.
macro_rules! of_content {
    ($($(#[$attribute:meta])* $name:ident => $object:ty, $load:path;)*) => {$(
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name;

        impl Relation for $name {
            type Parent = PostId;
            type Child = Vec<$object>;

            async fn load(
                &self,
                source: &Source,
                ids: &[PostId],
            ) -> std::result::Result<HashMap<PostId, Vec<$object>>, DbErr> {
                let rows = $load(&source.database, ids).await?;
                let objects = |rows: Vec<_>| rows.into_iter().map(<$object>::from).collect();
                Ok(rows.into_iter().map(|(id, rows)| (id, objects(rows))).collect())
            }
        }
    )*};
}

of_content! {
    /// Authors of posts and pages.
    Authors => User, post::authors_of;
    /// Tags of posts and pages.
    Tags => Tag, post::tags_of;
    /// Categories of posts and pages.
    Categories => Category, post::categories_of;
}
