//! Mutations of series.

use async_graphql::{ID, InputObject};
use entity::PostId;

use super::{Series, SeriesById};
use crate::domain::series;
use crate::domain::term::{NewTerm, TermChange};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::{Fields, Payload, returns};
use crate::graphql::schema::Mutation;

/// The mutations of series.
pub(in crate::graphql::schema) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "seriesCreate",
        "Creates a series without posts. A title that exists, in upper or lower case, is refused with `TAKEN`; a \
         slug derived from another title gets a number if it is in use. Requires the EDITOR role and the `write` scope.",
        returns("series", "The series, or the existing series with this title."),
        |request, input| Box::pin(create(request, input)),
    );
    fields.mutation(
        "seriesUpdate",
        "Changes the title, slug or description of a series. A title that another series has, in upper or lower case, is \
         refused with `TAKEN`. Requires the EDITOR role and the `write` scope.",
        returns("series", "The series after the change."),
        |request, input| Box::pin(update(request, input)),
    );
    fields.mutation(
        "seriesSetPosts",
        "Sets the posts of a series and their order. Requires the EDITOR role and the `write` scope.",
        returns("series", "The series after the change."),
        |request, input| Box::pin(set_posts(request, input)),
    );
    fields.mutation(
        "seriesDelete",
        "Deletes a series, but not its posts. Requires the EDITOR role and the `write` scope.",
        returns("series", "The deleted series."),
        |request, input| Box::pin(delete(request, input)),
    );
}

#[derive(InputObject)]
struct SeriesCreateInput {
    /// Global id of the publication.
    publication_id: ID,
    /// Title, 1 to 255 characters.
    title: String,
    /// Slug, in any script; derived from the title by default.
    slug: Option<String>,
    /// Description, at most 5,000 characters.
    #[graphql(default)]
    description: String,
}

async fn create(request: &RequestContext, input: SeriesCreateInput) -> Result<Payload<Series>> {
    let publication = given(NodeType::Publication, &input.publication_id);
    let new = NewTerm {
        name: input.title,
        slug: input.slug,
        description: input.description,
    };
    let created = series::add(&request.accounts, request.viewer(), publication, new).await;
    Payload::created(request, SeriesById, created).await
}

#[derive(InputObject)]
struct SeriesUpdateInput {
    /// Global id of the series.
    id: ID,
    /// New title, 1 to 255 characters; unchanged by default.
    title: Option<String>,
    /// New slug; unchanged by default. The old path redirects to the new one.
    slug: Option<String>,
    /// New description, at most 5,000 characters; unchanged by default.
    description: Option<String>,
}

async fn update(request: &RequestContext, input: SeriesUpdateInput) -> Result<Payload<Series>> {
    let id = given(NodeType::Series, &input.id);
    let change = TermChange {
        name: input.title,
        slug: input.slug,
        description: input.description,
    };
    let changed = series::change(&request.accounts, request.viewer(), id, change).await;
    Payload::reload(request, SeriesById, changed.map(|()| id)).await
}

#[derive(InputObject)]
struct SeriesSetPostsInput {
    /// Global id of the series.
    id: ID,
    /// Global ids of all posts of the series, in order, at most 1,000. Posts that are missing here are removed from the
    /// series; posts of another series move to this one.
    post_ids: Vec<ID>,
}

async fn set_posts(request: &RequestContext, input: SeriesSetPostsInput) -> Result<Payload<Series>> {
    let id = given(NodeType::Series, &input.id);
    let posts: Vec<PostId> = input.post_ids.iter().map(|id| given(NodeType::Post, id)).collect();
    let changed = series::set_posts(&request.accounts, request.viewer(), id, &posts).await;
    Payload::reload(request, SeriesById, changed.map(|()| id)).await
}

#[derive(InputObject)]
struct SeriesDeleteInput {
    /// Global id of the series.
    id: ID,
}

async fn delete(request: &RequestContext, input: SeriesDeleteInput) -> Result<Payload<Series>> {
    let id = given(NodeType::Series, &input.id);
    let deleted = series::remove(&request.accounts, request.viewer(), id).await;
    Payload::of(request, deleted.map(Series::from))
}
