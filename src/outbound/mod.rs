//! Requests to other machines. Addresses come from foreign files and foreign answers, so none of them may reach into the
//! network around this machine (server-side request forgery): only public addresses are talked to, whatever a name
//! resolves to at that moment. This is the one place that knows which addresses are public.

mod exchange;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder};
use url::{Host, Url};

pub use exchange::{Exchange, ExchangeError};

/// Which addresses may be talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public internet.
    Public,
    /// Any: for development and for tests, whose servers are on this machine.
    Any,
}

/// Why an address is not talked to, in words for a report or a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAllowed(String);

/// What every client starts from: names resolve to what is within `reach`, and no proxy of the environment takes part,
/// since it would resolve names by itself. An address that is a number is asked of no resolver, so each address needs
/// [`check`] too, after every redirect.
pub fn client(reach: Reach) -> ClientBuilder {
    Client::builder()
        .dns_resolver(Arc::new(Names(reach)))
        .user_agent("Quoin")
        .no_proxy()
}

/// Refuses what is no web address, and numbers beyond `reach`.
pub fn check(url: &Url, reach: Reach) -> Result<(), NotAllowed> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(NotAllowed(format!("`{}` addresses are not fetched", url.scheme())));
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(NotAllowed("the address names no host".to_owned())),
    };
    if reach == Reach::Any || is_public(address) {
        Ok(())
    } else {
        Err(NotAllowed(format!("{address} is not a public address")))
    }
}

/// The innermost cause of a failed request, which says what happened; the outer ones repeat the address.
pub fn innermost<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}

/// Resolves names to their addresses within reach only, so that a name cannot stand for a private one.
#[derive(Debug)]
struct Names(Reach);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| reach == Reach::Any || is_public(address.ip()))
                .collect();
            if found.is_empty() {
                return Err(NotAllowed(format!("{} has no public address", name.as_str())).into());
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
}
