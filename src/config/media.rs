//! Where files are kept, and what pictures may take.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

use super::problem::{Problem, missing};
use super::secret::Secret;
use super::source::Entry;

/// Where files are kept, and what pictures may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Where files are kept.
    pub store: MediaStore,
    /// Pixels of one picture.
    pub most_pixels: u64,
    /// Bytes that pictures in other sizes take together.
    pub variants_bytes: u64,
    /// The bucket, for [`MediaStore::S3`].
    pub s3: S3,
}

/// Where files are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaStore {
    /// In the data folder.
    Local,
    /// In a bucket.
    S3,
}

/// A bucket that speaks S3.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Its name.
    pub bucket: Option<String>,
    /// Its region.
    pub region: String,
    /// Its server; none: Amazon's.
    pub endpoint: Option<String>,
    /// Who we are there; none: what the machine was given.
    pub access_key_id: Option<Secret>,
    /// How we prove that.
    pub secret_access_key: Option<Secret>,
    /// What stands before every key.
    pub prefix: Option<String>,
}

/// Checks what depends on each other.
pub fn check(values: &BTreeMap<String, Value>, entries: &BTreeMap<String, Entry>, problems: &mut Vec<Problem>) {
    let is_set = |name: &str| entries.contains_key(name);
    let mut missing = |name: &str, because: &str| problems.push(missing(name, because, entries));
    if values.get("media.store").and_then(Value::as_str) == Some("s3") && !is_set("media.s3.bucket") {
        missing("media.s3.bucket", "media.store");
    }
    let (id, secret) = ("media.s3.access_key_id", "media.s3.secret_access_key");
    match (is_set(id), is_set(secret)) {
        (true, false) => missing(secret, id),
        (false, true) => missing(id, secret),
        _ => {}
    }
}
