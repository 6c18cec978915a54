//! Requests that were read before, known again by their very bytes: front ends send the same few over and over, and those
//! whose answers are kept need not be parsed, measured and digested each time.

use std::sync::Arc;

use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::store::cache::Key;

/// What a request is known by: a digest of its query string or of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bytes([u8; 32]);

impl Bytes {
    /// Of a GET.
    pub fn of_query(query: &str) -> Self {
        Self::of(b"GET ", query.as_bytes())
    }

    /// Of a POST, as it is when it is inflated.
    pub fn of_body(body: &[u8]) -> Self {
        Self::of(b"POST", body)
    }

    fn of(method: &[u8], bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update(method).chain_update(bytes).finalize().into())
    }
}

/// What was found out about a request that may be answered with what is kept.
#[derive(Clone, Debug)]
pub struct Repeated {
    /// What its answer is kept by.
    pub key: Key,
    /// The name of its operation, for the log.
    pub operation: Option<Arc<str>>,
}

/// How many requests are known, which takes about 10 MB.
const MOST: u64 = 50_000;

/// The requests that are known.
pub struct RepeatedRequests(Cache<Bytes, Repeated>);

impl Default for RepeatedRequests {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl RepeatedRequests {
    /// What is known of a request, if anything is.
    pub fn get(&self, bytes: &Bytes) -> Option<Repeated> {
        self.0.get(bytes)
    }

    /// Remembers a request that was found to be in order.
    pub fn know(&self, bytes: Bytes, repeated: Repeated) {
        self.0.insert(bytes, repeated);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_in_an_address_and_in_a_body_are_two_requests() {
        assert_ne!(Bytes::of_query("{}"), Bytes::of_body(b"{}"));
        assert_eq!(Bytes::of_query("{}"), Bytes::of_query("{}"));
    }
}
