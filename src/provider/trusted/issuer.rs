//! One trusted issuer: where its keys are, and when they are fetched.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::Algorithm;
use oauth2::http::header::ACCEPT;
use oauth2::http::{Request, StatusCode};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};
use url::Url;

use super::keys::{Key, Keys};
use super::{TokenFault, TrustedIssuerSettings};
use crate::outbound::{Exchange, ExchangeError};

/// The least time between two attempts to find a key that is not known: anybody can name one.
const PAUSE: Duration = Duration::from_secs(30);

/// What metadata says (OpenID Connect Discovery 1.0, section 3; RFC 8414, section 2).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Option<String>,
}

/// An issuer, and what is known of its keys.
#[derive(Debug)]
pub(super) struct Issuer {
    settings: TrustedIssuerSettings,
    client: Exchange,
    keys: RwLock<Option<Arc<Keys>>>,
    /// Locked while keys are fetched, so that it happens once; holds when an attempt last brought nothing new.
    attempt: Arc<Mutex<Option<Instant>>>,
}

impl Issuer {
    pub fn new(settings: TrustedIssuerSettings, client: Exchange) -> Self {
        Self {
            settings,
            client,
            keys: RwLock::default(),
            attempt: Arc::default(),
        }
    }

    pub fn settings(&self) -> &TrustedIssuerSettings {
        &self.settings
    }

    /// The key that a token names, fetched when it is not known.
    pub async fn key(self: &Arc<Self>, kid: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, TokenFault> {
        if let Some(key) = self.known(kid, algorithm, Keys::is_fresh) {
            return Ok(key);
        }
        let stale = self.known(kid, algorithm, Keys::is_usable);
        let attempt = match (stale, Arc::clone(&self.attempt).try_lock_owned()) {
            // Somebody else is asking; meanwhile the old key does.
            (Some(key), Err(_)) => return Ok(key),
            (_, Ok(attempt)) => attempt,
            (None, Err(_)) => Arc::clone(&self.attempt).lock_owned().await,
        };
        // While this waited, somebody else may have found it.
        if let Some(key) = self.known(kid, algorithm, Keys::is_fresh) {
            return Ok(key);
        }
        if attempt.is_none_or(|last| last.elapsed() >= PAUSE) {
            // A task of its own: who asked may go away, and the answer is for all.
            let fetched = tokio::spawn(Arc::clone(self).fetch(attempt)).await;
            if fetched.is_err() {
                return Err(TokenFault::Unavailable);
            }
        }
        let is_known = self.current().is_some_and(|keys| keys.is_usable());
        self.known(kid, algorithm, Keys::is_usable).ok_or(if is_known {
            TokenFault::UnknownKey
        } else {
            TokenFault::Unavailable
        })
    }

    fn current(&self) -> Option<Arc<Keys>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn known(&self, kid: Option<&str>, algorithm: Algorithm, is_good: fn(&Keys) -> bool) -> Option<Arc<Key>> {
        self.current()
            .filter(|keys| is_good(keys))
            .and_then(|keys| keys.find(kid, algorithm))
    }

    /// Fetches the keys. Only the very first time is no reason to pause before the next.
    async fn fetch(self: Arc<Self>, mut attempt: OwnedMutexGuard<Option<Instant>>) {
        let is_first = self.current().is_none();
        let fetched = self.ask().await;
        *attempt = (!is_first || fetched.is_err()).then(Instant::now);
        match fetched {
            Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys)),
            Err(cause) => {
                tracing::warn!(
                    issuer = self.settings.issuer,
                    cause,
                    "the keys of a trusted issuer are not to be had"
                );
            }
        }
    }

    /// Its keys, as they are now.
    pub async fn ask(&self) -> Result<Keys, String> {
        let metadata = self.metadata().await?;
        if metadata.issuer != self.settings.issuer {
            return Err(format!("it calls itself {:?}", metadata.issuer));
        }
        let url = metadata.jwks_uri.ok_or("its metadata names no keys")?;
        let body = self.get(&url).await?.ok_or("its keys are not there")?;
        Keys::read(&body).map_err(|error| format!("its keys are not understood (line {})", error.line()))
    }

    async fn metadata(&self) -> Result<Metadata, String> {
        for url in addresses(&self.settings.issuer)? {
            if let Some(body) = self.get(&url).await? {
                return serde_json::from_slice(&body)
                    .map_err(|error| format!("its metadata is not understood (line {})", error.line()));
            }
        }
        Err("it has no metadata".to_owned())
    }

    /// What is at an address; none when there is nothing.
    async fn get(&self, url: &str) -> Result<Option<Vec<u8>>, String> {
        let request = Request::builder()
            .uri(url)
            .header(ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|error| error.to_string())?;
        let answer = self
            .client
            .ask(request)
            .await
            .map_err(|error: ExchangeError| error.to_string())?;
        Ok((answer.status() == StatusCode::OK).then(|| answer.into_body()))
    }
}

/// Where metadata may be: first as OpenID has it (Discovery 1.0, section 4), then as OAuth has it (RFC 8414, section 3).
fn addresses(issuer: &str) -> Result<[String; 2], String> {
    let openid = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let mut oauth = Url::parse(issuer).map_err(|error| error.to_string())?;
    let path = format!(
        "/.well-known/oauth-authorization-server{}",
        oauth.path().trim_end_matches('/')
    );
    oauth.set_path(&path);
    Ok([openid, oauth.into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_looked_for_where_the_standards_say() {
        let found = addresses("https://id.example/realms/x/").unwrap();
        assert_eq!(found[0], "https://id.example/realms/x/.well-known/openid-configuration");
        assert_eq!(
            found[1],
            "https://id.example/.well-known/oauth-authorization-server/realms/x"
        );
        let found = addresses("https://id.example").unwrap();
        assert_eq!(found[1], "https://id.example/.well-known/oauth-authorization-server");
    }
}
