//! `quoin serve`

use std::future::pending;
use std::io::IsTerminal;
use std::net::TcpListener;
use std::time::Duration;

use clap::Args;
use include_dir::{Dir, include_dir};

use super::print;
use super::user::setup_link;
use crate::config::{Config, Environment, Flag};
use crate::domain::page::PageRequest;
use crate::domain::process::{self, StartError, Work};
use crate::domain::trusted_document::Index;
use crate::domain::{account, publication};
use crate::error::Error;
use crate::import::markdown::Markdown;
use crate::import::{ImportError, Options, Progress};
use crate::store::Store;
use crate::{app, import, log};

#[derive(Debug, Args)]
pub struct ServeArguments {
    /// First bring the sample publication into the database, if that is empty
    #[arg(long)]
    pub sample: bool,
    /// Where to listen, instead of the configured address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
}

impl ServeArguments {
    /// What the flags configure.
    pub fn flags(&self) -> Vec<Flag> {
        let listen = self.listen.clone().map(|value| Flag {
            name: "--listen",
            key: "listen",
            value,
        });
        listen.into_iter().collect()
    }
}

/// The sample publication: a folder of Markdown, inside the program so that it is always at hand.
static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/press-and-paper");

/// Migrates, then serves until the process is told to stop.
pub async fn run(config: &Config, arguments: &ServeArguments) -> Result<(), Error> {
    log::start(&config.log);
    let documents = app::manifest(config).await?;
    let store = app::open_store(config).await?;
    // First of all, so that nothing is written for a server that cannot be.
    let port = app::listen(config)?;
    app::migrate(&store).await?;
    let registration = process::start(&store, Work::Serve).await;
    let registration = registration.map_err(|error| Error::Refused(error.to_string()))?;
    let served = serve(config, arguments, &store, port, documents).await;
    registration.end().await;
    served
}

/// Serves a migrated database.
async fn serve(
    config: &Config,
    arguments: &ServeArguments,
    store: &Store,
    port: TcpListener,
    documents: Index,
) -> Result<(), Error> {
    if arguments.sample {
        bring_sample(config, store).await?;
    }
    warn_of_default(config, store).await?;
    let accounts = app::accounts(config, store).await?;
    app::tell_cdn(config, store).await?;
    let runner = app::runner(config, &accounts)?;
    let bound = app::bind(config, port, store.clone(), accounts, documents)?;
    let name = if config.graphql.graphiql && !config.documents.only_trusted {
        "GraphiQL"
    } else {
        "GraphQL"
    };
    announce(format_args!("{name}: http://{}/graphql", bound.address()));
    offer_setup(config, store).await?;
    let running = runner.start();
    let served = app::serve(bound, Duration::from_secs(config.server.drain_seconds)).await;
    running.stop().await;
    if let Err(error) = store.changes().leave(store.read()).await {
        // Writers wait a moment for this process until it is forgotten, which does no harm.
        tracing::warn!(%error, "this process could not take its leave");
    }
    served
}

/// Prints a line for the operator. Where it cannot be printed, the site is served all the same.
fn announce(text: impl std::fmt::Display) {
    if let Err(error) = print(text) {
        tracing::warn!(%error, "standard output cannot be written");
    }
}

/// The server starts anyway, since the publication may be created later.
async fn warn_of_default(config: &Config, store: &Store) -> Result<(), Error> {
    let Some(slug) = &config.publications.default else {
        return Ok(());
    };
    let missing = publication::default_is_missing(store.read(), slug).await;
    if missing.map_err(Error::database("looking for the default publication"))? {
        tracing::warn!(
            slug,
            "no publication has the slug that publications.default names; queries without `publication` find nothing"
        );
    }
    Ok(())
}

/// Tells whoever starts an instance without an administrator how to create the first one. The link is a secret: in production it
/// is printed to a terminal only, since logs are stored and shared.
async fn offer_setup(config: &Config, store: &Store) -> Result<(), Error> {
    let is_terminal = std::io::stdout().is_terminal();
    if config.env == Environment::Production && !is_terminal {
        let missing = !account::has_administrator(store.read())
            .await
            .map_err(Error::database("looking for an administrator"))?;
        if missing {
            tracing::warn!(
                command = "quoin user setup-link",
                "no administrator exists yet; the command prints a link to create the first one"
            );
        }
        return Ok(());
    }
    let Some(link) = setup_link(config, store).await? else {
        return Ok(());
    };
    if is_terminal {
        announce(format_args!(
            "No administrator exists yet. Open this link to create the first one, once, within 24 hours: {link}"
        ));
    } else {
        tracing::warn!(
            link,
            "no administrator exists yet; open the link to create the first one"
        );
    }
    Ok(())
}

async fn bring_sample(config: &Config, store: &Store) -> Result<(), Error> {
    let publications = publication::list(store.read(), &PageRequest::first(1)).await;
    let publications = publications.map_err(Error::database("looking for publications"))?;
    if !publications.items.is_empty() {
        return print("The database is not empty: the sample publication is left out.");
    }
    let folder = tempfile::tempdir().map_err(Error::system("cannot make a folder"))?;
    let path = folder.path().join("press-and-paper");
    std::fs::create_dir(&path)
        .and_then(|()| SAMPLE.extract(&path))
        .map_err(Error::file("write", &path))?;
    let source = Markdown::open(&path).map_err(ImportError::from)?;
    let source = Box::new(source);
    let files = app::files(config)?;
    let options = Options::default();
    match import::run(store.clone(), files, source, &options, &mut Silence, pending()).await {
        Ok(report) => print(report.to_string().trim_end()),
        // Another replica of the same start.
        Err(ImportError::Start(StartError::Running(running))) => print(format_args!(
            "The sample publication is left out: {}.",
            process::describe(&running)
        )),
        Err(error) => Err(error.into()),
    }
}

/// The sample is small.
struct Silence;

impl Progress for Silence {
    fn surveyed(&mut self, _: u64) {}
    fn advanced(&mut self) {}
}
