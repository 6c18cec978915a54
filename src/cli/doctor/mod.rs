//! `quoin doctor`

mod identity;
mod jobs;
mod publications;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Access, access};
use sea_orm::DbErr;

use super::print;
use crate::config::{Config, ConfigError, SecretUrl};
use crate::domain::text::counted;
use crate::error::Error;
use crate::store::files::{LOW_SPACE_BYTES, free_bytes};
use crate::store::{self, driver_text, is_unreachable};
use crate::{app, mail, shared};

/// How long a service may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was found: good news, or what is wrong and how to mend it.
type Finding = Result<String, String>;

/// Checks everything that Quoin needs, a line each; changes nothing.
pub async fn run(config: Result<Config, ConfigError>) -> Result<(), Error> {
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            for problem in error.problems() {
                report(
                    "configuration",
                    &Err(format!("{problem} (docs/configuration.md lists every key)")),
                )?;
            }
            return Err(wrong(error.problems().len()));
        }
    };
    let database = database(&config.database.url).await;
    let mut stored = match &database {
        Ok(_) => vec![
            ("signing keys".to_owned(), identity::signing_keys(&config).await),
            ("jobs".to_owned(), jobs::jobs(&config).await),
            ("publications".to_owned(), publications::publications(&config).await),
        ],
        // What cannot be asked is said once.
        Err(_) => Vec::new(),
    };
    // SQLite has no other clock.
    if database.is_ok() && store::sqlite_path(config.database.url.expose()).is_none() {
        stored.push(("clock".to_owned(), clock(&config.database.url).await));
    }
    let findings = [
        (
            "configuration",
            Ok(format!("{:?}, {}", config.env, config.base_url).to_lowercase()),
        ),
        ("data folder", data_folder(&config.data_dir)),
        ("secret", identity::secret(&config)),
        ("database", database),
        ("redis", redis(config.redis.url.as_ref()).await),
        ("media", media(&config).await),
        ("mail", mail(&config).await),
        ("documents", documents(&config).await),
        ("port", port(config.listen).await),
    ];
    let findings = findings.map(|(subject, finding)| (subject.to_owned(), finding));
    let outside = identity::outside(&config).await;
    let findings: Vec<_> = findings.into_iter().chain(stored).chain(outside).collect();
    for (subject, finding) in &findings {
        report(subject, finding)?;
    }
    match findings.iter().filter(|(_, finding)| finding.is_err()).count() {
        0 => Ok(()),
        count => Err(wrong(count)),
    }
}

fn report(subject: &str, finding: &Finding) -> Result<(), Error> {
    match finding {
        Ok(text) => print(format_args!("ok     {subject}: {text}")),
        Err(text) => print(format_args!("wrong  {subject}: {text}")),
    }
}

fn wrong(count: usize) -> Error {
    Error::Found(format!("{} failed", counted(count, "check", "checks")))
}

fn data_folder(folder: &Path) -> Finding {
    let absolute = std::path::absolute(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let existing = writable(&absolute).map_err(|problem| format!("{problem}, or set data_dir to another path"))?;
    let free = free_bytes(existing).map_err(|error| format!("{}: {error}", existing.display()))?;
    let gibibytes = format!("{}.{} GiB free", free >> 30, ((free & ((1 << 30) - 1)) * 10) >> 30);
    let shown = absolute.display();
    if free < LOW_SPACE_BYTES {
        return Err(format!(
            "{shown} has only {gibibytes}; make room, or set data_dir to another disk"
        ));
    }
    let made = if existing == absolute {
        ""
    } else {
        ", made at the first start"
    };
    Ok(format!("{shown}, {gibibytes}{made}"))
}

/// The folder itself, or the nearest one above that exists, since the rest is made at the start. Else what to mend.
fn writable(folder: &Path) -> Result<&Path, String> {
    let existing = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    if !existing.is_dir() {
        return Err(format!("{} is not a folder; move it away", existing.display()));
    }
    match access(existing, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Ok(existing),
        Err(error) => Err(format!(
            "cannot write to {} ({error}); give this user the right to",
            existing.display()
        )),
    }
}

async fn database(url: &SecretUrl) -> Finding {
    if let Some(file) = store::sqlite_path(url.expose()).filter(|file| !file.exists()) {
        // Opening a SQLite database makes its file, which is for `serve` to do.
        let file = std::path::absolute(&file).map_err(|error| format!("{url}: {error}"))?;
        writable(file.parent().unwrap_or(&file)).map_err(|problem| format!("{problem}, or correct database.url"))?;
        return Ok(format!("{url}, made at the first start"));
    }
    let connection = match tokio::time::timeout(PATIENCE, store::connect(url.expose(), 1)).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(cause)) => return Err(unopened(url, cause)),
        Err(_) => {
            let problem = no_answer();
            return Err(format!(
                "cannot reach the database {url}: {problem}; start it, or correct database.url"
            ));
        }
    };
    let schema = within_patience(app::Schema::read(&connection), driver_text)
        .await
        .map_err(|problem| format!("{url} does not answer as a database of Quoin ({problem}); correct database.url"))?;
    if let Some(problem) = schema.problem() {
        return Err(format!("{url}: {problem}"));
    }
    match (schema.notice(), schema.pending().count()) {
        (Some(notice), _) => Ok(format!("{url}: {notice}")),
        (None, 0) => Ok(format!("{url}, every migration applied")),
        (None, count) => Err(format!(
            "{url}, migrations pending: {count}; `quoin serve` or `quoin migrate up` applies them"
        )),
    }
}

/// Why a database cannot be opened, and how to mend that.
fn unopened(url: &SecretUrl, cause: DbErr) -> String {
    let hint = match &cause {
        cause if is_unreachable(cause) => "; start it, or correct database.url",
        // It has a hint of its own.
        DbErr::Custom(_) => "",
        _ => "; correct database.url",
    };
    let url = url.clone();
    format!("{}{hint}", Error::Unopened { url, cause })
}

async fn clock(url: &SecretUrl) -> Finding {
    let asked = async { store::clock::skew(&store::connect(url.expose(), 1).await?).await };
    let skew = within_patience(asked, driver_text).await;
    let skew = skew.map_err(|problem| format!("cannot ask {url} for its time ({problem})"))?;
    let seconds = skew.unwrap_or_default().as_seconds_f64();
    if skew.is_some_and(|skew| skew.abs() > store::clock::MAX_SKEW) {
        return Err(format!(
            "the database's clock is {seconds:+.3} s from this machine's; synchronise both, for example with chrony"
        ));
    }
    Ok(format!("{seconds:+.3} s from the database's"))
}

async fn redis(url: Option<&SecretUrl>) -> Finding {
    let Some(url) = url else {
        return Ok("not configured, each process caches for itself".to_owned());
    };
    let ask = async {
        let client = shared::client(url.expose())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("INFO")
            .arg("memory")
            .query_async::<String>(&mut connection)
            .await
    };
    match within_patience(ask, one_line).await {
        Ok(memory) if memory.lines().any(|line| line.trim() == "maxmemory:0") => Ok(format!(
            "{url}; warning: its memory has no bound, set maxmemory and maxmemory-policy allkeys-lru there"
        )),
        Ok(_) => Ok(url.to_string()),
        Err(problem) => Err(format!(
            "cannot reach {url} ({problem}); start it, or correct redis.url"
        )),
    }
}

async fn media(config: &Config) -> Finding {
    let files = app::files(config).map_err(|error| format!("{error}; correct media.s3"))?;
    if !files.is_bucket() {
        return Ok(format!("in {}", files.root().display()));
    }
    let bucket = config.media.s3.bucket.as_deref().unwrap_or_default();
    let server = config.media.s3.endpoint.as_deref().unwrap_or("Amazon S3");
    match within_patience(files.probe(), String::clone).await {
        Ok(()) => Ok(format!("in the bucket {bucket} at {server}")),
        Err(problem) => Err(format!(
            "cannot use the bucket {bucket} at {server} ({problem}); start it, or correct media.s3"
        )),
    }
}

async fn mail(config: &Config) -> Finding {
    let Some(url) = &config.mail.smtp_url else {
        let folder = app::outbox(config);
        return Ok(format!(
            "no mail.smtp_url, so letters reach nobody: they become files in {}",
            folder.display()
        ));
    };
    match within_patience(mail::probe(url.expose()), one_line).await {
        Ok(()) => Ok(format!("{url}, from {}", config.mail.from)),
        Err(problem) => Err(format!(
            "cannot use {url} ({problem}); start it, or correct mail.smtp_url"
        )),
    }
}

async fn documents(config: &Config) -> Finding {
    let only = if config.documents.only_trusted {
        "only trusted documents are executed"
    } else {
        "any document is executed"
    };
    match (app::manifest(config).await, &config.documents.manifest) {
        (Ok(_), None) => Ok(format!("no manifest, {only}")),
        (Ok(index), Some(path)) => Ok(format!("{} in {}, {only}", index.len(), path.display())),
        (Err(error), _) => Err(format!("{error}; mend it, or correct documents.manifest")),
    }
}

async fn port(address: SocketAddr) -> Finding {
    let Err(error) = TcpListener::bind(address) else {
        return Ok(format!("{address} is free"));
    };
    if error.kind() == std::io::ErrorKind::AddrInUse && is_quoin(address).await {
        return Ok(format!("Quoin is serving on {address}"));
    }
    Err(format!(
        "cannot listen on {address} ({error}); stop the program that uses it, or set listen"
    ))
}

/// Whether the program behind an address answers as Quoin does.
async fn is_quoin(address: SocketAddr) -> bool {
    let address = if address.ip().is_unspecified() {
        SocketAddr::new([127, 0, 0, 1].into(), address.port())
    } else {
        address
    };
    let ask = async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        client.get(format!("http://{address}/health/live")).send().await
    };
    within_patience(ask, one_line)
        .await
        .is_ok_and(|answer| answer.status().is_success())
}

/// The answer, or why there is none, on one line.
async fn within_patience<T, E>(
    work: impl Future<Output = Result<T, E>>,
    text: impl FnOnce(&E) -> String,
) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(answer) => answer.map_err(|error| text(&error)),
        Err(_) => Err(no_answer()),
    }
}

fn no_answer() -> String {
    format!("no answer within {} s", PATIENCE.as_secs())
}

fn one_line<E: std::fmt::Display>(error: &E) -> String {
    error.to_string().replace('\n', " ")
}
