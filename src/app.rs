//! Builds every part from the configuration: the only wiring.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, Environment, Mail};
use crate::error::Error;
use crate::graphql::{self, Api};
use crate::http::{self, HttpSettings};
use crate::limit::{Limiter, Quota};
use crate::mail::Mailer;
use crate::password::{PasswordSettings, Passwords};
use crate::store::files::FileStore;
use crate::store::{Store, dialect};

/// Makes the data folder when it is missing, and opens the database.
pub async fn open_store(config: &Config) -> Result<Store, Error> {
    std::fs::create_dir_all(&config.data_dir).map_err(Error::file("make the folder", &config.data_dir))?;
    let store = Store::open(config.database.url.expose(), config.database.max_connections).await;
    store.map_err(|cause| Error::Unreachable {
        url: config.database.url.clone(),
        cause,
    })
}

/// The media store.
pub fn files(config: &Config) -> FileStore {
    FileStore::new(media_folder(config))
}

fn media_folder(config: &Config) -> PathBuf {
    config.data_dir.join("media")
}

/// Brings the database to the newest form, wholly or not at all. Processes that start at the same time take turns.
pub async fn migrate(store: &Store) -> Result<(), Error> {
    let migrating = async {
        // Nothing to do is the rule, and needs no waiting for others who write.
        if Migrator::get_pending_migrations_read_only(store.read())
            .await?
            .is_empty()
        {
            return Ok(());
        }
        let transaction = store.write().await?;
        dialect::take_turns(&transaction).await?;
        Migrator::up(&transaction, None).await?;
        transaction.commit().await
    };
    migrating.await.map_err(Error::database("migrating"))
}

/// How long Redis may take to answer, or to be reached: everything that asks it can do without.
const REDIS_PATIENCE: Duration = Duration::from_millis(500);

/// Counts what clients do: with all replicas, when there is a Redis.
fn limiter(config: &Config) -> Result<Limiter, Error> {
    let Some(url) = &config.redis.url else {
        return Ok(Limiter::in_memory());
    };
    let settings = ConnectionManagerConfig::new()
        .set_response_timeout(Some(REDIS_PATIENCE))
        .set_connection_timeout(Some(REDIS_PATIENCE))
        .set_number_of_retries(1);
    let connection = redis::Client::open(url.expose())
        .and_then(|client| ConnectionManager::new_lazy_with_config(client, settings))
        .map_err(|cause| Error::system("redis.url cannot be used")(io::Error::other(cause)))?;
    Ok(Limiter::shared(connection))
}

/// What sends letters: to the mail server, or where there is none into a folder, which in development the log repeats.
/// Needs the runtime.
pub fn mailer(config: &Config) -> Result<Mailer, Error> {
    let Mail { smtp_url, from } = &config.mail;
    let mailer = match smtp_url {
        Some(url) => Mailer::smtp(url.expose(), from),
        None => Mailer::outbox(outbox(config), from, config.env == Environment::Development),
    };
    mailer.map_err(|cause| Error::system("no letters can be sent")(io::Error::other(cause)))
}

/// Where letters lie that no mail server takes.
pub fn outbox(config: &Config) -> PathBuf {
    config.data_dir.join("outbox")
}

/// What hashes and verifies passwords.
pub fn passwords() -> Result<Passwords, Error> {
    Passwords::new(PasswordSettings::default()).map_err(Error::system("cannot start threads"))
}

/// Takes the port. Nobody is answered before [`serve`].
pub fn bind(config: &Config, store: Store) -> Result<http::Bound, Error> {
    let base_url = config.base_url.as_str().trim_end_matches('/');
    let api = Api::new(store.clone(), base_url);
    http::bind(http_settings(config), api, store, files(config), limiter(config)?).map_err(|cause| Error::Listen {
        address: config.listen,
        cause,
    })
}

/// Serves until the process is told to stop (SIGINT or SIGTERM), then lets the requests in flight finish.
pub async fn serve(bound: http::Bound) -> Result<(), Error> {
    let stop = stop_signal().map_err(Error::system("cannot wait for signals"))?;
    tracing::info!(address = %bound.address(), "listening");
    bound.run(stop).await.map_err(Error::system("the server failed"))?;
    tracing::info!("stopped");
    Ok(())
}

/// Done when the process is told to stop. Told again, it stops at once, as somebody who presses Ctrl-C twice expects.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        let mut told = async move || {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        told().await;
        tracing::info!("stopping: requests in flight may finish");
        tokio::spawn(async move {
            told().await;
            std::process::exit(1);
        });
    })
}

/// What of the configuration concerns HTTP.
fn http_settings(config: &Config) -> HttpSettings {
    let limits = &config.limits;
    HttpSettings {
        listen: config.listen,
        suggestions: config.graphql.suggestions,
        introspection: config.graphql.introspection,
        graphiql: config.graphql.graphiql,
        cors_origins: config.cors.origins.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        limits: http::Limits {
            body_bytes: limits.body_bytes,
            listed_errors: limits.listed_errors,
            request_timeout: Duration::from_secs(limits.request_seconds),
            answer_timeout: Duration::from_secs(limits.answer_seconds),
            document: graphql::limits::Limits {
                depth: limits.depth,
                aliases: limits.aliases,
                fields: limits.fields,
                directives: limits.directives,
                tokens: limits.tokens,
                cost: limits.cost,
            },
            requests: Quota::per_minute("requests", limits.requests_per_minute),
            sign_ins: Quota::per_minute("sign-ins", limits.sign_ins_per_minute),
            tokens: Quota::per_minute("tokens", limits.tokens_per_minute),
            mails: Quota::per_hour("mails", limits.mails_per_hour),
            ..http::Limits::default()
        },
    }
}
