//! Files that come with a request: <https://github.com/jaydenseric/graphql-multipart-request-spec>. They go to the disk as
//! they come; what is to be executed stays within the limit of all bodies.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Payload};
use futures_util::{Stream, StreamExt, stream};
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::Value;
use tokio::sync::mpsc;

use super::body::{malformed, too_large};
use super::parameters::Parameters;
use super::refused::Refused;
use crate::graphql::{UploadedFile, marker};
use crate::http::State;
use crate::http::error::NOT_WHOLE;
use crate::store::files::Refused as NotReceived;

/// The most files of one request.
const MOST_FILES: usize = 10;
/// Bytes that may be on their way within this process: a part whose head never ends holds no more.
const MOST_AHEAD: u64 = 1_000_000;

/// Reads what a request asks, and its files.
///
/// # Errors
/// 413 for more than is allowed, 400 for what is not after the specification.
pub async fn read(
    payload: Payload,
    boundary: String,
    state: &State,
) -> Result<(Parameters, Vec<UploadedFile>), Refused> {
    let limits = &state.settings.limits;
    let most_bytes = state.library.settings.most_bytes;
    let body_bytes = limits.body_bytes as u64;
    let whole = most_bytes.saturating_add(body_bytes.saturating_mul(2));
    let taken = Arc::new(AtomicU64::new(0));
    let chunks = ahead(payload, Arc::clone(&taken));
    let limit = SizeLimit::new().whole_stream(whole);
    let mut parts = Multipart::with_constraints(chunks, boundary, Constraints::new().size_limit(limit));
    let told = |error: &multer::Error| broken(error, most_bytes);

    let mut operations = json(
        next(&mut parts, "operations", told).await?,
        limits.body_bytes,
        &taken,
        told,
    )
    .await?;
    let map = json(next(&mut parts, "map", told).await?, limits.body_bytes, &taken, told).await?;
    let Ok(map) = serde_json::from_value::<HashMap<String, Vec<String>>>(map) else {
        return Err(malformed(
            "`map` must be an object of lists of paths, like {\"0\": [\"variables.file\"]}.",
        ));
    };
    if map.len() > MOST_FILES {
        let message = format!("`map` names {} files; allowed are {MOST_FILES}.", map.len());
        return Err(malformed(&message));
    }
    let mut files: Vec<UploadedFile> = Vec::new();
    let mut map = map;
    while let Some(field) = parts.next_field().await.map_err(|error| told(&error))? {
        let paths = field.name().and_then(|name| map.remove(name));
        let Some([path]) = paths.as_deref() else {
            return Err(malformed("Each file must stand in `map`, once, for one variable."));
        };
        place(&mut operations, path, files.len())?;
        files.push(file(field, state, &taken, told).await?);
    }
    if let Some(name) = map.keys().next() {
        return Err(malformed(&format!("The file `{name}` of `map` did not come.")));
    }
    Ok((Parameters::from_value(operations)?, files))
}

/// The bytes of a body for a reader on any thread. They are not read faster than they are taken.
fn ahead(mut payload: Payload, taken: Arc<AtomicU64>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let (sender, receiver) = mpsc::channel(1);
    actix_web::rt::spawn(async move {
        let mut sent = 0;
        while let Some(chunk) = payload.next().await {
            sent += chunk.as_ref().map_or(0, Bytes::len) as u64;
            let is_held = sent - taken.load(Ordering::Relaxed).min(sent) > MOST_AHEAD;
            let chunk = chunk.map_err(io::Error::other);
            let chunk = if is_held {
                Err(io::Error::other(NOT_WHOLE))
            } else {
                chunk
            };
            let is_over = chunk.is_err();
            // Whoever reads may have had enough.
            if sender.send(chunk).await.is_err() || is_over {
                break;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        let chunk = receiver.recv().await?;
        Some((chunk, receiver))
    })
}

async fn next<'a>(
    parts: &mut Multipart<'a>,
    name: &str,
    told: impl Fn(&multer::Error) -> Refused,
) -> Result<Field<'a>, Refused> {
    let field = parts.next_field().await.map_err(|error| told(&error))?;
    field
        .filter(|field| field.name() == Some(name))
        .ok_or_else(|| malformed("The first part must be `operations`, the second `map`, and then come the files."))
}

async fn json(
    mut field: Field<'_>,
    most: usize,
    taken: &AtomicU64,
    told: impl Fn(&multer::Error) -> Refused,
) -> Result<Value, Refused> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| told(&error))? {
        taken.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        if bytes.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    let name = field.name().unwrap_or_default();
    serde_json::from_slice(&bytes).map_err(|error| malformed(&format!("`{name}` is not valid JSON: {error}.")))
}

async fn file(
    mut field: Field<'_>,
    state: &State,
    taken: &AtomicU64,
    told: impl Fn(&multer::Error) -> Refused,
) -> Result<UploadedFile, Refused> {
    let most = state.library.settings.most_bytes;
    let unavailable = |error: std::io::Error| {
        tracing::error!(%error, "a file cannot be received");
        Refused::unavailable("The file cannot be taken right now.")
    };
    let mut incoming = state.library.files.receive(most).await.map_err(unavailable)?;
    while let Some(chunk) = field.chunk().await.map_err(|error| told(&error))? {
        taken.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        incoming.write(&chunk).await.map_err(|refused| match refused {
            NotReceived::TooLarge => file_too_large(most),
            NotReceived::Disk(error) => unavailable(error),
        })?;
    }
    Ok(UploadedFile {
        name: field.file_name().unwrap_or_default().to_owned(),
        file: incoming.finish().await.map_err(unavailable)?,
    })
}

/// Puts what stands for a file where `map` says, which must be null: `variables.input.file`.
fn place(operations: &mut Value, path: &str, index: usize) -> Result<(), Refused> {
    let place = path.starts_with("variables.").then(|| {
        path.split('.').try_fold(operations, |value, part| match value {
            Value::Object(members) => members.get_mut(part),
            Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
            _ => None,
        })
    });
    match place.flatten() {
        Some(value @ Value::Null) => {
            *value = marker(index).into();
            Ok(())
        }
        _ => Err(malformed(
            "A path of `map` must lead to a variable that is null, like `variables.input.file`.",
        )),
    }
}

fn file_too_large(most: u64) -> Refused {
    let message = format!("A file may have at most {most} bytes.");
    Refused::bad_request(StatusCode::PAYLOAD_TOO_LARGE, message)
}

fn broken(error: &multer::Error, most: u64) -> Refused {
    match error {
        multer::Error::StreamSizeExceeded { .. } => file_too_large(most),
        multer::Error::StreamReadFailed(_) => malformed(NOT_WHOLE),
        // Their words are about the form, which the client made.
        _ => malformed("The body is not a multipart form as its `Content-Type` says, or did not arrive whole."),
    }
}
