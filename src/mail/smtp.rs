//! Letters by SMTP (RFC 5321).

use std::net::IpAddr;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::response::Category;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::{Letter, MailError, Undelivered};

/// How long the server may take to let us in.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take for a whole letter, which it may look at before it answers.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(30);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// A mail server.
pub struct Smtp {
    transport: Transport,
    from: Mailbox,
}

/// Where TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// With the connection.
    Wrapped,
    /// With STARTTLS (RFC 3207), or nothing is sent.
    Required,
    /// Never: the letters do not leave this machine.
    None,
}

impl Smtp {
    pub fn new(url: &str, from: Mailbox) -> Result<Self, MailError> {
        Ok(Self {
            transport: transport(url)?,
            from,
        })
    }

    /// Hands a letter over to the server.
    pub async fn send(&self, letter: &Letter) -> Result<(), Undelivered> {
        let message = letter.message(&self.from).map_err(|error| Undelivered {
            problem: error.to_string(),
            is_final: true,
        })?;
        match tokio::time::timeout(PATIENCE_IN_ALL, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Undelivered {
                problem: told(&error),
                is_final: error.is_permanent() && !is_about_us(&error),
            }),
            Err(_) => Err(Undelivered {
                problem: "no answer in time".to_owned(),
                is_final: false,
            }),
        }
    }
}

/// Whether the server refuses us (RFC 4954 §6) and not the letter: once the operator has mended that, it can be sent.
fn is_about_us(error: &lettre::transport::smtp::Error) -> bool {
    let status = error.status();
    status.is_some_and(|code| code.category == Category::Unspecified3)
}

/// Whether the mail server at this address lets us in.
///
/// # Errors
/// Why not, on one line, without the password.
pub async fn probe(url: &str) -> Result<(), MailError> {
    match tokio::time::timeout(PATIENCE, transport(url)?.test_connection()).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(MailError("the server hung up".to_owned())),
        Ok(Err(error)) => Err(MailError(told(&error))),
        Err(_) => Err(MailError("no answer in time".to_owned())),
    }
}

/// An error with its causes, on one line.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.replace(['\r', '\n'], " ")
}

fn transport(url: &str) -> Result<Transport, MailError> {
    let broken = |problem: &str| MailError(format!("the address of the mail server cannot be used: {problem}"));
    let url = Url::parse(url).map_err(|error| broken(&error.to_string()))?;
    let security = security(&url).ok_or_else(|| broken("it is not smtp:// or smtps:// with a host"))?;
    // TLS and sockets want an IPv6 address without brackets.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let parameters = || TlsParameters::new(host.clone()).map_err(|error| broken(&error.to_string()));
    let (tls, port) = match security {
        Security::Wrapped => (Tls::Wrapper(parameters()?), 465),
        Security::Required => (Tls::Required(parameters()?), 587),
        Security::None => (Tls::None, 25),
    };
    let mut builder = Transport::builder_dangerous(host.clone())
        .port(url.port().unwrap_or(port))
        .tls(tls)
        .timeout(Some(PATIENCE));
    if !url.username().is_empty() {
        let plain = |text: &str| {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded
                .map(std::borrow::Cow::into_owned)
                .map_err(|_| broken("user or password is not UTF-8"))
        };
        let password = plain(url.password().unwrap_or_default())?;
        builder = builder.credentials(Credentials::new(plain(url.username())?, password));
    }
    Ok(builder.build())
}

fn security(url: &Url) -> Option<Security> {
    // The scheme is not one that the standard of addresses knows, so a host stays text.
    let host = url.host()?;
    let is_loopback = match host {
        Host::Domain(name) => {
            let address = name.parse::<IpAddr>();
            name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    };
    match url.scheme() {
        "smtps" => Some(Security::Wrapped),
        "smtp" if is_loopback => Some(Security::None),
        "smtp" => Some(Security::Required),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_to_this_machine_letters_may_go_in_the_clear() {
        for (url, expected) in [
            ("smtps://mail.example", Some(Security::Wrapped)),
            ("smtps://localhost", Some(Security::Wrapped)),
            ("smtp://mail.example", Some(Security::Required)),
            ("smtp://192.0.2.1:2525", Some(Security::Required)),
            ("smtp://localhost.example", Some(Security::Required)),
            ("smtp://127.0.0.1.example", Some(Security::Required)),
            ("smtp://localhost:1025", Some(Security::None)),
            ("smtp://user:password@127.0.0.1:1025", Some(Security::None)),
            ("smtp://[::1]:1025", Some(Security::None)),
            ("http://localhost", None),
            ("smtp:localhost", None),
            ("smtp:///", None),
        ] {
            assert_eq!(security(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn a_wrong_address_is_told_without_its_password() {
        for url in [
            "smtp://user:hunter2@",
            "smtp://user:hunter2@host:port",
            "ftp://user:hunter2@host",
            "smtp://u:hunter2%ff@host",
        ] {
            let problem = transport(url).expect_err(url).to_string();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
        assert!(transport("smtp://user:p%40ss@mail.example").is_ok());
    }
}
