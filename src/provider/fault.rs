//! Why a sign-in with an outside provider failed: a sentence for the person, and a cause for the log.

use std::error::Error;
use std::fmt::Display;

use oauth2::basic::BasicErrorResponseType;
use oauth2::{ConfigurationError, RequestTokenError, StandardErrorResponse};
use openidconnect::{ClaimsVerificationError, DiscoveryError, UserInfoError};

use crate::outbound::ExchangeError;

/// The longest cause, in characters: much of it is the provider's own text.
const LONGEST_CAUSE: usize = 300;

/// What a token endpoint's failure looks like.
pub(super) type TokenError = RequestTokenError<ExchangeError, StandardErrorResponse<BasicErrorResponseType>>;

/// What happened, in words for the log: one line, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause(String);

impl Cause {
    /// Keeps a text to one short line.
    pub(super) fn new(text: impl Display) -> Self {
        let line = text.to_string().replace(char::is_control, " ");
        Self(line.chars().take(LONGEST_CAUSE).collect())
    }
}

/// Why a sign-in with an outside provider failed. It has no `Display`, so that the log's part cannot slip into a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderFault {
    /// There is no provider of this name.
    Unknown,
    /// Nobody answers there, or only with faults of its own.
    Unreachable(Cause),
    /// No answer in time.
    TimedOut,
    /// The person, or the provider for them, said no.
    Declined(Cause),
    /// The code has been used or has run out.
    Stale(Cause),
    /// The provider does not know us, or its address is not one that may be talked to.
    Misconfigured(Cause),
    /// The answer is not what the protocol asks for.
    NotItsProtocol(Cause),
    /// The answer does not prove who the person is.
    Unproven(Cause),
    /// The answer comes from another provider than was asked (RFC 9207).
    WrongIssuer(Cause),
}

impl ProviderFault {
    /// What the person may read.
    pub fn public_text(&self) -> &'static str {
        match self {
            Self::Unknown => "There is no such way to sign in.",
            Self::Unreachable(_) => "The provider cannot be reached at the moment. Please try again later.",
            Self::TimedOut => "The provider took too long to answer. Please try again.",
            Self::Declined(_) => "You were not signed in, because that was refused at the provider.",
            Self::Stale(_) => "This sign-in has run out or was already used. Please start again.",
            Self::Misconfigured(_) => {
                "Signing in with this provider is not set up correctly. Please tell the people who run this site."
            }
            Self::NotItsProtocol(_) => {
                "The provider answered in a way that cannot be understood. Please try again later."
            }
            Self::Unproven(_) => "The provider's answer does not prove who you are, so you were not signed in.",
            Self::WrongIssuer(_) => {
                "The answer comes from another provider than the one you chose, so you were not signed in."
            }
        }
    }

    /// What only the log may have; none when the kind says it all.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Unknown | Self::TimedOut => None,
            Self::Unreachable(cause)
            | Self::Declined(cause)
            | Self::Stale(cause)
            | Self::Misconfigured(cause)
            | Self::NotItsProtocol(cause)
            | Self::Unproven(cause)
            | Self::WrongIssuer(cause) => Some(&cause.0),
        }
    }

    pub(super) fn protocol(cause: impl Display) -> Self {
        Self::NotItsProtocol(Cause::new(cause))
    }

    pub(super) fn unproven(cause: impl Display) -> Self {
        Self::Unproven(Cause::new(cause))
    }

    /// What a provider's error code means, at whichever endpoint (RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect
    /// Core 1.0, section 3.1.2.6; GitHub's own).
    pub(super) fn of_code(code: &str, description: Option<&str>) -> Self {
        let cause = Cause::new(match description {
            Some(description) => format!("{code}: {description}"),
            None => code.to_owned(),
        });
        match code {
            "access_denied"
            | "login_required"
            | "interaction_required"
            | "consent_required"
            | "account_selection_required" => Self::Declined(cause),
            "invalid_grant" | "bad_verification_code" => Self::Stale(cause),
            "server_error" | "temporarily_unavailable" => Self::Unreachable(cause),
            "invalid_client"
            | "unauthorized_client"
            | "invalid_scope"
            | "unsupported_response_type"
            | "unsupported_grant_type"
            | "application_suspended"
            | "incorrect_client_credentials"
            | "redirect_uri_mismatch" => Self::Misconfigured(cause),
            _ => Self::NotItsProtocol(cause),
        }
    }
}

impl From<ExchangeError> for ProviderFault {
    fn from(error: ExchangeError) -> Self {
        let cause = Cause::new(&error);
        match error {
            ExchangeError::TimedOut => Self::TimedOut,
            ExchangeError::NotAllowed(_) => Self::Misconfigured(cause),
            ExchangeError::Unreachable(_) | ExchangeError::Failing(_) => Self::Unreachable(cause),
            ExchangeError::Redirected(_) | ExchangeError::TooLarge => Self::NotItsProtocol(cause),
        }
    }
}

impl From<DiscoveryError<ExchangeError>> for ProviderFault {
    fn from(error: DiscoveryError<ExchangeError>) -> Self {
        match error {
            DiscoveryError::Request(error) => error.into(),
            DiscoveryError::Parse(error) => {
                Self::protocol(format_args!("metadata: {}", place(error.path(), error.inner())))
            }
            DiscoveryError::Validation(text) => Self::WrongIssuer(Cause::new(text)),
            DiscoveryError::Response(_, _, text) | DiscoveryError::Other(text) => {
                Self::protocol(format_args!("metadata: {text}"))
            }
            other => Self::protocol(other),
        }
    }
}

impl From<TokenError> for ProviderFault {
    fn from(error: TokenError) -> Self {
        match error {
            RequestTokenError::Request(error) => error.into(),
            RequestTokenError::ServerResponse(answer) => {
                Self::of_code(answer.error().as_ref(), answer.error_description().map(String::as_str))
            }
            RequestTokenError::Parse(error, _) => {
                Self::protocol(format_args!("token: {}", place(error.path(), error.inner())))
            }
            RequestTokenError::Other(text) => Self::protocol(format_args!("token: {text}")),
        }
    }
}

impl From<UserInfoError<ExchangeError>> for ProviderFault {
    fn from(error: UserInfoError<ExchangeError>) -> Self {
        match error {
            UserInfoError::Request(error) => error.into(),
            UserInfoError::ClaimsVerification(error) => error.into(),
            UserInfoError::Parse(error) => {
                Self::protocol(format_args!("userinfo: {}", place(error.path(), error.inner())))
            }
            UserInfoError::Response(status, _, text) => Self::protocol(format_args!("userinfo: {status}: {text}")),
            other => Self::protocol(other),
        }
    }
}

impl From<ClaimsVerificationError> for ProviderFault {
    fn from(error: ClaimsVerificationError) -> Self {
        let cause = match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        match error {
            ClaimsVerificationError::InvalidIssuer(_) => Self::WrongIssuer(Cause::new(cause)),
            _ => Self::unproven(cause),
        }
    }
}

impl From<ConfigurationError> for ProviderFault {
    fn from(error: ConfigurationError) -> Self {
        Self::protocol(error)
    }
}

/// Where JSON is wrong. The parser's own words may quote what is there, which may be a token.
pub(super) fn place(path: impl Display, error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Data => "not the right form",
        _ => "not JSON",
    };
    format!("{kind} at {path} (line {}, column {})", error.line(), error.column())
}
