//! What is never shown: secrets, and addresses that may hold a password.

use std::fmt::{self, Debug, Display, Formatter};

use serde::Deserialize;
use url::Url;

/// A secret, which `Display` and `Debug` leave out.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself: for proving, never for a message.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Display for Secret {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

impl Debug for Secret {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({self})")
    }
}

/// An address that may hold a password, which `Display` and `Debug` leave out.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// An address.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The address with its password: for connecting, never for a message.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Display for SecretUrl {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        // A query may hold a password too; and an "@" behind it tells that the address was cut within a password.
        let (public, rest) = self.0.split_at(self.0.find(['?', '#']).unwrap_or(self.0.len()));
        if public.starts_with("sqlite:") {
            return formatter.write_str(public);
        }
        let Ok(mut url) = Url::parse(public) else {
            return formatter.write_str("(hidden)");
        };
        let is_masked = url.password().is_none() || url.set_password(Some("***")).is_ok();
        if is_masked && !rest.contains('@') {
            Display::fmt(&url, formatter)
        } else {
            formatter.write_str("(hidden)")
        }
    }
}

impl Debug for SecretUrl {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretUrl({self})")
    }
}
