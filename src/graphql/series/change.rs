//! What is done with series.

use async_graphql::{Context, ID, InputObject, Object};
use entity::PostId;

use super::{Series, SeriesById};
use crate::domain::series;
use crate::domain::term::{NewTerm, TermChange};
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::id::{NodeType, given, given_post};
use crate::graphql::payload::{changed, created, payload};

/// A series to be made.
#[derive(InputObject)]
pub struct SeriesCreateInput {
    /// The global id of the publication.
    publication_id: ID,
    /// Its title, at most 255 characters.
    title: String,
    /// Its name in addresses, in any script; made of the title when left out.
    slug: Option<String>,
    /// What it is about, at most 5,000 characters.
    #[graphql(default)]
    description: String,
}

/// What to change of a series; what is left out stays.
#[derive(InputObject)]
pub struct SeriesUpdateInput {
    /// The global id of the series.
    id: ID,
    /// Its title.
    title: Option<String>,
    /// Its name in addresses; the address of the old one leads to the new one.
    slug: Option<String>,
    /// What it is about.
    description: Option<String>,
}

/// Which posts a series has, in which order.
#[derive(InputObject)]
pub struct SeriesSetPostsInput {
    /// The global id of the series.
    id: ID,
    /// The global ids of its posts from now on, in their order, at most 1,000. Those that are not named leave it; one that
    /// was in another series comes over.
    post_ids: Vec<ID>,
}

/// Which series to delete.
#[derive(InputObject)]
pub struct SeriesDeleteInput {
    /// The global id of the series.
    id: ID,
}

payload! {
    /// What `seriesCreate` did.
    SeriesCreatePayload {
        /// The series, or the one that has this title already.
        series: Option<Series>,
    }
}

payload! {
    /// What `seriesUpdate` did.
    SeriesUpdatePayload {
        /// The series, as it is now.
        series: Option<Series>,
    }
}

payload! {
    /// What `seriesSetPosts` did.
    SeriesSetPostsPayload {
        /// The series, as it is now.
        series: Option<Series>,
    }
}

payload! {
    /// What `seriesDelete` did.
    SeriesDeletePayload {
        /// The series, as it was.
        series: Option<Series>,
    }
}

/// Series, of the mutation.
#[derive(Default)]
pub struct SeriesMutation;

#[Object]
impl SeriesMutation {
    /// Creates a series, without posts. A title that exists is refused with `TAKEN`; a slug derived from another title that
    /// makes the same is numbered. For EDITORs and those above, with the scope `write`.
    async fn series_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The series.")] input: SeriesCreateInput,
    ) -> Result<Option<SeriesCreatePayload>> {
        let request = RequestContext::of(context)?;
        let publication = given(NodeType::Publication, &input.publication_id);
        let new = NewTerm {
            name: input.title,
            slug: input.slug,
            description: input.description,
        };
        let outcome = series::add(&request.accounts, request.viewer(), publication, new).await;
        let (series, user_errors) = created(request, SeriesById, outcome).await?;
        Ok(Some(SeriesCreatePayload { series, user_errors }))
    }

    /// Changes what a series says of itself. For EDITORs and those above, with the scope `write`.
    async fn series_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one, and what.")] input: SeriesUpdateInput,
    ) -> Result<Option<SeriesUpdatePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Series, &input.id);
        let change = TermChange {
            name: input.title,
            slug: input.slug,
            description: input.description,
        };
        let outcome = series::change(&request.accounts, request.viewer(), id, change).await;
        SeriesUpdatePayload::told(request, changed(request, SeriesById, outcome.map(|()| id)).await?).map(Some)
    }

    /// Says which posts a series has, and in which order. For EDITORs and those above, with the scope `write`.
    async fn series_set_posts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one, and its posts.")] input: SeriesSetPostsInput,
    ) -> Result<Option<SeriesSetPostsPayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Series, &input.id);
        let posts: Vec<PostId> = input.post_ids.iter().map(|id| given_post(id)).collect();
        let outcome = series::set_posts(&request.accounts, request.viewer(), id, &posts).await;
        SeriesSetPostsPayload::told(request, changed(request, SeriesById, outcome.map(|()| id)).await?).map(Some)
    }

    /// Deletes a series. Its posts stay. For EDITORs and those above, with the scope `write`.
    async fn series_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: SeriesDeleteInput,
    ) -> Result<Option<SeriesDeletePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Series, &input.id);
        let outcome = series::remove(&request.accounts, request.viewer(), id).await;
        SeriesDeletePayload::told(request, outcome.map(|row| (Some(row.into()),))).map(Some)
    }
}
