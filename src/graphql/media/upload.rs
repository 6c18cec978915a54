//! Bringing files.

use std::sync::{Mutex, PoisonError};

use async_graphql::{
    Context, ID, InputObject, InputValueError, InputValueResult, Object, Scalar, ScalarType, SimpleObject, Value,
};
use chrono::{DateTime, Utc};
use entity::{MediaId, PublicationId};

use super::Media;
use super::change::of_file;
use crate::domain::media::{self, MediaText, Target};
use crate::graphql::context::RequestContext;
use crate::graphql::error::{Fault, Result};
use crate::graphql::id::{NodeType, encode, given};
use crate::graphql::payload::payload;
use crate::store::files::Received;

/// A file that came with a request.
#[derive(Debug)]
pub struct UploadedFile {
    /// Its name, as the client says.
    pub name: String,
    /// Its bytes.
    pub file: Received,
}

/// The files that came with a request, each to be taken once.
#[derive(Debug, Default)]
pub struct Uploads(Mutex<Vec<Option<UploadedFile>>>);

impl Uploads {
    /// These, in the order of their markers.
    pub fn new(files: Vec<UploadedFile>) -> Self {
        Self(Mutex::new(files.into_iter().map(Some).collect()))
    }

    fn take(&self, index: usize) -> Option<UploadedFile> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.get_mut(index)?.take()
    }
}

/// How the value of a variable begins that stands for a file.
const MARK: &str = "upload:";

/// The value of the variable that stands for the file with this place among [`Uploads`]. It opens nothing but what came
/// with the same request.
pub fn marker(index: usize) -> String {
    format!("{MARK}{index}")
}

/// A file that comes with the request.
#[derive(Clone, Copy, Debug)]
pub struct Upload(Option<usize>);

/// A file that comes with the request, which then is `multipart/form-data` after the GraphQL multipart request
/// specification: the variable is null, and `map` says which part of the request stands for it.
#[Scalar(
    name = "Upload",
    specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec"
)]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            // A text of the client's own is no file, which it is told when it may bring one at all.
            Value::String(text) => Ok(Self(text.strip_prefix(MARK).and_then(|index| index.parse().ok()))),
            _ => Err(InputValueError::custom(
                "A file is sent as a part of a multipart request, and its variable is null.",
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::Null
    }
}

impl Upload {
    fn taken(self, context: &Context<'_>) -> Result<UploadedFile> {
        let file = self.0.and_then(|index| context.data_opt::<Uploads>()?.take(index));
        file.ok_or_else(|| Fault::BadRequest("The file did not come with the request, or is used twice.".into()))
    }
}

/// A file to bring.
#[derive(InputObject)]
pub struct MediaUploadInput {
    /// The global id of the publication whose it will be.
    publication_id: ID,
    /// The file.
    file: Upload,
    /// What it shows, for those who cannot see it; at most 2,000 characters.
    #[graphql(default)]
    alt_text: String,
    /// The line below it, plain text; at most 2,000 characters.
    #[graphql(default)]
    caption: String,
}

/// A file to announce.
#[derive(InputObject)]
pub struct MediaUploadStartInput {
    /// The global id of the publication whose it will be.
    publication_id: ID,
    /// Its name, without folders; the ending is corrected to what it is.
    file_name: String,
    /// Its size in bytes.
    byte_size: i64,
    /// What it shows, for those who cannot see it; at most 2,000 characters.
    #[graphql(default)]
    alt_text: String,
    /// The line below it, plain text; at most 2,000 characters.
    #[graphql(default)]
    caption: String,
}

/// The upload to finish.
#[derive(InputObject)]
pub struct MediaUploadFinishInput {
    /// The id that `mediaUploadStart` gave.
    upload_id: ID,
}

/// A header of a request.
#[derive(SimpleObject)]
pub struct UploadHeader {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

/// Where a file is to be sent.
#[derive(SimpleObject)]
pub struct MediaUploadTarget {
    /// For `mediaUploadFinish`. The file will have the same id.
    upload_id: ID,
    /// The address that takes the file as it is. Whoever has it can send there, so keep it.
    url: String,
    /// The method to send it with.
    method: String,
    /// The headers to send along.
    headers: Vec<UploadHeader>,
    /// Until when it can be sent and finished.
    expires_at: DateTime<Utc>,
}

payload! {
    /// What `mediaUpload` did.
    MediaUploadPayload {
        /// The file.
        media: Option<Media>,
    }
}

payload! {
    /// What `mediaUploadStart` did.
    MediaUploadStartPayload {
        /// Where to send the file.
        upload: Option<MediaUploadTarget>,
    }
}

payload! {
    /// What `mediaUploadFinish` did.
    MediaUploadFinishPayload {
        /// The file.
        media: Option<Media>,
    }
}

/// Uploads, of the mutation.
#[derive(Default)]
pub struct UploadMutation;

#[Object]
impl UploadMutation {
    /// Brings a file in one request, by the GraphQL multipart request specification. For members of the publication, with the
    /// scope `write`. What it is, is told by its content; pictures lose what they tell about their maker, such as the place
    /// where they were taken.
    async fn media_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and what is said about it.")] input: MediaUploadInput,
    ) -> Result<Option<MediaUploadPayload>> {
        let request = RequestContext::of(context)?;
        let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
        media::may_upload(&request.library, request.viewer(), publication).await?;
        let UploadedFile { name, file } = input.file.taken(context)?;
        let text = MediaText {
            alt_text: input.alt_text,
            caption: input.caption,
        };
        let outcome = media::upload(&request.library, request.viewer(), publication, &name, file, text).await;
        MediaUploadPayload::told(request, of_file(request, outcome).await?).map(Some)
    }

    /// Announces a file, of any size that is allowed. Send it to the address that this gives, then call `mediaUploadFinish`.
    /// For members of the publication, with the scope `write`.
    async fn media_upload_start(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and what is said about it.")] input: MediaUploadStartInput,
    ) -> Result<Option<MediaUploadStartPayload>> {
        let request = RequestContext::of(context)?;
        let (library, viewer) = (&request.library, request.viewer());
        let publication: PublicationId = given(NodeType::Publication, &input.publication_id);
        let text = MediaText {
            alt_text: input.alt_text,
            caption: input.caption,
        };
        let outcome = media::announce(library, viewer, publication, &input.file_name, input.byte_size, text).await;
        let outcome = outcome.map(|announced| {
            let url = match announced.target {
                Target::Bucket(url) => url.into(),
                Target::Here(token) => {
                    let token = token.expose();
                    format!("{}/media/uploads/{}?token={token}", request.base_url, announced.id)
                }
            };
            let target = MediaUploadTarget {
                upload_id: encode(NodeType::Media, announced.id),
                url,
                method: "PUT".to_owned(),
                headers: Vec::new(),
                expires_at: announced.expires_at,
            };
            (Some(target),)
        });
        MediaUploadStartPayload::told(request, outcome).map(Some)
    }

    /// Makes a file of what was sent; called again, it gives the same file. For whoever announced it, with the scope `write`.
    async fn media_upload_finish(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: MediaUploadFinishInput,
    ) -> Result<Option<MediaUploadFinishPayload>> {
        let request = RequestContext::of(context)?;
        let id: MediaId = given(NodeType::Media, &input.upload_id);
        let outcome = media::finish(&request.library, request.viewer(), id).await;
        MediaUploadFinishPayload::told(request, of_file(request, outcome).await?).map(Some)
    }
}
