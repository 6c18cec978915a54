//! What a value may be.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use lettre::message::Mailbox;
use toml::Value;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use url::Url;

/// What a value may be. Text is understood everywhere, since the environment holds nothing else.
#[derive(Debug)]
pub enum Kind {
    /// IP address and port.
    Address,
    /// The root of a web site.
    BaseUrl,
    /// A path.
    Folder,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A whole number within these bounds.
    Whole {
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// On or off.
    Switch,
    /// Web origins (RFC 6454): scheme, host, port.
    Origins,
    /// IP addresses, and networks in CIDR notation (RFC 4632).
    Networks,
    /// An address with one of these schemes that may hold a password: never shown.
    SecretUrl(&'static [&'static str]),
    /// From whom a letter may be: an address, or a name and an address (RFC 5322).
    Sender,
    /// The name of an issuer of tokens, which is an address.
    Issuer,
    /// A line of text.
    Line,
    /// Text of at least so many characters that is never shown.
    SecretText(usize),
    /// A filter of `tracing`.
    LogFilter,
}

/// The longest line of text, in characters.
const LONGEST_LINE: usize = 200;
/// The longest secret, in characters: some are tokens with a signature.
const LONGEST_SECRET: usize = 4_000;

impl Kind {
    /// What is allowed, for messages and for the documentation.
    pub fn allowed(&self) -> String {
        match self {
            Self::Address => "an IP address with a port, like `127.0.0.1:8080` or `[::]:80`".to_owned(),
            Self::BaseUrl => "an http or https address without path, like `https://example.com`".to_owned(),
            Self::Folder => "a path".to_owned(),
            Self::OneOf(words) => words
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(", "),
            Self::Whole { least, most } => format!("a whole number from {least} to {most}"),
            Self::Switch => "`true` or `false`".to_owned(),
            Self::Origins => "a list of origins like `https://example.com`, without path or trailing slash \
                              (in the environment separated by commas)"
                .to_owned(),
            Self::Networks => "a list of IP addresses and networks like `10.0.0.0/8` or `::1` (in the environment \
                               separated by commas)"
                .to_owned(),
            Self::SecretUrl(schemes) => {
                let schemes: Vec<_> = schemes.iter().map(|scheme| format!("`{scheme}://…`")).collect();
                format!("an address: {}", schemes.join(" or "))
            }
            Self::Sender => {
                "an e-mail address, or a name and an address like `Magazine <post@magazine.example>`".to_owned()
            }
            Self::Issuer => "an https address, letter by letter as the issuer writes it, like \
                             `https://accounts.example.com` (http in development only)"
                .to_owned(),
            Self::Line => format!("a line of text, 1 to {LONGEST_LINE} characters"),
            Self::SecretText(least) => {
                format!("text, {least} to {LONGEST_SECRET} characters; better in the environment than in a file")
            }
            Self::LogFilter => "a level (`error`, `warn`, `info`, `debug`, `trace`), or levels per module like \
                                `warn,quoin=debug`"
                .to_owned(),
        }
    }

    /// The value in its final form.
    ///
    /// # Errors
    /// What is wrong and what is allowed, without anything secret.
    pub fn read(&self, value: &Value) -> Result<Value, String> {
        self.accept(value).ok_or_else(|| match self {
            Self::SecretUrl(_) | Self::SecretText(_) => format!("not allowed; use {}", self.allowed()),
            _ => format!("{} is not allowed; use {}", shown(value), self.allowed()),
        })
    }

    fn accept(&self, value: &Value) -> Option<Value> {
        match self {
            Self::Whole { least, most } => {
                let number = value.as_integer().or_else(|| value.as_str()?.trim().parse().ok())?;
                (*least..=*most).contains(&number).then_some(Value::Integer(number))
            }
            Self::Switch => value
                .as_bool()
                .or_else(|| value.as_str()?.trim().parse().ok())
                .map(Value::Boolean),
            Self::Origins => list(value, |origin| is_origin(origin).then(|| origin.to_owned())),
            Self::Networks => list(value, |text| network(text).map(|network| network.to_string())),
            _ => {
                let text = value.as_str()?.trim();
                self.accepts_text(text).then(|| Value::String(text.to_owned()))
            }
        }
    }

    fn accepts_text(&self, text: &str) -> bool {
        match self {
            Self::Address => text.parse::<SocketAddr>().is_ok(),
            Self::BaseUrl => is_site(&text.replace("{listen}", "127.0.0.1:80")),
            Self::Folder => !text.is_empty() && !text.contains('\0'),
            Self::OneOf(words) => words.contains(&text),
            Self::SecretUrl(schemes) => is_address(text, schemes),
            Self::Sender => is_sender(text),
            Self::Issuer => is_issuer(text),
            Self::Line => is_line(text, LONGEST_LINE),
            Self::SecretText(least) => is_line(text, LONGEST_SECRET) && text.chars().nth(least - 1).is_some(),
            Self::LogFilter => is_log_filter(text),
            Self::Whole { .. } | Self::Switch | Self::Origins | Self::Networks => false,
        }
    }
}

/// A list, or text separated by commas, of what `read` understands, in its final form.
fn list(value: &Value, read: impl Fn(&str) -> Option<String>) -> Option<Value> {
    let items: Vec<&str> = match value {
        Value::String(text) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
        Value::Array(items) => items.iter().map(Value::as_str).collect::<Option<_>>()?,
        _ => return None,
    };
    let items: Option<Vec<_>> = items.into_iter().map(|item| read(item).map(Value::String)).collect();
    items.map(Value::Array)
}

/// A network, or an address as the network of one.
fn network(text: &str) -> Option<IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Whether this is the root of a web site.
fn is_site(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
        let has_user = !url.username().is_empty() || url.password().is_some();
        matches!(url.scheme(), "http" | "https") && !has_more && !has_user
    })
}

/// Whether this is an origin exactly as a browser sends it, since origins are compared letter by letter.
fn is_origin(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text)
}

/// Whether this can name an issuer (OpenID Connect Discovery 1.0, section 3: no query, no fragment).
fn is_issuer(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let has_more = url.query().is_some() || url.fragment().is_some();
        let has_user = !url.username().is_empty() || url.password().is_some();
        matches!(url.scheme(), "http" | "https") && !has_more && !has_user
    })
}

fn is_line(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Unlike `EnvFilter` alone, refuses a bare word that is no level: it would be taken for a module, and silence the rest.
fn is_log_filter(text: &str) -> bool {
    let is_bare_level = |part: &str| part.contains(['=', '[']) || part.trim().parse::<LevelFilter>().is_ok();
    !text.is_empty() && EnvFilter::try_new(text).is_ok() && text.split(',').all(is_bare_level)
}

fn is_sender(text: &str) -> bool {
    !text.chars().any(char::is_control) && text.parse::<Mailbox>().is_ok()
}

fn is_address(text: &str, schemes: &[&str]) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    match scheme {
        _ if !schemes.contains(&scheme) => false,
        // The rest is a path, which need not be a valid address.
        "sqlite" => !rest.trim_start_matches('/').is_empty(),
        _ => rest.starts_with("//") && Url::parse(text).is_ok(),
    }
}

/// A wrong value, short and on one line.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::String(text) => format!("{text:?}"),
        Value::Table(_) => "a section".to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
