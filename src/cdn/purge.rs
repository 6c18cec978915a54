use std::time::Duration;

use entity::Hidden;
use oauth2::HttpRequest;
use oauth2::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use oauth2::http::{Method, Response, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::Provider;
use crate::outbound::Exchange;

/// Which CDN is told, and how Quoin proves that it may.
#[derive(Clone, Debug)]
pub struct CdnSettings {
    /// Whose it is.
    pub provider: Provider,
    /// The service of Fastly, or the zone of Cloudflare.
    pub zone: String,
    /// A token that may purge there.
    pub token: Hidden,
    /// Where it is told, without a path.
    pub api: Url,
    /// After how long it is told once more, since an answer from before a change may have been on its way to it: longer
    /// than an answer takes.
    pub again_after: Duration,
}

/// A CDN that is told what changed.
#[derive(Clone, Debug)]
pub struct Cdn {
    settings: CdnSettings,
    exchange: Exchange,
}

/// Why it could not be told, in words for the log: without any secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct PurgeError {
    /// What happened.
    pub problem: String,
    /// How long it asks to be left alone.
    pub wait: Option<Duration>,
}

impl PurgeError {
    fn new(problem: String) -> Self {
        Self { problem, wait: None }
    }
}

impl Cdn {
    /// The CDN, asked by `exchange`.
    pub fn new(settings: CdnSettings, exchange: Exchange) -> Self {
        Self { settings, exchange }
    }

    /// After how long it is told once more.
    pub fn again_after(&self) -> Duration {
        self.settings.again_after
    }

    /// How many keys one request may name.
    pub fn most_keys(&self) -> usize {
        self.settings.provider.most_keys()
    }

    /// Has it drop the answers that are marked with one of these keys; at most [`Self::most_keys`].
    ///
    /// # Errors
    /// When it cannot be reached, or does not do it.
    pub async fn purge(&self, keys: &[String]) -> Result<(), PurgeError> {
        let (action, body) = match self.settings.provider {
            Provider::Fastly => ("purge", None),
            Provider::Cloudflare => ("purge_cache", Some(json!({ "tags": keys }))),
        };
        let mut request = self.request(action, body)?;
        if self.settings.provider == Provider::Fastly {
            let keys = header(&keys.join(" "))?;
            request
                .headers_mut()
                .insert(HeaderName::from_static(self.settings.provider.header()), keys);
        }
        self.send(request).await
    }

    /// Has it drop all that it keeps.
    ///
    /// # Errors
    /// When it cannot be reached, or does not do it.
    pub async fn purge_everything(&self) -> Result<(), PurgeError> {
        let (action, body) = match self.settings.provider {
            Provider::Fastly => ("purge_all", None),
            Provider::Cloudflare => ("purge_cache", Some(json!({ "purge_everything": true }))),
        };
        let request = self.request(action, body)?;
        self.send(request).await
    }

    fn request(&self, action: &str, body: Option<Value>) -> Result<HttpRequest, PurgeError> {
        let CdnSettings {
            provider, zone, token, ..
        } = &self.settings;
        let mut url = self.settings.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            match provider {
                Provider::Fastly => path.clear().extend(["service", zone, action]),
                Provider::Cloudflare => path.clear().extend(["client", "v4", "zones", zone, action]),
            };
        }
        let (name, value) = match provider {
            Provider::Fastly => (HeaderName::from_static("fastly-key"), token.expose().to_owned()),
            Provider::Cloudflare => (AUTHORIZATION, format!("Bearer {}", token.expose())),
        };
        let mut proof = header(&value)?;
        proof.set_sensitive(true);
        let mut request = HttpRequest::new(Vec::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|_| PurgeError::new("its address cannot be used".to_owned()))?;
        request.headers_mut().insert(name, proof);
        if let Some(body) = body {
            *request.body_mut() = body.to_string().into_bytes();
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(CONTENT_TYPE, json);
        }
        Ok(request)
    }

    async fn send(&self, request: HttpRequest) -> Result<(), PurgeError> {
        let name = self.settings.provider.name();
        let asked = self.exchange.ask(request).await;
        let answer = asked.map_err(|error| PurgeError::new(format!("{name}: {error}")))?;
        let status = answer.status();
        if status.is_success() && self.is_done(answer.body()) {
            return Ok(());
        }
        let reason = match status {
            // What it says in its own words may repeat what it was sent.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                format!("does not take the token ({})", status.as_u16())
            }
            StatusCode::TOO_MANY_REQUESTS => "was asked too often (429)".to_owned(),
            _ => format!("did not do it ({})", status.as_u16()),
        };
        Err(PurgeError {
            problem: format!("{name} {reason}"),
            wait: retry_after(&answer),
        })
    }

    /// Cloudflare says in its answer whether it did what it was asked to.
    fn is_done(&self, body: &[u8]) -> bool {
        match self.settings.provider {
            Provider::Fastly => true,
            Provider::Cloudflare => {
                serde_json::from_slice::<Value>(body).is_ok_and(|body| body["success"] == Value::Bool(true))
            }
        }
    }
}

/// The error does not repeat the value, which may be secret.
fn header(value: &str) -> Result<HeaderValue, PurgeError> {
    HeaderValue::from_str(value).map_err(|_| PurgeError::new("cdn.token holds what no header can".to_owned()))
}

/// Seconds; a date (RFC 9110 §10.2.3) is not what these providers send.
fn retry_after(answer: &Response<Vec<u8>>) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
