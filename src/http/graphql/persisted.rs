//! Automatic persisted queries: a client that has sent a document once names it by its digest after that, which fits into the
//! address of a GET. Apollo's protocol,
//! <https://www.apollographql.com/docs/apollo-server/performance/apq>.

use async_graphql::ServerError;
use moka::sync::Cache;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::answer::Refused;
use crate::graphql::limits::Refusal;

/// The SHA-256 of a document's text.
pub type Hash = [u8; 32];

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
pub fn named(extensions: &Value) -> Result<Option<Hash>, Refused> {
    let Some(persisted) = extensions.get("persistedQuery").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    if persisted.get("version").and_then(Value::as_u64) != Some(1) {
        return Err(told("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED"));
    }
    let hash = persisted.get("sha256Hash").and_then(Value::as_str).and_then(read);
    hash.map(Some).ok_or_else(|| {
        Refusal::bad_request("`extensions.persistedQuery.sha256Hash` must be a SHA-256 in hexadecimal, 64 characters.")
            .into()
    })
}

fn read(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if text.len() != 2 * hash.len() || !text.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// The documents that clients have sent with their digests, as many as fit.
pub struct PersistedQueries(Cache<Hash, String>);

impl Default for PersistedQueries {
    fn default() -> Self {
        let weight = |_: &Hash, text: &String| u32::try_from(text.len() + OVERHEAD).unwrap_or(u32::MAX);
        Self(Cache::builder().weigher(weight).max_capacity(MOST_BYTES).build())
    }
}

impl PersistedQueries {
    /// The text of the document that a request means.
    ///
    /// # Errors
    /// When it names one that is not known here, or sends one that has another digest than it says.
    pub fn text(&self, sent: Option<String>, named: Option<Hash>) -> Result<String, Refused> {
        match (sent, named) {
            (Some(text), Some(hash)) if Hash::from(Sha256::digest(&text)) == hash => Ok(text),
            (Some(_), Some(_)) => {
                Err(Refusal::bad_request("The document has another SHA-256 than `sha256Hash` says.").into())
            }
            (Some(text), None) => Ok(text),
            (None, Some(hash)) => self
                .0
                .get(&hash)
                .ok_or_else(|| told("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")),
            (None, None) => Err(Refusal::bad_request("`query` is required, and must be a string.").into()),
        }
    }

    /// Keeps a document that was found good under the digest that it was sent with.
    pub fn keep(&self, hash: Hash, text: &str) {
        if text.len() <= LONGEST && !self.0.contains_key(&hash) {
            self.0.insert(hash, text.to_owned());
        }
    }
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

    fn hash(text: &str) -> Hash {
        Sha256::digest(text).into()
    }

    #[test]
    fn a_document_is_found_by_its_digest_once_it_was_kept() {
        let queries = PersistedQueries::default();
        let known = hash("{ a }");
        assert!(queries.text(None, Some(known)).is_err());
        let Ok(text) = queries.text(Some("{ a }".into()), Some(known)) else {
            panic!("its digest is right");
        };
        queries.keep(known, &text);
        assert_eq!(queries.text(None, Some(known)).ok(), Some("{ a }".to_owned()));
    }

    #[test]
    fn a_document_cannot_be_put_under_the_digest_of_another() {
        let queries = PersistedQueries::default();
        assert!(queries.text(Some("{ evil }".into()), Some(hash("{ a }"))).is_err());
    }

    #[test]
    fn what_is_kept_stays_within_its_bounds() {
        let queries = PersistedQueries::default();
        queries.keep(hash("long"), &"#".repeat(LONGEST + 1));
        assert!(queries.text(None, Some(hash("long"))).is_err());
        for number in 0..1_000 {
            let text = format!("{{ a{number} }}{}", " ".repeat(50_000));
            queries.keep(hash(&text), &text);
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
