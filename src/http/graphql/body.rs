use std::io::Read;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{BytesMut, Payload};
use futures_util::StreamExt;
use mime_guess::mime::{self, Mime};

use super::PREFLIGHT;
use super::refused::Refused;
use crate::http::Limits;
use crate::http::error::NOT_WHOLE;

/// How a body is written.
#[derive(Debug)]
pub enum Form {
    /// JSON in UTF-8.
    Json,
    /// JSON and files, parted by this boundary.
    Multipart(String),
}

/// Refuses every body but JSON in UTF-8, and files that come with a header of ours: a page of another site can have a
/// browser send any other without asking.
pub fn form(request: &HttpRequest) -> Result<Form, Refused> {
    let given = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok()?.parse::<Mime>().ok());
    let Some(given) = given else {
        return Err(unsupported(
            "The request must name its `Content-Type`: application/json.",
        ));
    };
    if given.essence_str() == mime::MULTIPART_FORM_DATA {
        let asked_first = PREFLIGHT.iter().any(|name| request.headers().contains_key(*name));
        if !asked_first {
            return Err(unsupported(
                "A multipart body needs the header `Quoin-Preflight`, with any value.",
            ));
        }
        let boundary = given.get_param(mime::BOUNDARY).map(|boundary| boundary.to_string());
        let boundary = boundary.filter(|boundary| (1..=MOST_BOUNDARY).contains(&boundary.len()));
        let boundary = boundary.ok_or_else(|| malformed("The `Content-Type` must name the boundary of the parts."))?;
        return match request.headers().get(CONTENT_ENCODING) {
            Some(coding) if coding != "identity" => {
                Err(unsupported("A multipart body comes without a `Content-Encoding`."))
            }
            _ => Ok(Form::Multipart(boundary)),
        };
    }
    if given.essence_str() != mime::APPLICATION_JSON {
        return Err(unsupported("The body must be application/json."));
    }
    match given.get_param(mime::CHARSET) {
        Some(charset) if charset != mime::UTF_8 => Err(unsupported("The body must be encoded as UTF-8.")),
        _ => Ok(Form::Json),
    }
}

/// The longest boundary, in characters (RFC 2046 §5.1.1).
const MOST_BOUNDARY: usize = 70;

/// Reads a whole body and inflates it, never holding more than is allowed.
///
/// # Errors
/// 413 for too many bytes, 415 for an encoding other than gzip or br, 400 when the connection breaks or the data is not in
/// the encoding.
pub async fn read(headers: &HeaderMap, payload: Payload, limits: &Limits) -> Result<Vec<u8>, Refused> {
    let most = limits.body_bytes;
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > most) {
        return Err(too_large(most));
    }
    let packed = collect(payload, most).await?;
    match headers
        .get(CONTENT_ENCODING)
        .map_or(Ok("identity"), |coding| coding.to_str())
    {
        Ok("identity") => Ok(packed),
        Ok("gzip") => inflate(flate2::read::MultiGzDecoder::new(packed.as_slice()), most),
        Ok("br") => inflate(brotli::Decompressor::new(packed.as_slice(), 4_096), most),
        _ => Err(unsupported("The `Content-Encoding` must be gzip or br, or none.")),
    }
}

async fn collect(mut payload: Payload, most: usize) -> Result<Vec<u8>, Refused> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| malformed(NOT_WHOLE))?;
        if bytes.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

fn inflate(packed: impl Read, most: usize) -> Result<Vec<u8>, Refused> {
    let mut plain = Vec::new();
    packed
        .take(most as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|_| malformed("The body is not in the encoding that `Content-Encoding` names."))?;
    if plain.len() > most {
        Err(too_large(most))
    } else {
        Ok(plain)
    }
}

pub(super) fn malformed(message: &str) -> Refused {
    Refused::bad_request(StatusCode::BAD_REQUEST, message)
}

fn unsupported(message: &str) -> Refused {
    Refused::bad_request(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
}

pub(super) fn too_large(most: usize) -> Refused {
    Refused::bad_request(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("The body may have at most {most} bytes."),
    )
}
