//! The commands: a file per command. Each one reads the configuration, has `app` build what it needs, and says on
//! standard output what it was asked for. Exit codes: 0 done, 1 failed, 2 wrongly used.

mod client;
mod doctor;
mod export;
pub mod import;
mod jobs;
mod key;
mod migrate;
mod schema;
mod serve;
mod user;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use futures_util::future::select_all;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::{Config, Flag, Sources};
use crate::domain::process::{self, Work};
use crate::domain::refusal::{Problem, Refusal, too_often};
use crate::error::Error;
use crate::store::Store;
use crate::{app, log};

/// Quoin, a headless publishing back end: bring a site in, build any front end on its GraphQL API.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Arguments {
    /// The configuration file [default: quoin.toml, if it is there]
    #[arg(
        long,
        global = true,
        env = "QUOIN_CONFIG",
        value_name = "FILE",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Migrate the database and serve the site
    Serve(serve::ServeArguments),
    /// Bring a site in; running it again changes only what has changed
    Import(import::ImportArguments),
    /// Write the whole site into one file, to be moved or kept
    Export(export::ExportArguments),
    /// Bring the database's tables to another version
    Migrate(migrate::MigrateArguments),
    /// Look after people's accounts
    User(user::UserArguments),
    /// Look after the keys that sign tokens
    Key(key::KeyArguments),
    /// Look after the applications that people may let in
    Client(client::ClientArguments),
    /// Look after jobs: what is to be done later, and what could not be done
    Jobs(jobs::JobsArguments),
    /// Print the GraphQL schema
    Schema,
    /// Check configuration, database, cache, disk and port, and say how to mend what is wrong
    Doctor,
}

/// Runs the command that the process was started with, and says on standard error why it failed if it did.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = execute(arguments);
    log::flush();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody can be told, the exit code remains.
            let _ = writeln!(io::stderr(), "quoin: {error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(Arguments { config: file, command }: Arguments) -> Result<(), Error> {
    let configure = |flags: Vec<Flag>| Config::load(Sources::of_process(file, flags));
    match command {
        Command::Serve(arguments) => {
            let config = configure(arguments.flags())?;
            in_runtime(serve::run(&config, &arguments))
        }
        Command::Import(arguments) => in_runtime(import::run(&configure(Vec::new())?, &arguments)),
        Command::Export(arguments) => in_runtime(export::run(&configure(Vec::new())?, &arguments)),
        Command::Migrate(arguments) => in_runtime(migrate::run(&configure(Vec::new())?, &arguments)),
        Command::User(arguments) => in_runtime(user::run(&configure(Vec::new())?, &arguments)),
        Command::Key(arguments) => in_runtime(key::run(&configure(Vec::new())?, &arguments)),
        Command::Client(arguments) => in_runtime(client::run(&configure(Vec::new())?, &arguments)),
        Command::Jobs(arguments) => in_runtime(jobs::run(&configure(Vec::new())?, &arguments)),
        Command::Schema => schema::run(),
        Command::Doctor => in_runtime(doctor::run(configure(Vec::new()))),
    }
}

/// Drives a command to its end.
fn in_runtime(command: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Error::system("cannot start threads"))?;
    let done = runtime.block_on(command);
    // A thread that still reads the source of an interrupted import is not waited for.
    runtime.shutdown_background();
    done
}

/// Completes on SIGINT, SIGTERM or SIGHUP.
fn interruption() -> Result<impl Future<Output = ()>, Error> {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let signals: io::Result<Vec<Signal>> = kinds.into_iter().map(signal).collect();
    let mut signals = signals.map_err(Error::system("cannot wait for signals"))?;
    Ok(async move {
        let waiting = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
        select_all(waiting).await;
    })
}

/// Does work on the whole instance of which other processes know, until it is done or interrupted.
async fn at_work<T, E: Into<Error>>(
    store: &Store,
    work: Work,
    doing: impl Future<Output = Result<T, E>>,
) -> Result<T, Error> {
    let stop = interruption()?;
    let registration = process::start(store, work)
        .await
        .map_err(|error| Error::Refused(error.to_string()))?;
    let done = tokio::select! {
        done = doing => done.map_err(Into::into),
        () = stop => Err(Error::Refused("interrupted".to_owned())),
    };
    registration.end().await;
    done
}

/// The database, brought to the newest form.
async fn database(config: &Config) -> Result<Store, Error> {
    let store = app::open_store(config).await?;
    app::migrate(&store).await?;
    Ok(store)
}

/// The fields of a domain's input, and what they are called on the command line.
type Names = &'static [(&'static str, &'static str)];

/// Says on one line why the domain refused something, in the words of the command line.
fn refused(names: Names) -> impl Fn(Refusal) -> Error {
    let say = move |problem: &Problem| {
        let name = problem.field.map(|field| {
            let known = names.iter().find(|(name, _)| *name == field);
            known.map_or(field, |(_, name)| *name)
        });
        let message = problem.message.trim_end_matches('.');
        name.map_or_else(|| message.to_owned(), |name| format!("{name}: {message}"))
    };
    move |refusal| match refusal {
        Refusal::Invalid(problems) => Error::Refused(problems.iter().map(say).collect::<Vec<_>>().join("; ")),
        Refusal::NotFound(what) => Error::Refused(format!("there is no such {what}")),
        Refusal::Denied(denied) => Error::Refused(denied.message()),
        Refusal::Conflict(conflict) => Error::Refused(conflict.message()),
        Refusal::Busy => Error::Refused("there is too much to do at the moment; try again".to_owned()),
        Refusal::TooOften(wait) => Error::Refused(too_often(wait)),
        Refusal::Database(cause) => Error::database("doing that")(cause),
        Refusal::Internal(text) => Error::Refused(text),
    }
}

/// How a command says what it did: for people, or an object a line for scripts.
#[derive(Clone, Copy)]
struct Output(bool);

impl Output {
    fn is_json(self) -> bool {
        self.0
    }

    fn say(self, json: &serde_json::Value, text: &str) -> Result<(), Error> {
        if self.0 { print(json) } else { print(text) }
    }
}

/// Writes to standard output. A reader that has gone away (`quoin schema | head`) is no failure.
fn print(text: impl std::fmt::Display) -> Result<(), Error> {
    let mut output = io::stdout().lock();
    match writeln!(output, "{text}").and_then(|()| output.flush()) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::system("cannot write to standard output")(cause))
        }
        _ => Ok(()),
    }
}
