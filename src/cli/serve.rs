//! `quoin serve`

use clap::Args;

use super::print;
use crate::config::{Config, Flag};
use crate::error::Error;
use crate::{app, log};

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

/// Migrates, then serves until the process is told to stop.
pub async fn run(config: &Config, arguments: &ServeArguments) -> Result<(), Error> {
    log::start(&config.log);
    let store = app::open_store(config).await?;
    // First of all, so that nothing is written for a server that cannot be.
    let bound = app::bind(config, store.clone())?;
    app::migrate(&store).await?;
    if arguments.sample {
        // JOINT: import the sample publication into an empty database.
    }
    if config.graphql.graphiql {
        let site = if config.listen.port() == 0 {
            format!("http://{}/", bound.address())
        } else {
            config.base_url.to_string()
        };
        print(format_args!("GraphiQL: {site}graphql"))?;
    }
    app::serve(bound).await
}
