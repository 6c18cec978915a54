//! A file of the media store as an answer: whole or in part, or only that it has not changed (RFC 9110 §13 and §14).

use std::io;
use std::time::SystemTime;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_RANGES, ByteRangeSpec, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, Charset, ContentDisposition, DispositionParam, DispositionType, ETAG,
    EntityTag, ExtendedValue, HttpDate, IfModifiedSince, IfNoneMatch, IfRange, LAST_MODIFIED, Range,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream;

use crate::domain::media::is_inline;
use crate::store::files::{About, FileStore};

/// Files come from many hands: a page among them runs nothing, and reaches nothing of this origin.
const SANDBOX: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";

/// What is served.
pub struct Offer<'a> {
    /// Where the media store has it.
    pub key: &'a str,
    /// Its media type.
    pub mime_type: &'a str,
    /// What it is called by those who keep it.
    pub file_name: &'a str,
    /// How long it may be remembered.
    pub caching: &'a str,
}

/// The answer to a request for a file.
///
/// # Errors
/// When the media store does not have it, or fails.
pub async fn serve(request: &HttpRequest, files: &FileStore, offer: Offer<'_>) -> io::Result<HttpResponse> {
    let is_head = request.method() == Method::HEAD;
    let range = single_range(request).filter(|_| !is_head);
    let (about, whole) = if is_head || range.is_some() {
        (files.about(offer.key).await?, None)
    } else {
        let stored = files.get(offer.key, None).await?;
        (stored.about, Some(stored.bytes))
    };
    if is_unchanged(request, &about) {
        return Ok(head(StatusCode::NOT_MODIFIED, &about, &offer).finish());
    }
    let range = range.filter(|_| range_holds(request, &about));
    let Some(range) = range else {
        let mut response = head(StatusCode::OK, &about, &offer);
        return Ok(match whole {
            Some(bytes) => response.body(SizedStream::new(about.size, bytes)),
            // Only the headers are sent of it, or the range holds no longer.
            None if is_head => response.body(SizedStream::new(about.size, stream::empty::<io::Result<Bytes>>())),
            None => response.body(SizedStream::new(about.size, files.get(offer.key, None).await?.bytes)),
        });
    };
    let Some((first, last)) = range.to_satisfiable_range(about.size) else {
        return Ok(head(StatusCode::RANGE_NOT_SATISFIABLE, &about, &offer)
            .insert_header((CONTENT_RANGE, format!("bytes */{}", about.size)))
            .finish());
    };
    let part = files.get(offer.key, Some(first..last + 1)).await?;
    Ok(head(StatusCode::PARTIAL_CONTENT, &about, &offer)
        .insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{}", about.size)))
        // Packed, it would be another part.
        .insert_header((CONTENT_ENCODING, "identity"))
        .body(SizedStream::new(last + 1 - first, part.bytes)))
}

/// The headers that all answers have.
fn head(status: StatusCode, about: &About, offer: &Offer<'_>) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((ETAG, tag(about)))
        .insert_header((LAST_MODIFIED, HttpDate::from(SystemTime::from(about.modified))))
        .insert_header((CACHE_CONTROL, offer.caching))
        .insert_header((CONTENT_SECURITY_POLICY, SANDBOX))
        .insert_header((ACCEPT_RANGES, "bytes"));
    let mime_type = offer.mime_type;
    if mime_type.starts_with("text/") {
        response.insert_header((CONTENT_TYPE, format!("{mime_type}; charset=utf-8")));
    } else {
        response.insert_header((CONTENT_TYPE, mime_type));
    }
    if !is_inline(mime_type) {
        response.insert_header((CONTENT_DISPOSITION, attachment(offer.file_name)));
    }
    response
}

/// "Keep it, under this name."
fn attachment(name: &str) -> ContentDisposition {
    let plain = |letter: char| letter.is_ascii_graphic() && !matches!(letter, '"' | '\\' | '%');
    let ascii = name
        .chars()
        .map(|letter| if plain(letter) { letter } else { '_' })
        .collect();
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(ascii),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".to_owned()),
                language_tag: None,
                value: name.as_bytes().to_vec(),
            }),
        ],
    }
}

fn tag(about: &About) -> EntityTag {
    EntityTag::new_strong(about.tag.chars().filter(char::is_ascii_alphanumeric).collect())
}

/// The one range that is asked for; several are answered with the whole, as is allowed.
fn single_range(request: &HttpRequest) -> Option<ByteRangeSpec> {
    match request.get_header::<Range>()? {
        Range::Bytes(ranges) if ranges.len() == 1 => ranges.into_iter().next(),
        _ => None,
    }
}

fn is_unchanged(request: &HttpRequest, about: &About) -> bool {
    match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(tags)) => tags.iter().any(|given| given.weak_eq(&tag(about))),
        None => request
            .get_header::<IfModifiedSince>()
            .is_some_and(|IfModifiedSince(since)| seconds(about.modified.into()) <= seconds(since.into())),
    }
}

/// Whether the part is one of the file that the client has the rest of.
fn range_holds(request: &HttpRequest, about: &About) -> bool {
    match request.get_header::<IfRange>() {
        None => true,
        Some(IfRange::EntityTag(given)) => given.strong_eq(&tag(about)),
        Some(IfRange::Date(date)) => seconds(about.modified.into()) == seconds(date.into()),
    }
}

/// Dates of HTTP have no more.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
