//! `quoin import`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use url::Url;

use super::{export, print};
use crate::config::Config;
use crate::domain::process::Work;
use crate::error::Error;
use crate::import::ghost::Ghost;
use crate::import::markdown::Markdown;
use crate::import::record::Source;
use crate::import::wordpress::Wordpress;
use crate::import::{ImportError, Options, Progress};
use crate::outbound::Reach;
use crate::{app, archive, import, log};

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
    /// Import custom fields of plugins of these names, too, for WordPress; they become public
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub meta: Vec<String>,
    /// Import the text inside shortcodes of these names, too, for WordPress; it becomes public
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub show_shortcode: Vec<String>,
    /// Where the site was, for Ghost exports, which do not say
    #[arg(long, value_name = "URL", value_parser = site_url)]
    pub site_url: Option<Url>,
}

fn site_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none() {
        Ok(url)
    } else {
        Err("it must be like https://example.com".to_owned())
    }
}

/// What a site was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A WordPress export (Tools, Export: an XML file)
    Wordpress,
    /// A Ghost export (Settings, Import/Export: a JSON file)
    Ghost,
    /// An archive that `quoin export` wrote, into an empty database
    Quoin,
    /// A folder of Markdown as Jekyll, Hugo, Zola, Astro or Hashnode keep it
    Markdown,
}

impl ImportArguments {
    /// The reader of a foreign site; none: an archive, which is no foreign one.
    fn source(&self) -> Result<Option<Box<dyn Source>>, ImportError> {
        Ok(Some(match self.format {
            Format::Quoin => return Ok(None),
            Format::Wordpress => Box::new(Wordpress::open(&self.path)?.show_shortcodes(&self.show_shortcode)),
            Format::Ghost => Box::new(Ghost::open(&self.path, self.site_url.clone())?),
            Format::Markdown => Box::new(Markdown::open(&self.path)?),
        }))
    }

    /// An option that says something about foreign sites, if one is given.
    fn foreign_option(&self) -> Option<&'static str> {
        let given = [
            ("--publication", self.publication.is_some()),
            ("--owner", self.owner.is_some()),
            ("--report", self.report.is_some()),
            ("--dry-run", self.dry_run),
            ("--fetch-media", self.fetch_media),
            ("--meta", !self.meta.is_empty()),
            ("--show-shortcode", !self.show_shortcode.is_empty()),
            ("--site-url", self.site_url.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }

    fn options(&self) -> Options {
        Options {
            publication: self.publication.clone(),
            owner: self.owner.clone(),
            dry_run: self.dry_run,
            fetch_media: self.fetch_media.then_some(Reach::Public),
            fields: self.meta.iter().cloned().collect(),
        }
    }
}

/// Brings a site in.
pub async fn run(config: &Config, arguments: &ImportArguments) -> Result<(), Error> {
    log::start(&config.log);
    // Said before the database is touched.
    for (names, message) in [
        (
            &arguments.meta,
            "--meta: only WordPress exports have custom fields of plugins",
        ),
        (
            &arguments.show_shortcode,
            "--show-shortcode: only WordPress exports have shortcodes of plugins",
        ),
    ] {
        if !names.is_empty() && !matches!(arguments.format, Format::Wordpress | Format::Quoin) {
            return Err(Error::Refused(message.to_owned()));
        }
    }
    let Some(source) = arguments.source()? else {
        return Box::pin(whole_site(config, arguments)).await;
    };
    let store = app::open_store(config).await?;
    app::migrate(&store).await?;
    let mut bar = Bar::hidden();
    let (files, stop) = (app::files(config)?, super::interruption()?);
    let report = import::run(store, files, source, &arguments.options(), &mut bar, stop).await;
    bar.0.finish_and_clear();
    let report = report?;
    print(report.to_string().trim_end())?;
    if let Some(path) = &arguments.report {
        let text = serde_json::to_string_pretty(&report).map_err(|error| Error::Found(error.to_string()))?;
        std::fs::write(path, text + "\n").map_err(Error::file("write", path))?;
    }
    Ok(())
}

/// Brings an archive of `quoin export` in.
async fn whole_site(config: &Config, arguments: &ImportArguments) -> Result<(), Error> {
    if let Some(option) = arguments.foreign_option() {
        return Err(Error::Refused(format!(
            "{option}: an archive of Quoin is brought in as it is"
        )));
    }
    let store = super::database(config).await?;
    let bar = export::bar();
    let (files, mut advance) = (app::files(config)?, export::advance(&bar));
    let importing = archive::import(&store, &files, &arguments.path, &mut advance);
    let imported = Box::pin(super::at_work(&store, Work::ImportInstance, importing)).await;
    bar.finish_and_clear();
    export::tell("Brought in", &imported?)
}

/// A progress bar, which `indicatif` shows on a terminal only.
struct Bar(ProgressBar);

impl Bar {
    fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }
}

impl Progress for Bar {
    fn surveyed(&mut self, records: u64) {
        self.0 = export::bar();
        self.0.set_length(records);
    }

    fn advanced(&mut self) {
        self.0.inc(1);
    }
}
