//! `quoin key`

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Output, database};
use crate::config::Config;
use crate::domain::signing_key::{self, KeyError, KeyRow, KeyState, PUBLISHED_BEFORE};
use crate::error::Error;
use crate::{app, log};

#[derive(Debug, Args)]
pub struct KeyArguments {
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List the keys that sign tokens, the latest to sign first
    List,
    /// Make a new key: published now, it signs in 10 minutes, and tokens of the old one are taken until they expire
    Rotate {
        /// Have it sign at once, and take no tokens of the old keys: for keys that became known to others
        #[arg(long)]
        now: bool,
    },
}

/// Lists or rotates the keys that sign tokens.
pub async fn run(config: &Config, arguments: &KeyArguments) -> Result<(), Error> {
    log::start(&config.log);
    let store = database(config).await?;
    let output = Output(arguments.json);
    if let Act::Rotate { now } = arguments.act {
        let master = app::master(config)?;
        let rotating = async {
            let transaction = store.write().await?;
            signing_key::rotate(&transaction, &master, app::algorithm(config), now).await?;
            transaction.commit().await?;
            Ok::<_, KeyError>(())
        };
        rotating.await?;
        if !now && !output.is_json() {
            let minutes = PUBLISHED_BEFORE.num_minutes();
            output.say(
                &json!(null),
                &format!("A new key is published; it signs in {minutes} minutes."),
            )?;
        }
    }
    let rows = signing_key::list(store.read()).await;
    let rows = rows.map_err(Error::database("listing the signing keys"))?;
    for (row, state) in rows.iter().zip(signing_key::states(&rows, entity::now())) {
        say(output, row, state)?;
    }
    Ok(())
}

fn say(output: Output, row: &KeyRow, state: KeyState) -> Result<(), Error> {
    let state = match state {
        KeyState::Next => "next",
        KeyState::Signing => "signing",
        KeyState::Retiring => "retiring",
        KeyState::Retired => "retired",
    };
    let since = row.signs_from.format("%Y-%m-%d %H:%M:%S UTC");
    let (word, id) = (if state == "next" { "from" } else { "since" }, row.id);
    output.say(
        &json!({
            "id": id.to_string(),
            "algorithm": row.algorithm,
            "state": state,
            "signsFrom": row.signs_from,
            "verifiesUntil": row.verifies_until,
        }),
        &format!("{id}  {}  {state}  {word} {since}", row.algorithm),
    )
}
