//! What can be configured: typed, and checked before anything starts. [`KEYS`] is the one table that the defaults, the
//! checks and `docs/configuration.md` come from; [`Config`] is what the rest of Quoin sees.

mod auth;
mod cdn;
mod key;
mod kind;
mod media;
mod named;
mod problem;
mod secret;
mod source;
mod table;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;
use toml::{Table, Value};
use url::Url;

pub use auth::{Auth, AuthIssuer, AuthProvider, SignUp};
pub use cdn::{Cdn, CdnProvider};
pub use key::{DefaultValue, Key};
pub use media::{Media, MediaStore, S3};
pub use problem::{ConfigError, Origin, Problem};
pub use secret::{Secret, SecretUrl};
pub use source::{Flag, Sources};
pub use table::KEYS;

use source::Entry;

/// The whole configuration, checked. Every field is a section or key of [`KEYS`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address that readers use, without a path.
    pub base_url: Url,
    /// Where files and the embedded database live.
    pub data_dir: PathBuf,
    /// What this installation is for.
    pub env: Environment,
    /// The proxies that are believed about whom they answer.
    pub trusted_proxies: Vec<IpNet>,
    /// How the process stops.
    pub server: Server,
    /// The database.
    pub database: Database,
    /// The shared cache.
    pub redis: Redis,
    /// What a client may ask of the server.
    pub limits: Limits,
    /// Who creates publications, and which one is the default.
    pub publications: Publications,
    /// Where files are kept.
    pub media: Media,
    /// How letters are sent.
    pub mail: Mail,
    /// How jobs are run.
    pub jobs: Jobs,
    /// Which other sites may read answers in a browser.
    pub cors: Cors,
    /// How people and programs prove who they are.
    pub auth: Auth,
    /// How posts are kept.
    pub desk: Desk,
    /// Which answers are kept.
    pub cache: Cache,
    /// The CDN in front of Quoin.
    pub cdn: Cdn,
    /// What the API tells about itself.
    pub graphql: GraphQl,
    /// Which documents are known by name.
    pub documents: Documents,
    /// The log.
    pub log: Log,
}

/// What an installation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// For building on: the API explains itself.
    Development,
    /// For readers: https, and nothing is told that they need not know.
    Production,
}

/// How the process stops.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Seconds between SIGTERM and the end of accepting connections.
    pub drain_seconds: u64,
}

/// The database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Where it is.
    pub url: SecretUrl,
    /// How many connections the pool holds at most.
    pub max_connections: u32,
    /// Seconds to open a connection to PostgreSQL, or to wait for one that is in use.
    pub connect_seconds: u64,
    /// Seconds that PostgreSQL may take to execute a statement.
    pub statement_seconds: u64,
}

/// The shared cache.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// Where it is; none: each process caches for itself.
    pub url: Option<SecretUrl>,
}

/// Publications.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publications {
    /// Who may create publications.
    pub create: PublicationCreators,
    /// Slug of the default publication; the oldest publication when none is set.
    pub default: Option<String>,
}

/// Who may create publications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PublicationCreators {
    /// Administrators.
    Administrators,
    /// Every account.
    Anyone,
}

/// The desk.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// How many revisions of a post are kept, beside the published one.
    pub revisions: u32,
}

/// Which answers are kept, and for how long others may keep them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Bytes of the answers that this process keeps; 0: none.
    pub memory_bytes: u64,
    /// Seconds for which they lie in Redis for all processes; 0: they do not.
    pub redis_seconds: u32,
    /// Bytes that this process stores there in this time.
    pub redis_bytes: u64,
    /// Seconds for which shared caches may give an answer without asking again.
    pub shared_seconds: u32,
    /// Seconds for which they may give it after that, while they ask.
    pub stale_seconds: u32,
}

/// What a client may ask of the server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request's body, counted after inflating.
    pub body_bytes: usize,
    /// Bytes of one file that is uploaded.
    pub upload_bytes: u64,
    /// Bytes of all files that one account uploaded.
    pub account_media_bytes: u64,
    /// Bytes of all files of one publication.
    pub publication_media_bytes: u64,
    /// Files that one account may upload in an hour.
    pub account_uploads_per_hour: u32,
    /// Files that may be uploaded to one publication in an hour.
    pub publication_uploads_per_hour: u32,
    /// Levels of a GraphQL document.
    pub depth: u64,
    /// Aliases in a document.
    pub aliases: u64,
    /// Fields in a document.
    pub fields: u64,
    /// Directives in a document.
    pub directives: u64,
    /// Tokens in a document.
    pub tokens: usize,
    /// The estimated cost of a query.
    pub cost: u64,
    /// How many errors one answer lists.
    pub listed_errors: usize,
    /// Requests that are executed at a time for each core of the machine.
    pub executions_per_core: usize,
    /// Connections of one client at a time.
    pub connections_per_client: usize,
    /// Bytes of one response.
    pub response_bytes: u64,
    /// Bytes of all responses that are executed or being sent.
    pub in_flight_bytes: u64,
    /// Seconds that a client has to send its request.
    pub request_seconds: u64,
    /// Seconds after which a request is given up.
    pub answer_seconds: u64,
    /// Seconds that a client may read nothing of a response.
    pub write_seconds: u64,
    /// Requests of one client.
    pub requests_per_minute: u32,
    /// Sign-ins, sign-ups and resets, of one address and for one account.
    pub sign_ins_per_minute: u32,
    /// Requests of one client to the token endpoints.
    pub tokens_per_minute: u32,
    /// Mails to one address.
    pub mails_per_hour: u32,
}

/// How letters are sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The mail server; none: letters become files.
    pub smtp_url: Option<SecretUrl>,
    /// From whom letters are: a name and an address.
    pub from: String,
}

/// How jobs are run.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// How many at a time.
    pub workers: usize,
    /// Seconds until another process takes a job over.
    pub lease_seconds: u64,
}

/// Which other sites may read answers in a browser.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Origins as browsers send them (`https://example.com`).
    pub origins: Vec<String>,
}

/// What the API tells about itself.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphQl {
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// Whether the query editor is served.
    pub graphiql: bool,
    /// Whether errors suggest similar names ("did you mean").
    pub suggestions: bool,
}

/// Which GraphQL documents are known by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// A file with documents that are trusted.
    pub manifest: Option<PathBuf>,
    /// Whether only documents are executed that are trusted.
    pub only_trusted: bool,
}

/// The log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// What is logged: a `tracing` filter (`info`, `warn,quoin=debug`).
    pub level: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

impl Config {
    /// Reads all sources, later ones over earlier ones, and checks every key.
    ///
    /// # Errors
    /// All problems at once, each with the key, where its value came from, and what is allowed.
    pub fn load(sources: Sources) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut entries = sources.read(&mut problems);
        named::complete(&mut entries, &mut problems);
        let values = check(&entries, &mut problems);
        if !problems.is_empty() {
            return Err(ConfigError::new(problems));
        }
        Value::Table(nest(values)).try_into().map_err(|error: toml::de::Error| {
            // The table of keys and the struct disagree; a test holds them together.
            ConfigError::new(vec![Problem::new(None, Origin::BuiltIn, error.message())])
        })
    }
}

/// Checks every key, and that there are no others. Returns what is right, in its final form.
fn check(entries: &BTreeMap<String, Entry>, problems: &mut Vec<Problem>) -> BTreeMap<String, Value> {
    let keys = named::all(entries);
    for (name, entry) in entries {
        if !keys.iter().any(|(known, _)| known == name) {
            problems.push(Problem::new(Some(name), entry.origin.clone(), key::unknown(name)));
        }
    }
    let mut values = BTreeMap::new();
    for (name, key) in keys {
        let Some(entry) = entries.get(&name) else { continue };
        match key.kind.read(&entry.value) {
            Ok(value) => {
                values.insert(name, value);
            }
            Err(message) => problems.push(Problem::new(Some(&name), entry.origin.clone(), message)),
        }
    }
    if let Some(Value::String(folder)) = values.get("data_dir").cloned() {
        fill_in("database.url", "{data_dir}", &folder, &mut values);
    }
    if let Some(Value::String(address)) = values.get("listen").cloned() {
        fill_in("base_url", "{listen}", &reachable(&address), &mut values);
    }
    named::check_issuers(&values, entries, problems);
    media::check(&values, entries, problems);
    cdn::check(&values, entries, problems);
    check_production(entries, &mut values, problems);
    values
}

/// Puts `value` where `placeholder` stands in the value of `key`.
fn fill_in(key: &str, placeholder: &str, value: &str, values: &mut BTreeMap<String, Value>) {
    if let Some(Value::String(text)) = values.get_mut(key) {
        *text = text.replace(placeholder, value);
    }
}

/// An address that a browser on this machine can open: "all interfaces" is none.
fn reachable(listen: &str) -> String {
    match listen.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_unspecified() => format!("127.0.0.1:{}", address.port()),
        _ => listen.to_owned(),
    }
}

/// What depends on `env`: the switches that nobody set, and that readers are served, and identities proven, by https.
fn check_production(
    entries: &BTreeMap<String, Entry>,
    values: &mut BTreeMap<String, Value>,
    problems: &mut Vec<Problem>,
) {
    let Some(Value::String(env)) = values.get("env") else {
        return;
    };
    let is_production = env == "production";
    for key in KEYS
        .iter()
        .filter(|key| matches!(key.default, DefaultValue::OnInDevelopment))
    {
        values
            .entry(key.name.to_owned())
            .or_insert(Value::Boolean(!is_production));
    }
    let is_https = |value: &Value| {
        value
            .as_str()
            .and_then(|url| Url::parse(url).ok())
            .is_some_and(|url| url.scheme() == "https")
    };
    if !is_production {
        return;
    }
    for (name, value) in values {
        let must_be_https = name == "base_url" || (name.starts_with("auth.") && name.ends_with(".issuer"));
        if must_be_https && !is_https(value) {
            let origin = entries.get(name).map_or(Origin::BuiltIn, |entry| entry.origin.clone());
            let message = "env is production, so an https:// address is needed";
            problems.push(Problem::new(Some(name), origin, message));
        }
    }
}

/// `a.b = 1` as tables in tables. Sections without any value are there too.
fn nest(values: BTreeMap<String, Value>) -> Table {
    let mut root = Table::new();
    for key in KEYS {
        let fixed = named::around(key).map_or(key.name, |(before, _)| before);
        section(&mut root, fixed);
    }
    for (name, value) in values {
        if let Some((table, name)) = section(&mut root, &name) {
            table.insert(name.to_owned(), value);
        }
    }
    root
}

/// The table that a key stands in, made when it is missing, and the key's last name.
fn section<'a, 'b>(root: &'a mut Table, key: &'b str) -> Option<(&'a mut Table, &'b str)> {
    let mut table = root;
    let mut rest = key;
    while let Some((section, name)) = rest.split_once('.') {
        let below = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        table = below.as_table_mut()?;
        rest = name;
    }
    Some((table, rest))
}
