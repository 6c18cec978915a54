//! `quoin export`

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::print;
use crate::archive::{self, Manifest};
use crate::config::Config;
use crate::domain::process::Work;
use crate::domain::text::counted;
use crate::error::Error;
use crate::{app, log};

/// Where to write a site.
#[derive(Clone, Debug, Args)]
pub struct ExportArguments {
    /// The file to make, packed when its name ends in .gz or .tgz; it holds password hashes, so keep it to yourself
    pub path: PathBuf,
}

/// Writes the site into an archive.
pub async fn run(config: &Config, arguments: &ExportArguments) -> Result<(), Error> {
    log::start(&config.log);
    let store = super::database(config).await?;
    if let Some(newest) = app::schema(&store).await?.newer.last() {
        return Err(Error::Refused(format!(
            "a newer version of Quoin applied {newest}; an export by this one might leave something out, use the newer one"
        )));
    }
    let bar = bar();
    let (files, mut advance) = (app::files(config)?, advance(&bar));
    let exporting = archive::export(&store, &files, &arguments.path, &mut advance);
    let exported = super::at_work(&store, Work::Export, exporting).await;
    bar.finish_and_clear();
    tell(&format!("Exported to {}", arguments.path.display()), &exported?)
}

/// A progress bar, which `indicatif` shows on a terminal only.
pub fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec:.dim} {eta:.dim}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Moves a progress bar.
pub fn advance(bar: &ProgressBar) -> impl FnMut(u64, u64) + Send {
    let bar = bar.clone();
    move |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    }
}

/// Says what an archive holds.
pub fn tell(what: &str, manifest: &Manifest) -> Result<(), Error> {
    let rows: u64 = manifest.rows.values().sum();
    let count = |table: &str, one, many| counted(manifest.rows.get(table).copied().unwrap_or_default(), one, many);
    print(format_args!(
        "{what}: {}, {}, {}, {}, {}; {} in all.",
        count("publication", "publication", "publications"),
        count("user", "person", "people"),
        count("post", "post", "posts"),
        count("comment", "comment", "comments"),
        counted(manifest.files, "file", "files"),
        counted(rows, "row", "rows"),
    ))?;
    for key in &manifest.lost {
        print(format_args!(
            "Not in it: the file {key}, which the media store does not have as it was recorded."
        ))?;
    }
    Ok(())
}
