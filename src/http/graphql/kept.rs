//! Answers for readers who did not sign in and for API keys, as they are kept and as caches on the way may keep them.

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderValue, IF_NONE_MATCH, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::Value;
use entity::TrustedDocumentId;
use sha2::{Digest, Sha256};

use super::accept::Media;
use super::encode::{OWN, with_body};
use super::packed;
use super::parameters::Parameters;
use super::surrogate;
use crate::domain::Audience;
use crate::graphql::limits::normal;
use crate::http::HttpSettings;
use crate::http::bearer::PREVIEW;
use crate::http::settings::CacheSettings;
use crate::store::cache::{Answers, Coding, Kept, Key};

/// What an answer depends on, beside who asks, the database and this version of Quoin. One that rests on a registered
/// document has a key of its own: it is not given any more when that is removed.
pub fn key(query: &str, parameters: &Parameters, registered: Option<TrustedDocumentId>) -> Key {
    let mut digest = Sha256::new();
    let mut part = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    };
    part(&normal(query));
    // No name is empty.
    part(parameters.operation_name.as_deref().unwrap_or_default());
    for (name, value) in parameters.variables.iter() {
        part(name);
        part(&canonical(value).to_string());
    }
    if let Some(id) = registered {
        digest.update(id.0.as_bytes());
    }
    digest.finalize().into()
}

/// The same for an audience: what was made for one is not for another.
pub fn key_for(audience: Audience, key: Key) -> Key {
    match audience {
        Audience::Anybody => key,
        Audience::Key(id) => Sha256::new()
            .chain_update(key)
            .chain_update(id.0.as_bytes())
            .finalize()
            .into(),
    }
}

/// A value whose objects have their members in the order of their names. The depth is that of JSON, which is bounded.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(name, value)| (name.clone(), canonical(value)))
                .collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
        Value::List(items) => Value::List(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

/// Keeps an answer that is given again in a coding that a client takes it in, for the others who do.
pub async fn pack(answers: &Answers, key: Key, kept: &Arc<Kept>, coding: Coding) {
    if kept.packed(coding).is_some() || kept.body.len() < packed::SHORTEST {
        return;
    }
    let plain = kept.body.clone();
    match web::block(move || packed::pack(coding, &plain)).await {
        Ok(Ok(bytes)) => answers.pack(key, kept, coding, bytes.into_boxed_slice().into()),
        problem => tracing::warn!(?problem, "an answer cannot be compressed"),
    }
}

/// The bytes of an answer, compressed if they are kept so.
fn whole(kept: &Kept, settings: &HttpSettings, media: Media, coding: Option<Coding>) -> HttpResponse {
    let write_timeout = settings.limits.write_timeout;
    let packed = coding.and_then(|coding| Some((coding, kept.packed(coding)?)));
    let Some((coding, bytes)) = packed else {
        return with_body(StatusCode::OK, media, kept.body.clone(), write_timeout);
    };
    let mut response = with_body(StatusCode::OK, media, bytes.clone(), write_timeout);
    let headers = response.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(packed::name(coding)));
    headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

/// The answer, in the coding that this client likes best if it is kept so, or, to a GET of who has it already, the word that it
/// is still the same.
pub fn answer(
    request: &HttpRequest,
    settings: &HttpSettings,
    kept: &Kept,
    audience: Audience,
    media: Media,
    coding: Option<Coding>,
) -> HttpResponse {
    let is_own = audience != Audience::Anybody;
    let is_known = kept.topics().is_some();
    if *request.method() == Method::POST || is_own && !is_known {
        let mut response = whole(kept, settings, media, coding);
        if is_own {
            response.headers_mut().insert(CACHE_CONTROL, OWN);
        }
        return response;
    }
    // Weak: it is the same answer however it is compressed on its way.
    let tag = format!("W/\"{}\"", kept.digest);
    let known = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .any(|known| is_among(&tag, known));
    let mut response = if known {
        HttpResponse::NotModified().finish()
    } else {
        whole(kept, settings, media, coding)
    };
    // Applications are given what anybody is, and keys may be, but caches on the way are not told of it.
    let is_for_others =
        surrogate::is_for_others(kept, &settings.cache) && !request.headers().contains_key(AUTHORIZATION);
    let headers = response.headers_mut();
    for (name, value) in [
        (ETAG, tag),
        (CACHE_CONTROL, cache_control(&settings.cache, is_for_others)),
        (VARY, format!("Accept, Accept-Encoding, Authorization, {PREVIEW}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if !is_own {
        surrogate::mark(headers, kept, &settings.cache);
    }
    response
}

/// Whether a header `If-None-Match` names a tag (RFC 9110 §13.1.2: a weak comparison).
fn is_among(tag: &str, header: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(header) = header.to_str() else {
        return false;
    };
    header
        .split(',')
        .any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}

/// Browsers ask again each time; shared caches when they are told to (RFC 9111 §5.2.2, RFC 5861 §3), unless an
/// answer is not for them.
fn cache_control(settings: &CacheSettings, is_for_others: bool) -> String {
    let CacheSettings {
        shared_seconds,
        stale_seconds,
        ..
    } = settings;
    match (shared_seconds, stale_seconds) {
        _ if !is_for_others => "private, no-cache".to_owned(),
        (0, _) => "public, no-cache".to_owned(),
        (shared, 0) => format!("public, max-age=0, s-maxage={shared}"),
        (shared, stale) => format!("public, max-age=0, s-maxage={shared}, stale-while-revalidate={stale}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: serde_json::Value) -> Key {
        let Ok(parameters) = Parameters::from_value(value) else {
            panic!("no parameters");
        };
        key(parameters.query.as_deref().unwrap_or_default(), &parameters, None)
    }

    #[test]
    fn requests_that_mean_the_same_have_one_key() {
        let plain = json!({ "query": "query Q($a: A) { b(a: $a) }", "variables": { "a": { "x": 1, "y": [null] } } });
        let spaced = r##"{ "variables": { "a": { "y": [null], "x": 1 } }, "query": "query Q($a:A){b(a:$a)} # Q" }"##;
        assert_eq!(of(plain), of(serde_json::from_str(spaced).expect("JSON")));
    }

    #[test]
    fn requests_that_differ_have_keys_of_their_own() {
        let asked = [
            json!({ "query": "{ a }" }),
            json!({ "query": "{ b }" }),
            json!({ "query": "{ a }", "operationName": "a" }),
            json!({ "query": "{ a }", "variables": { "a": 1 } }),
            json!({ "query": "{ a }", "variables": { "a": "1" } }),
            json!({ "query": "{ a }", "variables": { "a": null } }),
            json!({ "query": "{ a }", "variables": { "a": [1, 2] } }),
            json!({ "query": "{ a }", "variables": { "a": [2, 1] } }),
            json!({ "query": "{ a }", "variables": { "a1": "" } }),
        ];
        let keys: Vec<Key> = asked.into_iter().map(of).collect();
        for (place, key) in keys.iter().enumerate() {
            assert!(!keys[..place].contains(key), "{place}");
        }
    }

    #[test]
    fn a_tag_is_found_in_a_list() {
        let header = |text| HeaderValue::from_static(text);
        for known in ["W/\"a\"", "\"a\"", "\"b\", W/\"a\"", "*"] {
            assert!(is_among("W/\"a\"", &header(known)), "{known}");
        }
        for other in ["W/\"b\"", "", "a"] {
            assert!(!is_among("W/\"a\"", &header(other)), "{other}");
        }
    }

    #[test]
    fn others_keep_answers_only_as_long_as_they_are_told() {
        let told = |shared_seconds, stale_seconds| {
            let settings = CacheSettings {
                shared_seconds,
                stale_seconds,
                ..CacheSettings::default()
            };
            assert_eq!(cache_control(&settings, false), "private, no-cache");
            cache_control(&settings, true)
        };
        assert_eq!(told(0, 60), "public, no-cache");
        assert_eq!(told(10, 0), "public, max-age=0, s-maxage=10");
        assert_eq!(
            told(10, 60),
            "public, max-age=0, s-maxage=10, stale-while-revalidate=60"
        );
    }
}
