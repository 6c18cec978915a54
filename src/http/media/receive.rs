//! Files that are sent to an address of their own.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use entity::MediaId;
use futures_util::StreamExt;
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::media;
use crate::domain::refusal::Refusal;
use crate::domain::text::counted;
use crate::graphql::limits::BAD_REQUEST;
use crate::http::State;
use crate::http::error::{self, NOT_WHOLE, refuse};
use crate::store::files::Refused;
use crate::token::Secret;

/// The token of the address.
#[derive(Deserialize)]
pub struct Token {
    token: Option<String>,
}

/// Takes the bytes of an upload that was announced. Whoever has the address may send them.
pub async fn put(
    request: HttpRequest,
    payload: Payload,
    state: Data<State>,
    path: Path<String>,
    token: Query<Token>,
) -> HttpResponse {
    match receive(&request, payload, &state, &path, token.into_inner().token).await {
        Ok(()) => HttpResponse::NoContent()
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish(),
        Err(refused) => refused,
    }
}

async fn receive(
    request: &HttpRequest,
    mut payload: Payload,
    state: &State,
    id: &str,
    token: Option<String>,
) -> Result<(), HttpResponse> {
    let told = |refusal: Refusal| error::refusal(&refusal);
    if request
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| coding != "identity")
    {
        let message = "Send the file as it is, without a `Content-Encoding`.";
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, BAD_REQUEST, message));
    }
    let (Ok(id), Some(token)) = (Uuid::try_parse(id), token) else {
        return Err(told(Refusal::NotFound("upload")));
    };
    let (id, token) = (MediaId(id), Secret::given(token));
    let expected = media::expected(&state.library, id, &token).await.map_err(told)?;
    let too_large = || {
        let message = format!(
            "{} announced; there are more.",
            counted(expected, "byte was", "bytes were")
        );
        refuse(StatusCode::PAYLOAD_TOO_LARGE, BAD_REQUEST, &message)
    };
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > expected) {
        return Err(too_large());
    }
    let mut incoming = state
        .library
        .files
        .receive(expected)
        .await
        .map_err(|error| told(error.into()))?;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| refuse(StatusCode::BAD_REQUEST, BAD_REQUEST, NOT_WHOLE))?;
        incoming.write(&chunk).await.map_err(|refused| match refused {
            Refused::TooLarge => too_large(),
            Refused::Disk(error) => told(error.into()),
        })?;
    }
    let received = incoming.finish().await.map_err(|error| told(error.into()))?;
    media::sent(&state.library, id, received).await.map_err(told)
}
