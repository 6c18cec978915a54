//! Files that come with a request, after the GraphQL multipart request specification.

use std::sync::{Mutex, PoisonError};

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

use super::context::RequestContext;
use super::error::{Fault, Result};
use crate::store::files::Received;

/// A file that came with a request.
#[derive(Debug)]
pub struct UploadedFile {
    /// File name that the client sent.
    pub name: String,
    /// Content.
    pub file: Received,
}

/// The files that came with a request, each of which can be taken once.
#[derive(Debug, Default)]
pub struct Uploads(Mutex<Vec<Option<UploadedFile>>>);

impl Uploads {
    /// These files, in the order of their markers.
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

/// The value of the variable that stands for the file with this index in [`Uploads`]. A client that writes it itself
/// can only name files of its own request.
pub fn marker(index: usize) -> String {
    format!("{MARK}{index}")
}

/// A variable that stands for a file: its index in [`Uploads`].
#[derive(Clone, Copy, Debug)]
pub struct Upload(Option<usize>);

/// A file that comes with the request, which is then `multipart/form-data` after the GraphQL multipart request
/// specification: the variable is null, and `map` names the part of the request that has the file.
#[Scalar(
    name = "Upload",
    specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec"
)]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            // Any other text is no file; that is an error only for viewers who may upload.
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
    /// Takes the file out of the request.
    ///
    /// # Errors
    /// When it did not come with the request, or was taken before.
    pub fn take(self, request: &RequestContext) -> Result<UploadedFile> {
        let file = self.0.and_then(|index| request.uploads.take(index));
        file.ok_or_else(|| Fault::BadRequest("The file did not come with the request, or is used twice.".into()))
    }
}
