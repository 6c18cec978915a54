//! Builds every part from the configuration: the only wiring.

mod cdn;
mod documents;
mod media;
mod schema;
mod secret;
mod take_back;
#[cfg(test)]
mod tests;

pub use cdn::{cdn, cdn_provider, tell_cdn};
pub use documents::manifest;
pub use media::{files, library};
pub use schema::{Schema, migrate, schema};
pub use secret::{existing_master, master, secret_file};
pub use take_back::{Loss, loss, take_back};

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, Environment, Limits, Mail, PublicationCreators, SignUp};
use crate::domain::accounts::{AccountSettings, Accounts};
use crate::domain::cdn_purge;
use crate::domain::post::DeskSettings;
use crate::domain::publication::{Creators, PublicationSettings};
use crate::domain::trusted_document::Index;
use crate::error::Error;
use crate::graphql::{self, Api};
use crate::http::{self, HttpSettings, SharedCache};
use crate::jobs::{self, JobSettings, Runner};
use crate::limit::{Limiter, Quota};
use crate::mail::Mailer;
use crate::outbound::{Exchange, Reach};
use crate::password::{PasswordSettings, Passwords};
use crate::provider::trusted::{TrustedIssuerSettings, TrustedIssuers};
use crate::provider::{ClientSecret, ProviderKind, ProviderOptions, ProviderSettings, Providers, SetupError};
use crate::shared::Redis;
use crate::store::{Store, Timeouts};
use crate::token::Algorithm;

/// The longest that a person waits for an outside provider.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes the data folder when it is missing, and opens the database.
pub async fn open_store(config: &Config) -> Result<Store, Error> {
    std::fs::create_dir_all(&config.data_dir).map_err(Error::file("make the folder", &config.data_dir))?;
    let database = &config.database;
    let store = Store::open_with(database.url.expose(), database.max_connections, timeouts(config)).await;
    let store = store.map_err(|cause| Error::Unopened {
        url: database.url.clone(),
        cause,
    })?;
    if cdn_provider(config).is_some() {
        cdn_purge::follow(&store);
    }
    Ok(store)
}

fn timeouts(config: &Config) -> Timeouts {
    Timeouts {
        connect: Duration::from_secs(config.database.connect_seconds),
        statement: Duration::from_secs(config.database.statement_seconds),
    }
}

/// Which addresses may be talked to for proving who somebody is.
fn reach(config: &Config) -> Reach {
    match config.env {
        Environment::Development => Reach::Any,
        Environment::Production => Reach::Public,
    }
}

/// The outside issuers whose access tokens are trusted, if there are any.
pub fn trusted_issuers(config: &Config) -> Result<Option<Arc<TrustedIssuers>>, Error> {
    if config.auth.issuers.is_empty() {
        return Ok(None);
    }
    let client = Exchange::new(reach(config), PROVIDER_TIMEOUT)
        .map_err(|cause| Error::system("cannot set up the trusted issuers")(io::Error::other(cause)))?;
    let settings = config.auth.issuers.values().map(|issuer| TrustedIssuerSettings {
        issuer: issuer.issuer.clone(),
        audience: issuer.audience.clone(),
        subject_claim: issuer.subject_claim.clone(),
        email_claim: issuer.email_claim.clone(),
        scope_claim: issuer.scope_claim.clone(),
    });
    Ok(Some(Arc::new(TrustedIssuers::new(settings, &client))))
}

/// The outside providers that people sign in with.
pub fn providers(config: &Config) -> Result<Providers, Error> {
    let options = ProviderOptions {
        callback_base: config.base_url.clone(),
        allow_private_addresses: reach(config) == Reach::Any,
        timeout: PROVIDER_TIMEOUT,
    };
    let settings = config.auth.providers.iter().map(|(name, provider)| {
        let kind = match &provider.issuer {
            Some(issuer) => ProviderKind::OpenId { issuer: issuer.clone() },
            None => ProviderKind::github()?,
        };
        Ok(ProviderSettings {
            name: name.clone(),
            kind,
            client_id: provider.client_id.clone(),
            client_secret: ClientSecret::new(provider.client_secret.expose().to_owned()),
            label: provider.label.clone(),
        })
    });
    settings
        .collect::<Result<Vec<_>, SetupError>>()
        .and_then(|settings| Providers::new(settings, &options))
        .map_err(|cause| Error::system("cannot set up the outside providers")(io::Error::other(cause)))
}

/// Redis, where one is configured.
fn redis(config: &Config) -> Result<Option<Redis>, Error> {
    let Some(url) = &config.redis.url else {
        return Ok(None);
    };
    let redis = Redis::at(url.expose());
    redis
        .map(Some)
        .map_err(|cause| Error::system("redis.url cannot be used")(io::Error::other(cause)))
}

/// Counts what clients do: with all replicas, when there is a Redis.
fn limiter(config: &Config) -> Result<Limiter, Error> {
    Ok(redis(config)?.map_or_else(Limiter::in_memory, Limiter::shared))
}

/// Where processes hand answers to each other, when there is a Redis: to those on the same database, who know the same
/// secret, are reached by the same address, and have the same default publication.
fn shared_cache(config: &Config) -> Result<Option<SharedCache>, Error> {
    let Some(redis) = redis(config)?.filter(|_| config.cache.redis_seconds > 0) else {
        return Ok(None);
    };
    let database = config.database.url.expose();
    // Who logs in there may differ.
    let database = database.rsplit_once('@').map_or(database, |(_, place)| place);
    let default = config.publications.default.as_deref().unwrap_or_default();
    let common = format!("{database}\n{}\n{default}", config.base_url);
    Ok(Some(SharedCache {
        redis,
        namespace: master(config)?.sign("kept answers", &common),
        seconds: config.cache.redis_seconds,
        bytes: config.cache.redis_bytes,
    }))
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

/// The accounts on a migrated database. Needs the runtime, in which they keep themselves up to date.
pub async fn accounts(config: &Config, store: &Store) -> Result<Accounts, Error> {
    let settings = account_settings(config)?;
    let opened = Accounts::open(store.clone(), passwords()?, mailer(config)?, master(config)?, settings);
    Ok(opened.await?)
}

fn account_settings(config: &Config) -> Result<AccountSettings, Error> {
    Ok(AccountSettings {
        base_url: config.base_url.clone(),
        algorithm: algorithm(config),
        access_lifetime: Duration::from_secs(config.auth.access_token_seconds),
        session_lifetime: Duration::from_secs(config.auth.session_days * 24 * 60 * 60),
        sign_up_open: config.auth.sign_up == SignUp::Open,
        limiter: limiter(config)?,
        letters: Quota::per_hour("letters", config.limits.mails_per_hour),
        proofs: Quota::per_minute("proofs", config.limits.sign_ins_per_minute),
        desk: DeskSettings {
            revisions: config.desk.revisions,
        },
        publications: PublicationSettings {
            create: match config.publications.create {
                PublicationCreators::Administrators => Creators::Administrators,
                PublicationCreators::Anyone => Creators::Anyone,
            },
            default: config.publications.default.clone(),
        },
        issuers: trusted_issuers(config)?,
    })
}

/// What does the jobs of the installation.
pub fn runner(config: &Config, accounts: &Accounts) -> Result<Runner, Error> {
    let duties = jobs::duties(accounts, cdn(config)?);
    Ok(Runner::new(
        accounts.store.clone(),
        accounts.bell.clone(),
        job_settings(config),
        duties,
    ))
}

fn job_settings(config: &Config) -> JobSettings {
    JobSettings {
        workers: config.jobs.workers,
        lease: Duration::from_secs(config.jobs.lease_seconds),
        ..JobSettings::default()
    }
}

/// How new signing keys sign.
pub fn algorithm(config: &Config) -> Algorithm {
    Algorithm::named(&config.auth.signing_algorithm).unwrap_or(Algorithm::EdDsa)
}

/// Takes the port. Nobody is answered before [`serve`].
pub fn listen(config: &Config) -> Result<TcpListener, Error> {
    http::listen(config.listen).map_err(|cause| Error::Listen {
        address: config.listen,
        cause,
    })
}

/// Makes the server; `documents` are those of the [`manifest`].
pub fn bind(
    config: &Config,
    port: TcpListener,
    store: Store,
    accounts: Accounts,
    documents: Index,
) -> Result<http::Bound, Error> {
    let (limiter, providers) = (accounts.settings.limiter.clone(), providers(config)?);
    let library = library(config, &store, limiter.clone())?;
    let api = Api::new(store, accounts, library);
    let mut settings = http_settings(config)?;
    settings.documents.manifest = Arc::new(documents);
    let bound = http::bind(port, settings, api, limiter, providers);
    bound.map_err(|cause| Error::Listen {
        address: config.listen,
        cause,
    })
}

/// Serves until a signal stops the process, then lets the requests in flight finish: at once on SIGINT, which a person
/// sends, and after `drain` on SIGTERM or SIGHUP, which a supervisor sends.
pub async fn serve(bound: http::Bound, drain: Duration) -> Result<(), Error> {
    let stop = stop_signal(drain).map_err(Error::system("cannot wait for signals"))?;
    tracing::info!(address = %bound.address(), "listening");
    bound.run(stop).await.map_err(Error::system("the server failed"))?;
    tracing::info!("stopped");
    Ok(())
}

/// Done when the process is told to stop. Told again, it stops at once, as somebody who presses Ctrl-C twice expects.
fn stop_signal(drain: Duration) -> io::Result<impl Future<Output = Duration>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        let mut signalled = async move || {
            tokio::select! {
                _ = interrupt.recv() => Duration::ZERO,
                _ = terminate.recv() => drain,
                _ = hang_up.recv() => drain,
            }
        };
        let drain = signalled().await;
        tracing::info!(
            drain_seconds = drain.as_secs(),
            "stopping: requests in flight may finish"
        );
        tokio::spawn(async move {
            signalled().await;
            std::process::exit(1);
        });
        drain
    })
}

/// What of the configuration concerns HTTP.
fn http_settings(config: &Config) -> Result<HttpSettings, Error> {
    let limits = &config.limits;
    Ok(HttpSettings {
        listen: config.listen,
        suggestions: config.graphql.suggestions,
        introspection: config.graphql.introspection,
        graphiql: config.graphql.graphiql,
        cors_origins: config.cors.origins.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        limits: http::Limits {
            body_bytes: limits.body_bytes,
            listed_errors: limits.listed_errors,
            executions_per_core: limits.executions_per_core,
            connections_per_client: limits.connections_per_client,
            request_timeout: Duration::from_secs(limits.request_seconds),
            answer_timeout: Duration::from_secs(limits.answer_seconds),
            response_bytes: limits.response_bytes,
            in_flight_bytes: limits.in_flight_bytes,
            write_timeout: Duration::from_secs(limits.write_seconds),
            document: document_limits(limits),
            requests: Quota::per_minute("requests", limits.requests_per_minute),
            sign_ins: Quota::per_minute("sign-ins", limits.sign_ins_per_minute),
            tokens: Quota::per_minute("tokens", limits.tokens_per_minute),
            ..http::Limits::default()
        },
        cache: http::CacheSettings {
            memory_bytes: config.cache.memory_bytes,
            shared: shared_cache(config)?,
            shared_seconds: config.cache.shared_seconds,
            stale_seconds: config.cache.stale_seconds,
            cdn: cdn_provider(config),
        },
        documents: http::DocumentSettings {
            only_trusted: config.documents.only_trusted,
            ..http::DocumentSettings::default()
        },
    })
}

/// What a document may ask for.
fn document_limits(limits: &Limits) -> graphql::limits::Limits {
    graphql::limits::Limits {
        depth: limits.depth,
        aliases: limits.aliases,
        fields: limits.fields,
        directives: limits.directives,
        tokens: limits.tokens,
        cost: limits.cost,
    }
}
