//! Stored files: as they are, and pictures in other sizes.

mod receive;
mod serve;

pub use receive::put;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use entity::MediaId;
use serde::Deserialize;
use uuid::Uuid;

use self::serve::{Offer, serve};
use super::State;
use super::admission::OVERLOADED;
use super::error::{self, INTERNAL, NOT_FOUND, refuse};
use crate::domain::media::{self, MediaRow, Variant};
use crate::domain::refusal::Refusal;

/// A file may change under its id when it has changed where it came from; the tag of its answer tells.
const CACHED: &str = "public, max-age=3600";
/// An address that names the version of the picture never has another.
const CACHED_FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The file with this id; one that is recorded only is to be had where it was found.
pub async fn file(request: HttpRequest, state: Data<State>, path: Path<(String, String)>) -> HttpResponse {
    let row = match find(&request, &state, &path.0).await {
        Ok(row) => row,
        Err(refused) => return refused,
    };
    let Some(key) = &row.storage_key else {
        return match row.original_url.as_deref().map(HeaderValue::from_str) {
            Some(Ok(url)) => HttpResponse::Found().insert_header((LOCATION, url)).finish(),
            _ => not_found(),
        };
    };
    let offer = Offer {
        key,
        mime_type: &row.mime_type,
        file_name: &row.file_name,
        caching: CACHED,
    };
    serve(&request, &state.library.files, offer)
        .await
        .unwrap_or_else(|error| failed(&error, key))
}

/// The version of the picture that an address was made for.
#[derive(Deserialize)]
pub struct Version {
    v: Option<String>,
}

/// A picture in one of the sizes and formats that there are.
pub async fn variant(
    request: HttpRequest,
    state: Data<State>,
    path: Path<(String, String, String, String)>,
    version: Query<Version>,
) -> HttpResponse {
    let Some(wanted) = Variant::named(&path.1, &path.2) else {
        return not_found();
    };
    let row = match find(&request, &state, &path.0).await {
        Ok(row) => row,
        Err(refused) => return refused,
    };
    let key = match media::variant(&state.library, &row, wanted).await {
        Ok(key) => key,
        Err(Refusal::NotFound(_)) => return not_found(),
        Err(refusal) => return error::refusal(&refusal),
    };
    let is_current = version.v.as_deref() == Some(media::version(&row));
    let offer = Offer {
        key: &key,
        mime_type: wanted.mime_type(),
        file_name: &path.3,
        caching: if is_current { CACHED_FOR_EVER } else { CACHED },
    };
    match serve(&request, &state.library.files, offer).await {
        Ok(response) => response,
        // It was dropped to make room, in this very moment.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => error::refusal(&Refusal::Busy),
        Err(error) => failed(&error, &key),
    }
}

async fn find(request: &HttpRequest, state: &State, id: &str) -> Result<MediaRow, HttpResponse> {
    let id = Uuid::parse_str(id).map_err(|_| not_found())?;
    let Some(_place) = state.executions.admit(request).await else {
        return Err(error::unavailable(OVERLOADED));
    };
    match media::by_id(state.accounts.store.read(), MediaId(id)).await {
        Ok(row) => row.ok_or_else(not_found),
        Err(error) => Err(error::refusal(&error.into())),
    }
}

fn not_found() -> HttpResponse {
    refuse(StatusCode::NOT_FOUND, NOT_FOUND, "There is no such file.")
}

fn failed(error: &std::io::Error, key: &str) -> HttpResponse {
    tracing::error!(%error, key, "a stored file cannot be read");
    let message = "The file cannot be read.";
    if error.kind() == std::io::ErrorKind::NotFound {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, message);
    }
    error::unavailable(message)
}
