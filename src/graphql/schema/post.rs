//! Posts: articles, listed by date.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::post::PostKind;
use entity::{PostId, SeriesId};
use sea_orm::DbErr;

use super::content::{self, ContentObject, CreateFields, UpdateFields, maybe, order_key};
use super::series::SeriesById;
use super::{Mutation, Query};
use crate::domain::page::{Position, SortKind};
use crate::domain::post::{self, Arrangement, Neighbour, PostOrder, PostRow};
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::{Fields, Leaf, Listed, Object};

/// A post: an article.
#[derive(Clone)]
pub struct Post(Arc<PostRow>);

impl ContentObject for Post {
    const KIND: PostKind = PostKind::Article;
    const NODE: NodeType = NodeType::Post;
    const EDITOR_FIELDS: &'static str = "the authors, the series and pinning";

    type Create = PostCreateInput;
    type Update = PostUpdateInput;

    fn create(input: PostCreateInput) -> (CreateFields, Arrangement) {
        (input.fields, input.place.into())
    }

    fn update(input: PostUpdateInput) -> (UpdateFields, Arrangement) {
        (input.fields, input.place.into())
    }

    fn row(&self) -> &PostRow {
        &self.0
    }

    fn of(row: Arc<PostRow>) -> Option<Self> {
        (row.kind == Self::KIND).then_some(Self(row))
    }
}

/// The place of a post.
#[derive(InputObject)]
struct PostPlace {
    /// Whether the post is pinned. Applies at once.
    is_featured: Option<bool>,
    /// Global id of the series that it is part of. Null removes it from its series. Applies at once.
    series_id: MaybeUndefined<ID>,
    /// Position among the listed posts of the series, starting at 1; default for a post that is new there: the last.
    /// Applies at once.
    series_position: Option<i32>,
}

impl From<PostPlace> for Arrangement {
    fn from(input: PostPlace) -> Self {
        Self {
            is_featured: input.is_featured,
            series: maybe(input.series_id, |id| given(NodeType::Series, &id)),
            series_position: input.series_position,
            ..Self::default()
        }
    }
}

/// Input of `postCreate`.
#[derive(InputObject)]
pub struct PostCreateInput {
    #[graphql(flatten)]
    fields: CreateFields,
    #[graphql(flatten)]
    place: PostPlace,
}

/// Input of `postUpdate`.
#[derive(InputObject)]
pub struct PostUpdateInput {
    #[graphql(flatten)]
    fields: UpdateFields,
    #[graphql(flatten)]
    place: PostPlace,
}

impl Object for Post {
    const DESCRIPTION: &'static str = "A post: an article.";

    fn type_name() -> Cow<'static, str> {
        "Post".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        content::fields(fields);
        fields.value("isFeatured", "Whether editors have pinned it.", |post| {
            post.0.is_featured
        });
        fields.related("series", "Series it is part of.", SeriesById, |post| post.0.series_id);
        fields.derived(
            "seriesPosition",
            "Position among the listed posts of its series, starting at 1; null without a series or if the series does not \
             list it.",
            InSeries,
            |post| Some((post.0.series_id?, post.0.id)),
            |_, position: Option<i64>, _| Ok(Leaf(position)),
        );
        fields.related(
            "previous",
            "Listed post of the same publication that was published before it.",
            Beside(Neighbour::Previous),
            |post| Some(post.0.id),
        );
        fields.related(
            "next",
            "Listed post of the same publication that was published after it.",
            Beside(Neighbour::Next),
            |post| Some(post.0.id),
        );
    }
}

impl Listed for Post {
    type Order = PostOrder;

    fn order_key(order: PostOrder) -> (&'static str, SortKind) {
        order_key(order)
    }

    fn position(&self, order: PostOrder) -> Position {
        order.position(&self.0)
    }
}

/// Positions of posts among those of their series that are listed for the viewer.
#[derive(Clone, PartialEq, Eq, Hash)]
struct InSeries;

impl Relation for InSeries {
    type Parent = (SeriesId, PostId);
    type Child = Option<i64>;

    async fn load(
        &self,
        source: &Source,
        posts: &[(SeriesId, PostId)],
    ) -> Result<HashMap<(SeriesId, PostId), Option<i64>>, DbErr> {
        let positions = post::positions_in_series(&source.database, source.viewer, posts).await?;
        let position = |post: &(SeriesId, PostId)| (*post, positions.get(&post.1).copied());
        Ok(posts.iter().map(position).collect())
    }
}

/// The previous or the next post.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Beside(Neighbour);

impl Relation for Beside {
    type Parent = PostId;
    type Child = Option<Post>;

    async fn load(&self, source: &Source, posts: &[PostId]) -> Result<HashMap<PostId, Option<Post>>, DbErr> {
        let rows = post::neighbours(&source.database, source.viewer, self.0, posts).await?;
        Ok(rows
            .into_iter()
            .map(|(id, row)| (id, Post::of(Arc::new(row))))
            .collect())
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    content::query::<Post>(fields, "A post by id or slug. `posts` lists them all.");
}

/// The mutations of posts.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    content::mutation::<Post>(fields);
}
