//! Mutations of media.

use std::borrow::Cow;

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{MediaId, PublicationId};

use super::{Media, ShownMedia};
use crate::domain::media::{self, Announced, MediaChange, MediaText, Target};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, encode, given};
use crate::graphql::engine::scalar::BigInt;
use crate::graphql::engine::upload::{Upload, UploadedFile};
use crate::graphql::engine::{Fields, Object, Payload, returns};
use crate::graphql::schema::Mutation;

/// The mutations of media.
pub(in crate::graphql::schema) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "mediaUpload",
        "Uploads a file with the request, after the GraphQL multipart request specification. The file type is detected \
         from the content. Metadata of images, such as the place where they were taken, is removed. Requires \
         membership and the `write` scope.",
        returns("media", "The file."),
        |request, input| Box::pin(upload(request, input)),
    );
    fields.mutation(
        "mediaUploadStart",
        "Starts the upload of a file of any size up to the limit. Send the file to the returned URL, then call \
         `mediaUploadFinish`. Requires membership and the `write` scope.",
        returns("upload", "Where to send the file."),
        |request, input| Box::pin(start_upload(request, input)),
    );
    fields.mutation(
        "mediaUploadFinish",
        "Finishes an upload that the same account started; repeated, it returns the same file. Requires membership and \
         the `write` scope.",
        returns("media", "The file."),
        |request, input| Box::pin(finish_upload(request, input)),
    );
    fields.mutation(
        "mediaUpdate",
        "Changes the name, alternative text or caption of a file. Requires membership (the EDITOR role for files that \
         others uploaded) and the `write` scope.",
        returns("media", "The file after the change."),
        |request, input| Box::pin(update(request, input)),
    );
    fields.mutation(
        "mediaDelete",
        "Deletes a file that no post uses, or, with `force`, any file. Requires membership (the EDITOR role for files \
         that others uploaded) and the `write` scope.",
        |payload: &mut Fields<Payload<ID>>| {
            payload.value("deletedId", "Global id of the deleted file.", |payload| {
                payload.done().cloned()
            });
        },
        |request, input| Box::pin(delete(request, input)),
    );
}

#[derive(InputObject)]
struct MediaUploadInput {
    /// Global id of the publication.
    publication_id: ID,
    /// File.
    file: Upload,
    /// Alternative text, at most 2,000 characters.
    #[graphql(default)]
    alt_text: String,
    /// Caption, plain text, at most 2,000 characters.
    #[graphql(default)]
    caption: String,
}

async fn upload(request: &RequestContext, input: MediaUploadInput) -> Result<Payload<Media>> {
    let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
    media::may_upload(&request.library, request.viewer(), publication).await?;
    let UploadedFile { name, file } = input.file.take(request)?;
    let text = MediaText {
        alt_text: input.alt_text,
        caption: input.caption,
    };
    let uploaded = media::upload(&request.library, request.viewer(), publication, &name, file, text).await;
    Payload::reload(request, ShownMedia, uploaded).await
}

#[derive(InputObject)]
struct MediaUploadStartInput {
    /// Global id of the publication.
    publication_id: ID,
    /// File name, without directories. The extension is corrected to the file type.
    file_name: String,
    /// Size in bytes.
    byte_size: BigInt,
    /// Alternative text, at most 2,000 characters.
    #[graphql(default)]
    alt_text: String,
    /// Caption, plain text, at most 2,000 characters.
    #[graphql(default)]
    caption: String,
}

/// Where to send a file.
#[derive(Clone)]
struct MediaUploadTarget {
    upload_id: ID,
    url: String,
    expires_at: DateTime<Utc>,
}

impl MediaUploadTarget {
    fn of(request: &RequestContext, announced: Announced) -> Self {
        let url = match announced.target {
            Target::Bucket(url) => url.into(),
            Target::Here(token) => {
                let token = token.expose();
                format!("{}/media/uploads/{}?token={token}", request.base_url, announced.id)
            }
        };
        Self {
            upload_id: encode(NodeType::Media, announced.id),
            url,
            expires_at: announced.expires_at,
        }
    }
}

impl Object for MediaUploadTarget {
    const DESCRIPTION: &'static str = "Where to send a file.";

    fn type_name() -> Cow<'static, str> {
        "MediaUploadTarget".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value(
            "uploadId",
            "Id of the upload, for `mediaUploadFinish`. The file will have the same global id.",
            |target| target.upload_id.clone(),
        );
        fields.text(
            "url",
            "URL to send the unencoded content of the file to. Secret: anyone who has it can send the file.",
            |target| &target.url,
        );
        fields.text("method", "HTTP method to send it with.", |_| "PUT");
        fields.embedded("headers", "HTTP headers to send with it.", |_| {
            Vec::<UploadHeader>::new()
        });
        fields.value(
            "expiresAt",
            "Time until which the file can be sent and the upload finished.",
            |target| target.expires_at,
        );
    }
}

/// An HTTP header of an upload.
#[derive(Clone)]
struct UploadHeader {
    name: String,
    value: String,
}

impl Object for UploadHeader {
    const DESCRIPTION: &'static str = "An HTTP header of an upload.";

    fn type_name() -> Cow<'static, str> {
        "UploadHeader".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.text("name", "Name.", |header| &header.name);
        fields.text("value", "Value.", |header| &header.value);
    }
}

async fn start_upload(request: &RequestContext, input: MediaUploadStartInput) -> Result<Payload<MediaUploadTarget>> {
    let (library, viewer) = (&request.library, request.viewer());
    let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
    let text = MediaText {
        alt_text: input.alt_text,
        caption: input.caption,
    };
    let announced = media::announce(library, viewer, publication, &input.file_name, input.byte_size.0, text).await;
    Payload::of(
        request,
        announced.map(|announced| MediaUploadTarget::of(request, announced)),
    )
}

#[derive(InputObject)]
struct MediaUploadFinishInput {
    /// Id that `mediaUploadStart` returned.
    upload_id: ID,
}

async fn finish_upload(request: &RequestContext, input: MediaUploadFinishInput) -> Result<Payload<Media>> {
    let id: MediaId = given(NodeType::Media, &input.upload_id);
    let finished = media::finish(&request.library, request.viewer(), id).await;
    Payload::reload(request, ShownMedia, finished).await
}

#[derive(InputObject)]
struct MediaUpdateInput {
    /// Global id of the file.
    id: ID,
    /// New file name, without directories; unchanged by default. The extension is corrected to the file type. URLs with
    /// the old name remain valid.
    file_name: Option<String>,
    /// New alternative text, at most 2,000 characters; unchanged by default.
    alt_text: Option<String>,
    /// New caption, plain text, at most 2,000 characters; unchanged by default.
    caption: Option<String>,
}

async fn update(request: &RequestContext, input: MediaUpdateInput) -> Result<Payload<Media>> {
    let id: MediaId = given(NodeType::Media, &input.id);
    let change = MediaChange {
        file_name: input.file_name,
        alt_text: input.alt_text,
        caption: input.caption,
    };
    let updated = media::update(&request.library, request.viewer(), id, change).await;
    Payload::reload(request, ShownMedia, updated.map(|()| id)).await
}

#[derive(InputObject)]
struct MediaDeleteInput {
    /// Global id of the file.
    id: ID,
    /// Whether to delete the file even if posts use it, which then have a gap in its place.
    #[graphql(default)]
    force: bool,
}

async fn delete(request: &RequestContext, input: MediaDeleteInput) -> Result<Payload<ID>> {
    let id: MediaId = given(NodeType::Media, &input.id);
    let deleted = media::delete(&request.library, request.viewer(), id, input.force).await;
    Payload::of(request, deleted.map(|()| input.id))
}
