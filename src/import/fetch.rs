//! Downloads files of the old site. Addresses come from a foreign file, so none of them may reach into the network
//! around this machine: `outbound` refuses them, after every redirect too.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Client, Url, redirect};

use crate::outbound::{self, Reach, check, innermost};

/// The largest file that is fetched, in bytes.
pub const MOST_BYTES: u64 = 100 * 1024 * 1024;
/// The longest that one file may take.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 5;

/// Why a file was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It is not to be had, or not allowed to be; in words for the report.
    #[error("{0}")]
    Refused(String),
    /// It could not be written here.
    #[error("it cannot be stored: {0}")]
    Disk(io::Error),
}

fn refused(reason: impl std::fmt::Display) -> FetchError {
    FetchError::Refused(reason.to_string())
}

/// A guarded HTTP client.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    reach: Reach,
}

impl Fetcher {
    /// A client that talks to what is within `reach`.
    pub fn new(reach: Reach) -> Result<Self, FetchError> {
        let policy = redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > MOST_REDIRECTS {
                attempt.error("too many redirects")
            } else if let Err(error) = check(attempt.url(), reach) {
                attempt.error(error)
            } else {
                attempt.follow()
            }
        });
        let client = outbound::client(reach)
            .redirect(policy)
            .timeout(TIMEOUT)
            .build()
            .map_err(refused)?;
        Ok(Self { client, reach })
    }

    /// Downloads `url` to the end of `file`, and returns its size in bytes.
    pub async fn fetch(&self, url: &str, file: &mut File) -> Result<u64, FetchError> {
        let url = Url::parse(url).map_err(|error| refused(format_args!("not an address: {error}")))?;
        check(&url, self.reach).map_err(refused)?;
        let answer = self
            .client
            .get(url)
            .send()
            .await
            .map_err(|error| refused(innermost(&error)))?;
        if !answer.status().is_success() {
            return Err(refused(format_args!("the server answered {}", answer.status())));
        }
        let too_large = || refused(format_args!("it is larger than {} MB", MOST_BYTES >> 20));
        if answer.content_length().is_some_and(|length| length > MOST_BYTES) {
            return Err(too_large());
        }
        let mut size = 0;
        let mut body = answer.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| refused(innermost(&error)))?;
            size += chunk.len() as u64;
            if size > MOST_BYTES {
                return Err(too_large());
            }
            file.write_all(&chunk).map_err(FetchError::Disk)?;
        }
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn private_addresses_are_not_fetched_however_they_are_written() {
        let fetcher = Fetcher::new(Reach::Public).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost/",
            "file:///etc/passwd",
            "ftp://example.com/x",
            "http:///",
            "nonsense",
        ] {
            let error = fetcher.fetch(url, &mut file).await;
            assert!(error.is_err(), "{url}");
        }
    }
}
