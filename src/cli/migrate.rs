//! `quoin migrate`

use std::io::{self, IsTerminal, Write};

use clap::{Args, Subcommand};

use super::print;
use crate::config::Config;
use crate::error::Error;
use crate::store::Store;
use crate::{app, log};

#[derive(Debug, Args)]
pub struct MigrateArguments {
    #[command(subcommand)]
    direction: Direction,
}

#[derive(Debug, Subcommand)]
enum Direction {
    /// Apply every step that is not applied yet
    Up,
    /// Take steps back: what the tables that they made hold is lost
    ///
    /// Prints what is dropped and asks for confirmation. Refused while a server, an import or an export uses the database.
    Down {
        /// How many
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Do not ask; needed where there is no terminal
        #[arg(long)]
        yes: bool,
    },
    /// List the steps, and which are applied
    Status,
}

/// Applies, takes back or lists the steps that build the database.
pub async fn run(config: &Config, arguments: &MigrateArguments) -> Result<(), Error> {
    log::start(&config.log);
    let store = app::open_store(config).await?;
    match arguments.direction {
        Direction::Up => app::migrate(&store).await?,
        Direction::Down { steps, yes } => down(&store, steps, yes).await?,
        Direction::Status => {}
    }
    let schema = app::schema(&store).await?;
    for (name, is_applied) in &schema.own {
        print(format_args!(
            "{}  {name}",
            if *is_applied { "applied" } else { "pending" }
        ))?;
    }
    for name in &schema.newer {
        print(format_args!("applied  {name}  (by a newer version)"))?;
    }
    match schema.notice().or_else(|| schema.problem()) {
        Some(text) => print(format_args!("Note: {text}")),
        None => Ok(()),
    }
}

async fn down(store: &Store, steps: u32, is_confirmed: bool) -> Result<(), Error> {
    let loss = app::loss(store, steps).await?;
    print(loss.to_string().trim_end())?;
    if !is_confirmed {
        confirm()?;
    }
    app::take_back(store, &loss).await
}

/// Asks for confirmation on a terminal.
fn confirm() -> Result<(), Error> {
    let failed = Error::system("cannot ask");
    if !io::stdin().is_terminal() {
        let text = "nothing was changed; add --yes to skip the confirmation";
        return Err(Error::Refused(text.to_owned()));
    }
    let mut answer = String::new();
    let asking = write!(io::stderr(), "Type yes to continue: ").and_then(|()| io::stdin().read_line(&mut answer));
    asking.map_err(failed)?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    Err(Error::Refused("nothing was changed".to_owned()))
}
