//! Files that are sent to an address of their own.

use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use entity::MediaId;
use futures_util::StreamExt;
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::media;
use crate::domain::refusal::Refusal;
use crate::graphql::limits::BAD_REQUEST;
use crate::http::State;
use crate::http::error::{self, refuse};
use crate::store::files::Refused;
use crate::token::Secret;

/// What comes slower than so many bytes in a second, on the whole, is given up.
const SLOWEST: u64 = 8_192;

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
    payload: Payload,
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
        let message = format!("{expected} bytes were announced; there are more.");
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
    let mut bytes = Patient::new(payload, state.settings.limits.request_timeout);
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk.map_err(Lost::answer)?;
        incoming.write(&chunk).await.map_err(|refused| match refused {
            Refused::TooLarge => too_large(),
            Refused::Disk(error) => told(error.into()),
        })?;
    }
    let received = incoming.finish().await.map_err(|error| told(error.into()))?;
    media::sent(&state.library, id, received).await.map_err(told)
}

/// The bytes of a body that may take long, as long as they come.
pub struct Patient {
    payload: Payload,
    patience: Duration,
    begun: Instant,
    received: u64,
}

/// Why there are no more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// They come too slowly.
    #[error("they come too slowly")]
    TooSlow,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
}

impl Patient {
    /// The bytes of a body, for which one waits so long, and longer with each that comes.
    pub fn new(payload: Payload, patience: Duration) -> Self {
        Self {
            payload,
            patience,
            begun: Instant::now(),
            received: 0,
        }
    }

    /// The next bytes; none at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, Lost>> {
        let earned = Duration::from_secs(self.received / SLOWEST);
        let left = (self.patience + earned).saturating_sub(self.begun.elapsed());
        match tokio::time::timeout(left.min(self.patience), self.payload.next()).await {
            Err(_) => Some(Err(Lost::TooSlow)),
            Ok(Some(Err(_))) => Some(Err(Lost::Broken)),
            Ok(Some(Ok(bytes))) => {
                self.received += bytes.len() as u64;
                Some(Ok(bytes))
            }
            Ok(None) => None,
        }
    }
}

impl Lost {
    /// What is said about it, and with which status.
    pub fn told(self) -> (StatusCode, &'static str) {
        match self {
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "The request did not arrive in time."),
            Self::Broken => (StatusCode::BAD_REQUEST, "The body did not arrive whole."),
        }
    }

    fn answer(self) -> HttpResponse {
        let (status, message) = self.told();
        refuse(status, BAD_REQUEST, message)
    }
}
