//! Automatic persisted queries: a client that has sent a document once names it by its digest after that, which fits into the
//! address of a GET. Apollo's protocol,
//! <https://www.apollographql.com/docs/apollo-server/performance/apq>.

use async_graphql::ServerError;
use moka::sync::Cache;
use serde_json::Value;

use super::refused::Refused;
use crate::domain::trusted_document::{Digest, read_hexadecimal};
use crate::graphql::limits::Refusal;

/// How many bytes of documents are kept.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// How many bytes one of them may have; a longer one is answered, but has to be sent each time.
const LONGEST: usize = 64 * 1024;
/// Bytes that a document takes beside its text, about.
const OVERHEAD: usize = 200;

/// The digest that a request names its document by, from its `extensions`.
///
/// # Errors
/// When it is there and cannot be one.
pub fn named(extensions: &Value) -> Result<Option<Digest>, Refused> {
    let Some(persisted) = extensions.get("persistedQuery").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    if persisted.get("version").and_then(Value::as_u64) != Some(1) {
        return Err(told("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED"));
    }
    let hash = persisted
        .get("sha256Hash")
        .and_then(Value::as_str)
        .and_then(read_hexadecimal);
    hash.map(Some).ok_or_else(|| {
        Refusal::bad_request("`extensions.persistedQuery.sha256Hash` must be a SHA-256 in hexadecimal, 64 characters.")
            .into()
    })
}

/// The documents that clients have sent with their digests, as many as fit.
pub struct PersistedQueries(Cache<Digest, String>);

impl Default for PersistedQueries {
    fn default() -> Self {
        let weight = |_: &Digest, text: &String| u32::try_from(text.len() + OVERHEAD).unwrap_or(u32::MAX);
        Self(Cache::builder().weigher(weight).max_capacity(MOST_BYTES).build())
    }
}

impl PersistedQueries {
    /// The text with this digest, if it is known.
    pub fn get(&self, digest: &Digest) -> Option<String> {
        self.0.get(digest)
    }

    /// Keeps a document that was found good under its digest, which was checked.
    pub fn keep(&self, hash: Digest, text: &str) {
        if text.len() <= LONGEST && !self.0.contains_key(&hash) {
            self.0.insert(hash, text.to_owned());
        }
    }
}

/// For a document that is not known here.
pub fn not_found() -> Refused {
    told("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
}

/// What clients of the protocol look for: they send the document along then. No cache may keep it.
fn told(message: &str, code: &str) -> Refused {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    Refused::from(error).not_to_be_kept()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::trusted_document::digest;

    #[test]
    fn a_document_is_found_by_its_digest_once_it_was_kept() {
        let queries = PersistedQueries::default();
        let known = digest("{ a }");
        assert!(queries.get(&known).is_none());
        queries.keep(known, "{ a }");
        assert_eq!(queries.get(&known), Some("{ a }".to_owned()));
    }

    #[test]
    fn what_is_kept_stays_within_its_bounds() {
        let queries = PersistedQueries::default();
        queries.keep(digest("long"), &"#".repeat(LONGEST + 1));
        assert!(queries.get(&digest("long")).is_none());
        for number in 0..1_000 {
            let text = format!("{{ a{number} }}{}", " ".repeat(50_000));
            queries.keep(digest(&text), &text);
        }
        queries.0.run_pending_tasks();
        assert!(queries.0.weighted_size() <= MOST_BYTES);
    }

    #[test]
    fn only_digests_of_version_1_are_taken() {
        let of = |extensions| named(&extensions).ok().flatten();
        let good = "ab".repeat(32);
        assert_eq!(
            of(json!({ "persistedQuery": { "version": 1, "sha256Hash": good } })),
            Some([0xab; 32])
        );
        assert!(matches!(named(&json!({})), Ok(None)));
        for persisted in [
            json!({ "version": 2, "sha256Hash": good }),
            json!({ "sha256Hash": good }),
            json!({ "version": 1 }),
            json!({ "version": 1, "sha256Hash": "ab" }),
            json!({ "version": 1, "sha256Hash": "zz".repeat(32) }),
            json!({ "version": 1, "sha256Hash": "é".repeat(32) }),
            json!({ "version": 1, "sha256Hash": 5 }),
            json!("ab"),
        ] {
            assert!(named(&json!({ "persistedQuery": persisted })).is_err(), "{persisted}");
        }
    }
}
