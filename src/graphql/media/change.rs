//! What is said about files, and their end.

use async_graphql::{Context, ID, InputObject, Object};

use super::Media;
use crate::domain::media::{self, MediaChange};
use crate::domain::refusal::Refusal;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::id::{NodeType, given};
use crate::graphql::payload::payload;
use entity::MediaId;

/// What is to change of a file; what is left out stays.
#[derive(InputObject)]
pub struct MediaUpdateInput {
    /// The file's global id.
    id: ID,
    /// Its name, without folders; the ending is corrected to what it is. Old addresses go on to work.
    file_name: Option<String>,
    /// What it shows, for those who cannot see it; at most 2,000 characters.
    alt_text: Option<String>,
    /// The line below it, plain text; at most 2,000 characters.
    caption: Option<String>,
}

/// Which file to delete.
#[derive(InputObject)]
pub struct MediaDeleteInput {
    /// The file's global id.
    id: ID,
    /// Also when posts show it, which have a gap there then.
    #[graphql(default)]
    force: bool,
}

payload! {
    /// What `mediaUpdate` did.
    MediaUpdatePayload {
        /// The file, as it is now.
        media: Option<Media>,
    }
}

payload! {
    /// What `mediaDelete` did.
    MediaDeletePayload {
        /// The global id that the file had.
        deleted_id: Option<ID>,
    }
}

/// The file that a verb was about.
pub(super) async fn of_file(
    request: &RequestContext,
    outcome: std::result::Result<MediaId, Refusal>,
) -> Result<std::result::Result<(Option<Media>,), Refusal>> {
    Ok(match outcome {
        Ok(id) => Ok((media::by_id(request.database(), id).await?.map(Media::from),)),
        Err(refusal) => Err(refusal),
    })
}

/// Files, of the mutation.
#[derive(Default)]
pub struct MediaMutation;

#[Object]
impl MediaMutation {
    /// Changes what is said about a file: for whoever uploaded it, and for EDITORs, ADMINs and OWNERs; with the scope
    /// `write`.
    async fn media_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and how.")] input: MediaUpdateInput,
    ) -> Result<Option<MediaUpdatePayload>> {
        let request = RequestContext::of(context)?;
        let id: MediaId = given(NodeType::Media, &input.id);
        let change = MediaChange {
            file_name: input.file_name,
            alt_text: input.alt_text,
            caption: input.caption,
        };
        let outcome = media::update(&request.library, request.viewer(), id, change).await;
        let outcome = of_file(request, outcome.map(|()| id)).await?;
        MediaUpdatePayload::told(request, outcome).map(Some)
    }

    /// Deletes a file that no post shows, or, with `force`, any: for whoever uploaded it, and for EDITORs, ADMINs and OWNERs;
    /// with the scope `write`.
    async fn media_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: MediaDeleteInput,
    ) -> Result<Option<MediaDeletePayload>> {
        let request = RequestContext::of(context)?;
        let id: MediaId = given(NodeType::Media, &input.id);
        let outcome = media::delete(&request.library, request.viewer(), id, input.force).await;
        MediaDeletePayload::told(request, outcome.map(|()| (Some(input.id),))).map(Some)
    }
}
