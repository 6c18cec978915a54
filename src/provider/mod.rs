//! Signing in with outside OAuth and OpenID providers: the protocol, and nothing of accounts. The code flow with PKCE and
//! a nonce; the state, its single use and its binding to the browser are the caller's, who has a database and cookies.

mod fault;
mod github;
mod identity;
mod openid;
mod time;
pub mod trusted;

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display, Formatter};
use std::time::Duration;

use oauth2::{ClientId, RedirectUrl};
use openidconnect::IssuerUrl;
use serde::Deserialize;
use url::Url;

use crate::outbound::{Exchange, Reach};

/// How a client proves who it is; shown nowhere.
pub use oauth2::ClientSecret;

pub use fault::{Cause, ProviderFault};
pub use identity::OutsideIdentity;

use github::GitHub;
use openid::OpenId;

/// One provider.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// What it is called in addresses.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Who we are there.
    pub client_id: String,
    /// How we prove that.
    pub client_secret: ClientSecret,
    /// What its button says.
    pub label: String,
}

/// What a provider speaks.
#[derive(Clone, Debug)]
pub enum ProviderKind {
    /// OpenID Connect, found by discovery.
    OpenId {
        /// Its name for itself, letter by letter.
        issuer: String,
    },
    /// GitHub's OAuth, which is not OpenID.
    GitHub {
        /// Where people sign in.
        web: Url,
        /// Where programs ask.
        api: Url,
    },
}

impl ProviderKind {
    /// GitHub itself.
    pub fn github() -> Result<Self, SetupError> {
        let url = |text| Url::parse(text).map_err(SetupError::new);
        Ok(Self::GitHub {
            web: url("https://github.com")?,
            api: url("https://api.github.com")?,
        })
    }
}

/// What holds for all providers.
#[derive(Clone, Debug)]
pub struct ProviderOptions {
    /// Where this site is; a provider sends people back to `/auth/oauth/{name}/callback` there.
    pub callback_base: Url,
    /// Whether providers may be on this machine or in its network, and without https: for development.
    pub allow_private_addresses: bool,
    /// The longest that a person waits for a provider.
    pub timeout: Duration,
}

/// Why providers cannot be set up, in words for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SetupError(String);

impl SetupError {
    fn new(cause: impl Display) -> Self {
        Self(cause.to_string())
    }
}

/// A provider on the sign-in page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedProvider<'a> {
    /// What it is called in addresses.
    pub name: &'a str,
    /// What its button says.
    pub label: &'a str,
}

/// A sign-in that has begun. The three secrets are kept by the caller until the person comes back.
#[derive(Clone)]
pub struct Begun {
    /// Where to send the person.
    pub url: Url,
    /// Comes back with them.
    pub state: String,
    /// Comes back inside of the ID token.
    pub nonce: String,
    /// Proves that whoever redeems the code has begun the sign-in.
    pub pkce_verifier: String,
}

impl Debug for Begun {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Begun").finish_non_exhaustive()
    }
}

/// What the caller has kept of a sign-in that it began.
#[derive(Clone)]
pub struct Attempt {
    /// As it was in [`Begun`].
    pub nonce: String,
    /// As it was in [`Begun`].
    pub pkce_verifier: String,
}

impl Debug for Attempt {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Attempt").finish_non_exhaustive()
    }
}

/// What a person brings back from a provider (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Clone, Default, Deserialize)]
pub struct CallbackParameters {
    /// For the caller to compare.
    pub state: Option<String>,
    /// What can be redeemed.
    pub code: Option<String>,
    /// Who sends them.
    pub iss: Option<String>,
    /// Why they come with nothing.
    pub error: Option<String>,
    /// The same in words, for the log.
    pub error_description: Option<String>,
}

impl Debug for CallbackParameters {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CallbackParameters")
            .field("iss", &self.iss)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl CallbackParameters {
    /// The code, unless they say why there is none.
    fn code(&self) -> Result<String, ProviderFault> {
        if let Some(error) = &self.error {
            return Err(ProviderFault::of_code(error, self.error_description.as_deref()));
        }
        let code = self.code.clone().filter(|code| !code.is_empty());
        code.ok_or_else(|| ProviderFault::protocol("neither a code nor an error came back"))
    }
}

/// Who we are at a provider, and where people come back to.
#[derive(Clone, Debug)]
struct Registration {
    client_id: ClientId,
    client_secret: ClientSecret,
    callback: RedirectUrl,
}

/// A provider with what is known of it.
#[derive(Debug)]
struct Provider {
    label: String,
    registration: Registration,
    protocol: Protocol,
}

#[derive(Debug)]
enum Protocol {
    OpenId(OpenId),
    GitHub(Box<GitHub>),
}

/// All providers of this site.
#[derive(Debug)]
pub struct Providers {
    by_name: BTreeMap<String, Provider>,
    exchange: Exchange,
    timeout: Duration,
}

impl Providers {
    /// Talks to nobody yet.
    pub fn new(
        settings: impl IntoIterator<Item = ProviderSettings>,
        options: &ProviderOptions,
    ) -> Result<Self, SetupError> {
        let reach = if options.allow_private_addresses {
            Reach::Any
        } else {
            Reach::Public
        };
        let exchange = Exchange::new(reach, options.timeout).map_err(SetupError::new)?;
        let mut by_name = BTreeMap::new();
        for settings in settings {
            let callback = format!("/auth/oauth/{}/callback", settings.name);
            let callback = options.callback_base.join(&callback).map_err(SetupError::new)?;
            let protocol = match settings.kind {
                ProviderKind::OpenId { issuer } => {
                    Protocol::OpenId(OpenId::new(IssuerUrl::new(issuer).map_err(SetupError::new)?))
                }
                ProviderKind::GitHub { web, api } => Protocol::GitHub(Box::new(GitHub::new(&web, &api)?)),
            };
            let provider = Provider {
                label: settings.label,
                registration: Registration {
                    client_id: ClientId::new(settings.client_id),
                    client_secret: settings.client_secret,
                    callback: RedirectUrl::from_url(callback),
                },
                protocol,
            };
            by_name.insert(settings.name, provider);
        }
        Ok(Self {
            by_name,
            exchange,
            timeout: options.timeout,
        })
    }

    /// The providers by name, for the sign-in page.
    pub fn list(&self) -> impl Iterator<Item = ListedProvider<'_>> {
        self.by_name.iter().map(|(name, provider)| ListedProvider {
            name,
            label: &provider.label,
        })
    }

    /// Begins a sign-in.
    pub async fn begin(&self, name: &str) -> Result<Begun, ProviderFault> {
        let provider = self.provider(name)?;
        let beginning = async {
            match &provider.protocol {
                Protocol::OpenId(openid) => openid.begin(&provider.registration, &self.exchange).await,
                Protocol::GitHub(github) => Ok(github.begin(&provider.registration)),
            }
        };
        self.in_time(beginning).await
    }

    /// Finishes a sign-in that [`Providers::begin`] began with this provider. The caller has compared the state.
    pub async fn finish(
        &self,
        name: &str,
        attempt: &Attempt,
        parameters: &CallbackParameters,
    ) -> Result<OutsideIdentity, ProviderFault> {
        let provider = self.provider(name)?;
        let registration = &provider.registration;
        let finishing = async {
            let identity = match &provider.protocol {
                Protocol::OpenId(openid) => openid.finish(registration, &self.exchange, attempt, parameters).await,
                Protocol::GitHub(github) => github.finish(registration, &self.exchange, attempt, parameters).await,
            };
            identity?.checked()
        };
        self.in_time(finishing).await
    }

    fn provider(&self, name: &str) -> Result<&Provider, ProviderFault> {
        self.by_name.get(name).ok_or(ProviderFault::Unknown)
    }

    /// Bounds all requests of a step together.
    async fn in_time<T>(&self, step: impl Future<Output = Result<T, ProviderFault>>) -> Result<T, ProviderFault> {
        let result = tokio::time::timeout(self.timeout, step).await;
        result.unwrap_or(Err(ProviderFault::TimedOut))
    }
}
