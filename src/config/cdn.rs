//! The CDN in front of Quoin.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

use super::problem::{Problem, missing};
use super::secret::Secret;
use super::source::Entry;

/// The CDN in front of Quoin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cdn {
    /// Whose it is.
    pub provider: CdnProvider,
    /// The service or zone there.
    pub zone: Option<String>,
    /// What proves that we may purge.
    pub token: Option<Secret>,
    /// Where it is told; none: where the provider is.
    pub api_url: Option<String>,
}

/// Whose CDN it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CdnProvider {
    /// There is none.
    None,
    /// Fastly's.
    Fastly,
    /// Cloudflare's.
    Cloudflare,
}

/// Checks what depends on each other.
pub fn check(values: &BTreeMap<String, Value>, entries: &BTreeMap<String, Entry>, problems: &mut Vec<Problem>) {
    let because = "cdn.provider";
    if matches!(values.get(because).and_then(Value::as_str), None | Some("none")) {
        return;
    }
    for name in ["cdn.zone", "cdn.token"] {
        if !entries.contains_key(name) {
            problems.push(missing(name, because, entries));
        }
    }
}
