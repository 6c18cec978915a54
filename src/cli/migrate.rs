//! `quoin migrate`

use clap::{Args, Subcommand};
use migration::{Migrator, MigratorTrait};

use super::print;
use crate::config::Config;
use crate::error::Error;
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
    Down {
        /// How many
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
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
        Direction::Down { steps } => {
            let taking_back = async {
                let transaction = store.for_long_work().write().await?;
                transaction.run(|inner| Migrator::down(inner, Some(steps))).await?;
                transaction.commit().await
            };
            taking_back.await.map_err(Error::database("taking steps back"))?;
        }
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
