//! Downloads files of the old site. Addresses come from a foreign file, so none of them may reach into the network
//! around this machine (server-side request forgery): only public addresses are talked to, after every redirect and
//! whatever a name resolves to at that moment.

use std::fs::File;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url, redirect};
use url::Host;

/// The largest file that is fetched, in bytes.
pub const MOST_BYTES: u64 = 100 * 1024 * 1024;
/// The longest that one file may take.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 5;

/// Which addresses may be talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public internet.
    Public,
    /// Any; for tests, whose servers are on this machine.
    Any,
}

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
        let client = Client::builder()
            .redirect(policy)
            .dns_resolver(Arc::new(PublicNames(reach)))
            .timeout(TIMEOUT)
            .user_agent("Quoin")
            .no_proxy()
            .build()
            .map_err(refused)?;
        Ok(Self { client, reach })
    }

    /// Downloads `url` to the end of `file`, and returns its size in bytes.
    pub async fn fetch(&self, url: &str, file: &mut File) -> Result<u64, FetchError> {
        let url = Url::parse(url).map_err(|error| refused(format_args!("not an address: {error}")))?;
        check(&url, self.reach)?;
        let answer = self.client.get(url).send().await.map_err(|error| reason(&error))?;
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
            let chunk = chunk.map_err(|error| reason(&error))?;
            size += chunk.len() as u64;
            if size > MOST_BYTES {
                return Err(too_large());
            }
            file.write_all(&chunk).map_err(FetchError::Disk)?;
        }
        Ok(size)
    }
}

/// The innermost cause, which says what happened; the outer ones repeat the address.
fn reason(error: &reqwest::Error) -> FetchError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    refused(cause)
}

fn check(url: &Url, reach: Reach) -> Result<(), FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused(format_args!("`{}` addresses are not fetched", url.scheme())));
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(refused("the address names no host")),
    };
    if reach == Reach::Any || is_public(address) {
        Ok(())
    } else {
        Err(refused(format_args!("{address} is not a public address")))
    }
}

/// Resolves names to their public addresses only, so that a name cannot stand for a private one.
#[derive(Debug)]
struct PublicNames(Reach);

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| reach == Reach::Any || is_public(address.ip()))
                .collect();
            if found.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to the public internet: none of the special-purpose blocks that IANA registers
/// (RFC 6890), multicast included.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3; within it, what embeds or tunnels other addresses, and documentation, stays out.
    (first & 0xe000) == 0x2000
        && first != 0x2002
        && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
        && !(first == 0x3fff && second < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for private in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700::1111"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

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
