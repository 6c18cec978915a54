//! `quoin import`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::Config;
use crate::error::Error;
use crate::{app, log};

/// What to bring in, and how.
#[derive(Clone, Debug, Args)]
pub struct ImportArguments {
    /// What the site was made with
    pub format: Format,
    /// The file or folder that holds it
    pub path: PathBuf,
    /// The publication to bring it into, made when missing [default: after the site's title]
    #[arg(long, value_name = "SLUG")]
    pub publication: Option<String>,
    /// Who owns a new publication, and whatever has no author; made when missing
    #[arg(long, value_name = "USERNAME")]
    pub owner: Option<String>,
    /// Also write the report to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Download images from the old site
    #[arg(long)]
    pub fetch_media: bool,
}

/// What a site was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A WordPress export (Tools, Export: an XML file)
    Wordpress,
    /// A folder of Markdown as Jekyll, Hugo, Zola, Astro or Hashnode keep it
    Markdown,
}

/// Brings a site in.
pub async fn run(config: &Config, arguments: &ImportArguments) -> Result<(), Error> {
    log::start(&config.log);
    // Said before anything is written.
    std::fs::metadata(&arguments.path).map_err(Error::file("read", &arguments.path))?;
    let store = app::open_store(config).await?;
    app::migrate(&store).await?;
    // JOINT: import::run(&store, …, arguments)
    drop(store);
    Ok(())
}
