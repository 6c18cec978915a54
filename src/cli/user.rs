//! `quoin user`

use clap::{Args, Subcommand};
use entity::PublicationId;
use serde_json::json;

use super::{Names, Output, database, refused};
use crate::config::Config;
use crate::domain::account::{self, AccountRow, Appointment};
use crate::domain::page::PageRequest;
use crate::domain::refusal::Refusal;
use crate::domain::text::Email;
use crate::domain::{Viewer, publication};
use crate::error::Error;
use crate::store::Store;
use crate::token::Secret;
use crate::{app, log};

#[derive(Debug, Args)]
pub struct UserArguments {
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List all accounts, and the imported authors that nobody has claimed
    List,
    /// Make an account, and print a link to set its password
    Create {
        /// The address, which you know to be theirs
        email: String,
        /// The name on bylines
        #[arg(long)]
        name: String,
        /// They look after the installation
        #[arg(long)]
        administrator: bool,
        /// A publication that they own; may be given more than once
        #[arg(long, value_name = "SLUG")]
        owner_of: Vec<String>,
    },
    /// Print a new link to set the password of an account; it works once, for 24 hours
    Link {
        /// The address of the account
        email: String,
    },
    /// Print a link to create the first administrator; it works once, for 24 hours
    SetupLink,
    /// Have an account look after the installation
    Administrator {
        /// The address of the account
        email: String,
        /// Take that back
        #[arg(long)]
        revoke: bool,
    },
    /// Keep an account from signing in, and end its sessions, access tokens and API keys for good
    Disable {
        /// The address of the account
        email: String,
    },
    /// Let an account sign in again; what was ended stays ended
    Enable {
        /// The address of the account
        email: String,
    },
}

/// What the fields of a problem are called here.
const FIELDS: Names = &[("email", "EMAIL"), ("displayName", "--name")];

/// Looks after accounts.
pub async fn run(config: &Config, arguments: &UserArguments) -> Result<(), Error> {
    log::start(&config.log);
    let store = database(config).await?;
    let output = Output(arguments.json);
    match &arguments.act {
        Act::List => list(&store, output).await,
        Act::Create {
            email,
            name,
            administrator,
            owner_of,
        } => {
            let new = Appointment {
                email: email.clone(),
                display_name: name.clone(),
                is_administrator: *administrator,
                publications: publications(&store, owner_of).await?,
            };
            create(config, &store, new, output).await
        }
        Act::Link { email } => link(config, &store, email, output).await,
        Act::SetupLink => print_setup_link(config, &store, output).await,
        Act::Administrator { email, revoke } => administrator(&store, email, !*revoke, output).await,
        Act::Disable { email } => disable(config, &store, email, true, output).await,
        Act::Enable { email } => disable(config, &store, email, false, output).await,
    }
}

async fn list(store: &Store, output: Output) -> Result<(), Error> {
    let mut request = PageRequest::first(100);
    loop {
        let page = account::list(store.read(), &request).await;
        let rows = page.map_err(Error::database("listing accounts"))?.items;
        for row in &rows {
            output.say(&shown(row), &text(row))?;
        }
        match rows.last() {
            Some(last) if rows.len() == 100 => request.after = Some(last.position()),
            _ => return Ok(()),
        }
    }
}

/// An account as JSON.
fn shown(row: &AccountRow) -> serde_json::Value {
    json!({
        "id": row.id.to_string(),
        "email": row.email,
        "username": row.username,
        "name": row.display_name,
        "state": state(row),
        "administrator": row.is_administrator,
    })
}

/// An account on a line.
fn text(row: &AccountRow) -> String {
    let email = row.email.as_deref().unwrap_or("-");
    let administrator = if row.is_administrator { ", administrator" } else { "" };
    format!("{email}  {}  {}{administrator}", row.username, state(row))
}

fn state(row: &AccountRow) -> &'static str {
    match (row.claimed_at, row.disabled_at) {
        (_, Some(_)) => "disabled",
        (Some(_), None) => "account",
        (None, None) => "imported author",
    }
}

/// The publications with these slugs.
async fn publications(store: &Store, slugs: &[String]) -> Result<Vec<PublicationId>, Error> {
    let mut ids = Vec::with_capacity(slugs.len());
    for slug in slugs {
        let found = publication::by_slug(store.read(), Some(slug)).await;
        let found = found.map_err(Error::database("looking for a publication"))?;
        let Some(publication) = found else {
            let page = publication::list(store.read(), &PageRequest::first(20)).await;
            let page = page.map_err(Error::database("listing publications"))?;
            let slugs: Vec<_> = page.items.into_iter().map(|row| row.slug).collect();
            let known = if slugs.is_empty() {
                "there is none yet, import a site or create one with the mutation publicationCreate".to_owned()
            } else {
                format!("there are {}", slugs.join(", "))
            };
            return Err(Error::Refused(format!(
                "--owner-of: there is no publication {slug:?}; {known}"
            )));
        };
        ids.push(publication.id);
    }
    Ok(ids)
}

async fn create(config: &Config, store: &Store, new: Appointment, output: Output) -> Result<(), Error> {
    let writing = async {
        let transaction = store.write().await?;
        let made = account::appoint(&transaction, new).await?;
        transaction.commit().await?;
        Ok::<_, Refusal>(made)
    };
    let (account, secret) = writing.await.map_err(refused(FIELDS))?;
    tell_link(config, &account, &secret, output)
}

async fn link(config: &Config, store: &Store, email: &str, output: Output) -> Result<(), Error> {
    let account = find(store, email).await?;
    if account.disabled_at.is_some() {
        return Err(Error::Refused(format!(
            "{email} is disabled; `quoin user enable` lets it sign in again"
        )));
    }
    let writing = async {
        let transaction = store.write().await?;
        let secret = account::password_link(&transaction, &account).await?;
        transaction.commit().await?;
        Ok::<_, Refusal>(secret)
    };
    let secret = writing.await.map_err(refused(FIELDS))?;
    tell_link(config, &account, &secret, output)
}

fn tell_link(config: &Config, account: &AccountRow, secret: &Secret, output: Output) -> Result<(), Error> {
    let link = link_to(config, "reset-password", secret);
    let mut json = shown(account);
    json["link"] = link.clone().into();
    output.say(
        &json,
        &format!("{}\nTo set the password, once, within 24 hours: {link}", text(account)),
    )
}

async fn print_setup_link(config: &Config, store: &Store, output: Output) -> Result<(), Error> {
    let Some(link) = setup_link(config, store).await? else {
        return Err(Error::Refused(
            "there is an administrator already; `quoin user administrator` makes more".to_owned(),
        ));
    };
    output.say(&json!({ "link": link }), &link)
}

/// A new link to create the first administrator; none once there is one.
pub(super) async fn setup_link(config: &Config, store: &Store) -> Result<Option<String>, Error> {
    let making = async {
        let transaction = store.write().await?;
        let secret = account::set_up_link(&transaction).await?;
        transaction.commit().await?;
        Ok(secret)
    };
    let secret = making.await.map_err(Error::database("making the set-up link"))?;
    Ok(secret.map(|secret| link_to(config, "setup", &secret)))
}

/// A link to a page of `/auth` with a secret.
fn link_to(config: &Config, page: &str, secret: &Secret) -> String {
    let base = config.base_url.as_str().trim_end_matches('/');
    format!("{base}/auth/{page}?token={}", secret.expose())
}

async fn administrator(store: &Store, email: &str, is_administrator: bool, output: Output) -> Result<(), Error> {
    let account = find(store, email).await?;
    if account.claimed_at.is_none() {
        return Err(Error::Refused(format!(
            "{email} is an imported author whom nobody has claimed; `quoin user link` makes a link to do so"
        )));
    }
    let writing = async {
        let transaction = store.write().await?;
        account::make_administrator(&transaction, account.id, is_administrator).await?;
        transaction.commit().await?;
        Ok::<_, Refusal>(())
    };
    writing.await.map_err(refused(FIELDS))?;
    let account = AccountRow {
        is_administrator,
        ..account
    };
    output.say(&shown(&account), &text(&account))
}

async fn disable(config: &Config, store: &Store, email: &str, is_end: bool, output: Output) -> Result<(), Error> {
    let account = find(store, email).await?;
    let accounts = app::accounts(config, store).await?;
    let changed = if is_end {
        account::disable(&accounts, Viewer::Operator, account.id).await
    } else {
        account::enable(&accounts, Viewer::Operator, account.id).await
    };
    let account = changed.map_err(refused(FIELDS))?;
    output.say(&shown(&account), &text(&account))
}

async fn find(store: &Store, email: &str) -> Result<AccountRow, Error> {
    let address = Email::parse(email).map_err(|problem| refused(FIELDS)(problem.into()))?;
    let found = account::by_email(store.read(), &address).await;
    let found = found.map_err(Error::database("looking for an account"))?;
    found.ok_or_else(|| Error::Refused(format!("nobody has the address {address}; `quoin user list` lists all")))
}
