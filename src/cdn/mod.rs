//! Caches of others on the way to readers: what answers are marked with for them, and how they are told what changed.

mod key;
mod purge;

pub use key::{keys_of_answer, keys_of_changes};
pub use purge::{Cdn, CdnSettings, PurgeError};

/// A CDN that drops what it keeps by keys that its answers were marked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// <https://www.fastly.com/documentation/guides/full-site-delivery/purging/working-with-surrogate-keys>
    Fastly,
    /// <https://developers.cloudflare.com/cache/how-to/purge-cache/purge-by-tags/>
    Cloudflare,
}

impl Provider {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fastly => "Fastly",
            Self::Cloudflare => "Cloudflare",
        }
    }

    /// The header with the keys of an answer. Both providers take it away before a reader sees it.
    pub fn header(self) -> &'static str {
        match self {
            Self::Fastly => "surrogate-key",
            Self::Cloudflare => "cache-tag",
        }
    }

    /// What stands between two keys there.
    pub fn separator(self) -> &'static str {
        match self {
            Self::Fastly => " ",
            Self::Cloudflare => ",",
        }
    }

    /// How many keys one request may name: 256 at Fastly
    /// (<https://github.com/fastly/fastly-js/blob/main/docs/PurgeApi.md>), 100 at Cloudflare on every plan
    /// (<https://developers.cloudflare.com/cache/how-to/purge-cache/>).
    pub fn most_keys(self) -> usize {
        match self {
            Self::Fastly => 256,
            Self::Cloudflare => 100,
        }
    }

    /// Where it is told, unless another address is configured.
    pub fn api(self) -> &'static str {
        match self {
            Self::Fastly => "https://api.fastly.com",
            Self::Cloudflare => "https://api.cloudflare.com",
        }
    }
}
