//! `quoin client`

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Names, Output, database, refused};
use crate::config::Config;
use crate::domain::Viewer;
use crate::domain::oauth_client::{self, ClientRow, GrantType, NewClient};
use crate::domain::page::PageRequest;
use crate::domain::refusal::Refusal;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::session::client_name;
use crate::error::Error;
use crate::log;
use crate::store::Store;
use crate::token::Secret;

#[derive(Debug, Args)]
pub struct ClientArguments {
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List the applications
    List,
    /// Register an application, and print its id and, this once, its secret
    Create(CreateArguments),
    /// Give a confidential application another secret; the old one is worth nothing at once
    RotateSecret {
        /// The application
        client_id: String,
    },
    /// Remove an application, and end every session that it has
    Delete {
        /// The application
        client_id: String,
    },
}

#[derive(Debug, Args)]
struct CreateArguments {
    /// What people know it by
    name: String,
    /// Where codes may be sent, to the letter; may be given more than once
    #[arg(long, value_name = "URI")]
    redirect_uri: Vec<String>,
    /// What it may be let do: scopes parted by spaces
    #[arg(long, value_name = "SCOPES", value_parser = scopes)]
    scope: Scopes,
    /// It can keep a secret, as a server can, and a browser or phone cannot
    #[arg(long)]
    confidential: bool,
    /// People are not asked for their consent: for applications of your own
    #[arg(long)]
    trusted: bool,
    /// How it may get tokens; may be given more than once [default: `authorization_code` and `refresh_token`]
    #[arg(long, value_name = "GRANT", value_parser = PossibleValuesParser::new(GrantType::ALL.map(GrantType::name)))]
    grant: Vec<String>,
}

/// Reads scopes as they stand in requests.
fn scopes(text: &str) -> Result<Scopes, String> {
    Scopes::parse(text).map_err(|name| {
        let allowed = Scopes::ALL.without(Scope::Account);
        format!("there is no scope {name:?}; use some of: {allowed}")
    })
}

/// What the fields of a problem are called here.
const FIELDS: Names = &[
    ("name", "NAME"),
    ("redirectUris", "--redirect-uri"),
    ("scopes", "--scope"),
    ("grantTypes", "--grant"),
];

/// Looks after applications.
pub async fn run(config: &Config, arguments: &ClientArguments) -> Result<(), Error> {
    log::start(&config.log);
    let store = database(config).await?;
    let output = Output(arguments.json);
    match &arguments.act {
        Act::List => list(&store, output).await,
        Act::Create(new) => create(&store, new, output).await,
        Act::RotateSecret { client_id } => rotate(&store, client_id, output).await,
        Act::Delete { client_id } => delete(&store, client_id, output).await,
    }
}

async fn list(store: &Store, output: Output) -> Result<(), Error> {
    let mut request = PageRequest::first(100);
    loop {
        let page = oauth_client::list(store.read(), &request).await;
        let rows = page.map_err(Error::database("listing applications"))?.items;
        for row in &rows {
            output.say(&shown(row, None), &text(row, None))?;
        }
        match rows.last() {
            Some(last) if rows.len() == 100 => request.after = Some(last.position()),
            _ => return Ok(()),
        }
    }
}

/// An application as JSON.
fn shown(row: &ClientRow, secret: Option<&Secret>) -> Value {
    let grants: Vec<_> = row.grant_types().into_iter().map(GrantType::name).collect();
    let mut shown = json!({
        "clientId": client_name(row.id),
        "name": row.name,
        "redirectUris": row.redirect_uris(),
        "scope": row.scope,
        "grantTypes": grants,
        "confidential": row.is_confidential(),
        "trusted": row.is_trusted,
    });
    if let Some(secret) = secret {
        shown["clientSecret"] = secret.expose().into();
    }
    shown
}

/// An application for people.
fn text(row: &ClientRow, secret: Option<&Secret>) -> String {
    let kind = if row.is_confidential() {
        "confidential"
    } else {
        "public"
    };
    let trusted = if row.is_trusted { ", trusted" } else { "" };
    let line = format!("{}  {}  {kind}{trusted}  {}", client_name(row.id), row.name, row.scope);
    match secret {
        Some(secret) => format!("{line}\nIts secret, shown this once: {}", secret.expose()),
        None => line,
    }
}

async fn create(store: &Store, new: &CreateArguments, output: Output) -> Result<(), Error> {
    let grant_types = if new.grant.is_empty() {
        vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
    } else {
        new.grant.iter().filter_map(|name| GrantType::named(name)).collect()
    };
    let new = NewClient {
        name: new.name.clone(),
        is_confidential: new.confidential,
        redirect_uris: new.redirect_uri.clone(),
        scopes: new.scope,
        grant_types,
        is_trusted: new.trusted,
    };
    let writing = async {
        let transaction = store.write().await?;
        let made = oauth_client::create(&transaction, Viewer::Operator, new).await?;
        transaction.commit().await?;
        Ok::<_, Refusal>(made)
    };
    let (row, secret) = writing.await.map_err(refused(FIELDS))?;
    output.say(&shown(&row, secret.as_ref()), &text(&row, secret.as_ref()))
}

async fn rotate(store: &Store, client_id: &str, output: Output) -> Result<(), Error> {
    let row = find(store, client_id).await?;
    let writing = async {
        let transaction = store.write().await?;
        let rotated = oauth_client::rotate_secret(&transaction, Viewer::Operator, row.id).await?;
        transaction.commit().await?;
        Ok::<_, Refusal>(rotated)
    };
    let (row, secret) = writing.await.map_err(refused(FIELDS))?;
    output.say(&shown(&row, Some(&secret)), &text(&row, Some(&secret)))
}

async fn delete(store: &Store, client_id: &str, output: Output) -> Result<(), Error> {
    let row = find(store, client_id).await?;
    let writing = async {
        let transaction = store.write().await?;
        let deleted = oauth_client::delete(&transaction, Viewer::Operator, row.id).await?;
        transaction.commit().await?;
        Ok::<_, Refusal>(deleted)
    };
    let row = writing.await.map_err(refused(FIELDS))?;
    output.say(&shown(&row, None), &format!("{} is removed", row.name))
}

async fn find(store: &Store, client_id: &str) -> Result<ClientRow, Error> {
    let found = oauth_client::by_name(store.read(), client_id).await;
    let found = found.map_err(Error::database("looking for an application"))?;
    found.ok_or_else(|| {
        Error::Refused(format!(
            "there is no application {client_id:?}; `quoin client list` lists all"
        ))
    })
}
