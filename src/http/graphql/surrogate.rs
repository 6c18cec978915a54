//! What tells a CDN which answers go when something changes.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::cdn::keys_of_answer;
use crate::http::settings::CacheSettings;
use crate::store::cache::Kept;

/// Whether shared caches may keep an answer. When nobody knows what it shows, or there is no key that it could be purged by,
/// such as that of the schema alone, nobody could tell a CDN that it changed.
pub fn is_for_others(kept: &Kept, settings: &CacheSettings) -> bool {
    let is_purgeable = |topics: &[_]| settings.cdn.is_none() || !topics.is_empty();
    kept.topics().is_some_and(is_purgeable)
}

/// Marks an answer with the keys of what it shows, where there is a CDN.
pub fn mark(headers: &mut HeaderMap, kept: &Kept, settings: &CacheSettings) {
    if let (Some(provider), Some(topics @ [_, ..])) = (settings.cdn, kept.topics())
        && let Ok(keys) = HeaderValue::from_str(&keys_of_answer(topics).join(provider.separator()))
    {
        headers.insert(HeaderName::from_static(provider.header()), keys);
    }
}
