//! `quoin serve`

use clap::Args;
use include_dir::{Dir, include_dir};
use tokio::signal::unix::{SignalKind, signal};

use super::print;
use crate::config::{Config, Flag};
use crate::domain::{page::PageRequest, publication};
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
    let stop = stopped().map_err(|cause| Error::System {
        act: "cannot listen for signals",
        cause,
    })?;
    let store = app::open_store(config).await?;
    app::migrate(&store).await?;
    if arguments.sample {
        bring_sample(config, &store).await?;
    }
    let server = app::bind(config, store)?;
    let address = server.address();
    tracing::info!(%address, "listening");
    if config.graphql.graphiql {
        print(format_args!("GraphiQL: http://{address}/graphql"))?;
    } else {
        print(format_args!("GraphQL: http://{address}/graphql"))?;
    }
    server.run(stop).await.map_err(|cause| Error::System {
        act: "the server failed",
        cause,
    })
}

/// Done when the process is asked to stop (SIGINT, SIGTERM).
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: requests in flight are finished first");
    })
}

async fn bring_sample(config: &Config, store: &Store) -> Result<(), Error> {
    let publications = publication::list(store.read(), &PageRequest::first(1)).await;
    let publications = publications.map_err(Error::database("looking for publications"))?;
    if !publications.items.is_empty() {
        return print("The database is not empty: the sample publication is left out.");
    }
    let folder = tempfile::tempdir().map_err(|cause| Error::System {
        act: "cannot make a folder",
        cause,
    })?;
    let path = folder.path().join("press-and-paper");
    std::fs::create_dir(&path)
        .and_then(|()| SAMPLE.extract(&path))
        .map_err(Error::file("write", &path))?;
    let source = Markdown::open(&path).map_err(ImportError::from)?;
    let report = import::run(
        store.clone(),
        app::files(config),
        Box::new(source),
        &Options::default(),
        &mut Silence,
    )
    .await?;
    print(report.to_string().trim_end())
}

/// The sample is small.
struct Silence;

impl Progress for Silence {
    fn surveyed(&mut self, _: u64) {}
    fn advanced(&mut self) {}
}
