use std::net::IpAddr;

use url::{Host, Url};

use crate::domain::refusal::{Problem, ProblemCode};

/// An address that codes may be sent to, as it was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Checks an address: https, or http on this very machine for native apps (RFC 8252 §7.3), or a private scheme with a
    /// dot in its name (§7.1); without fragment (RFC 6749 §3.1.2) or user.
    ///
    /// # Errors
    /// A problem of the field `redirectUris`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const LONGEST: usize = 2_000;
        let allowed = |url: &Url| {
            let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
            plain
                && match url.scheme() {
                    "https" => url.has_host(),
                    "http" => is_loopback(url),
                    scheme => scheme.contains('.'),
                }
        };
        match Url::parse(text) {
            Ok(url) if text.len() <= LONGEST && !text.contains(['*', ' ']) && allowed(&url) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Problem::new(
                ProblemCode::Invalid,
                "redirectUris",
                "Give addresses that begin with https://, or http:// on 127.0.0.1 or [::1], or a private scheme like \
                 com.example.app:/, without a fragment.",
            )),
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        // OAuth 2.1 advises against the name, and people use it.
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether codes may be sent to `given`: to the letter what was registered, but for the port of an app on this very
/// machine, which the system chooses anew each time (RFC 8252 §7.3).
pub fn is_registered(registered: &[String], given: &str) -> bool {
    registered.iter().any(|known| {
        known == given
            || match (Url::parse(known), Url::parse(given)) {
                (Ok(mut known), Ok(url)) => {
                    known.scheme() == "http"
                        && is_loopback(&known)
                        && known.set_port(url.port()).is_ok()
                        && known.as_str() == given
                }
                _ => false,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_this_machine_or_an_app() {
        for fine in [
            "https://app.example/callback",
            "https://app.example/callback?a=b",
            "http://127.0.0.1/callback",
            "http://[::1]:3000/",
            "http://localhost:3000/api/auth/callback/quoin",
            "com.example.app:/callback",
        ] {
            assert!(RedirectUri::parse(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "",
            "/callback",
            "http://app.example/callback",
            "https://app.example/#x",
            "https://user@app.example/",
            "https://*.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/callback",
            "https://",
        ] {
            assert!(RedirectUri::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_the_very_address_is_registered_but_for_the_port_of_this_machine() {
        let registered = [
            "https://app.example/callback".to_owned(),
            "http://127.0.0.1/cb".to_owned(),
        ];
        for fine in [
            "https://app.example/callback",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:50123/cb",
        ] {
            assert!(is_registered(&registered, fine), "{fine}");
        }
        for wrong in [
            "https://app.example/callback/",
            "https://app.example/callback?x=1",
            "https://app.example:8443/callback",
            "https://app.example/Callback",
            "https://app.example.evil.example/callback",
            "https://app.example/callback/../evil",
            "http://127.0.0.1:1/cb2",
            "http://127.0.0.2/cb",
            "http://localhost/cb",
            "",
        ] {
            assert!(!is_registered(&registered, wrong), "{wrong}");
        }
    }
}
