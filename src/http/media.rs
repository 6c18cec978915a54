//! Stored files.

use actix_files::NamedFile;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, LOCATION};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use entity::MediaId;
use uuid::Uuid;

use super::State;
use super::error::{INTERNAL, NOT_FOUND, UNAVAILABLE, refuse};
use crate::domain::media;

/// A file may change under its id when it has changed where it came from; the tag of its answer tells.
const CACHED: &str = "public, max-age=3600";
/// Files come from many hands: a page among them runs nothing, and reaches nothing of this origin.
const SANDBOX: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";

/// The file with this id; one that is recorded only is to be had where it was found.
pub async fn file(request: HttpRequest, state: Data<State>, path: Path<(String, String)>) -> HttpResponse {
    use actix_web::http::StatusCode;
    let not_found = || refuse(StatusCode::NOT_FOUND, NOT_FOUND, "There is no such file.");
    let Ok(id) = Uuid::parse_str(&path.0) else {
        return not_found();
    };
    let row = match media::by_id(state.accounts.store.read(), MediaId(id)).await {
        Ok(Some(row)) => row,
        Ok(None) => return not_found(),
        Err(error) => {
            tracing::error!(%error, "the database failed");
            return refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                UNAVAILABLE,
                "The file cannot be had right now.",
            );
        }
    };
    let Some(key) = &row.storage_key else {
        return match row.original_url.as_deref().map(HeaderValue::from_str) {
            Some(Ok(url)) => HttpResponse::Found().insert_header((LOCATION, url)).finish(),
            _ => not_found(),
        };
    };
    match NamedFile::open_async(state.files.path(key)).await {
        Ok(file) => {
            let content_type = row
                .mime_type
                .parse()
                .unwrap_or(mime_guess::mime::APPLICATION_OCTET_STREAM);
            // Its name is the last part of its address.
            let file = file.disable_content_disposition().set_content_type(content_type);
            let mut response = file.into_response(&request);
            let headers = response.headers_mut();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
            response
        }
        Err(error) => {
            tracing::error!(%error, key, "a stored file cannot be read");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, "The file cannot be read.")
        }
    }
}
