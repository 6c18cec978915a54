//! Short exchanges with another service: a question, and an answer that fits in memory.

use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use oauth2::http::Response;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, redirect};
use url::Url;

use super::{NotAllowed, Reach, check, client, innermost};

/// The largest answer, in bytes, counted after inflating.
const MOST_BYTES: usize = 1_000_000;

/// A client for short exchanges. It follows no redirect, since that would carry secrets to an address that nobody
/// configured; and time and size are bounded.
#[derive(Clone, Debug)]
pub struct Exchange {
    client: Client,
    reach: Reach,
}

/// Why an exchange failed, in words for the log.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The address is not one that may be talked to.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It took too long.
    #[error("no answer in time")]
    TimedOut,
    /// Nobody is there, or the connection broke.
    #[error("{0}")]
    Unreachable(String),
    /// The answer leads elsewhere.
    #[error("answered with a redirect ({0})")]
    Redirected(u16),
    /// Somebody is there, and broken.
    #[error("answered with a fault of its own ({0})")]
    Failing(u16),
    /// The answer is too large.
    #[error("the answer is larger than {MOST_BYTES} bytes")]
    TooLarge,
}

impl Exchange {
    /// A client that talks to what is within `reach`, for at most `timeout` a question.
    pub fn new(reach: Reach, timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = client(reach)
            .redirect(redirect::Policy::none())
            .timeout(timeout)
            .build()?;
        Ok(Self { client, reach })
    }

    /// Asks, and reads the whole answer, whatever its status, but for redirects and faults of the server.
    pub async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let request = reqwest::Request::try_from(request).map_err(|error| failure(&error))?;
        self.check(request.url())?;
        let answer = self.client.execute(request).await.map_err(|error| failure(&error))?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(ExchangeError::Redirected(status.as_u16()));
        }
        if status.is_server_error() {
            return Err(ExchangeError::Failing(status.as_u16()));
        }
        let mut response = Response::new(Vec::new());
        *response.status_mut() = status;
        *response.headers_mut() = answer.headers().clone();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| failure(&error))?;
            if response.body().len() + chunk.len() > MOST_BYTES {
                return Err(ExchangeError::TooLarge);
            }
            response.body_mut().extend_from_slice(&chunk);
        }
        Ok(response)
    }

    /// In the public internet, secrets and identities travel by https only.
    fn check(&self, url: &Url) -> Result<(), NotAllowed> {
        check(url, self.reach)?;
        if self.reach == Reach::Public && url.scheme() != "https" {
            return Err(NotAllowed(format!(
                "`{}` is not https",
                url.origin().ascii_serialization()
            )));
        }
        Ok(())
    }
}

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = ExchangeError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, ExchangeError>> + Send + Sync + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

fn failure(error: &reqwest::Error) -> ExchangeError {
    let cause = innermost(error);
    match cause.downcast_ref::<NotAllowed>() {
        Some(refusal) => ExchangeError::NotAllowed(refusal.clone()),
        None if error.is_timeout() => ExchangeError::TimedOut,
        None => ExchangeError::Unreachable(cause.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn private_addresses_are_not_talked_to_however_they_are_written() {
        let exchange = Exchange::new(Reach::Public, Duration::from_secs(5)).unwrap();
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0.0.0.0/",
            "https://10.0.0.1/",
            "https://100.64.0.1/",
            "https://169.254.169.254/",
            "https://[::1]/",
            "https://[::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://localhost/",
            "http://example.com/",
            "ftp://example.com/",
        ] {
            let request = oauth2::http::Request::builder().uri(url).body(Vec::new()).unwrap();
            let error = exchange.ask(request).await.unwrap_err();
            assert!(matches!(error, ExchangeError::NotAllowed(_)), "{url}: {error:?}");
        }
    }
}
