//! Relations of posts.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{PostId, SeriesId};
use sea_orm::DbErr;

use super::Post;
use crate::domain::post::{self, Neighbour, PostHtml, PostSource, PostText, Reach};
use crate::graphql::engine::loader::{Relation, Source, by_id};
use crate::graphql::schema::category::Category;
use crate::graphql::schema::tag::Tag;
use crate::graphql::schema::user::User;

by_id! {
    /// Posts by id; also those that are visible, but not listed.
    PostById: PostId => Post, |source, ids| post::by_ids(&source.database, source.viewer, Reach::Direct, ids)
}

by_id! {
    /// Posts with their working copies applied.
    Draft: PostId => Post, |source, ids| post::drafts_of(&source.database, source.viewer, ids)
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

/// Whether the viewer may edit posts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Editable;

impl Relation for Editable {
    type Parent = PostId;
    type Child = bool;

    async fn load(&self, source: &Source, posts: &[PostId]) -> std::result::Result<HashMap<PostId, bool>, DbErr> {
        let editable = post::editable_among(&source.database, source.viewer, posts).await?;
        Ok(editable.into_iter().map(|post| (post, true)).collect())
    }
}

/// Positions of posts among those of their series that are listed for the viewer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct InSeries;

impl Relation for InSeries {
    type Parent = (SeriesId, PostId);
    type Child = Option<i64>;

    async fn load(
        &self,
        source: &Source,
        posts: &[(SeriesId, PostId)],
    ) -> std::result::Result<HashMap<(SeriesId, PostId), Option<i64>>, DbErr> {
        let positions = post::positions_in_series(&source.database, source.viewer, posts).await?;
        let position = |post: &(SeriesId, PostId)| (*post, positions.get(&post.1).copied());
        Ok(posts.iter().map(position).collect())
    }
}

/// Declares relations from posts to lists in the order that their authors chose.
macro_rules! of_posts {
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
                posts: &[PostId],
            ) -> std::result::Result<HashMap<PostId, Vec<$object>>, DbErr> {
                let rows = $load(&source.database, posts).await?;
                let objects = |rows: Vec<_>| rows.into_iter().map(<$object>::from).collect();
                Ok(rows.into_iter().map(|(post, rows)| (post, objects(rows))).collect())
            }
        }
    )*};
}

of_posts! {
    /// Authors of posts.
    Authors => User, post::authors_of;
    /// Tags of posts.
    Tags => Tag, post::tags_of;
    /// Categories of posts.
    Categories => Category, post::categories_of;
}

/// The previous or the next post.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Beside(pub Neighbour);

impl Relation for Beside {
    type Parent = PostId;
    type Child = Option<Post>;

    async fn load(
        &self,
        source: &Source,
        posts: &[PostId],
    ) -> std::result::Result<HashMap<PostId, Option<Post>>, DbErr> {
        let rows = post::neighbours(&source.database, source.viewer, self.0, posts).await?;
        Ok(rows.into_iter().map(|(id, row)| (id, Some(row.into()))).collect())
    }
}
