//! Where configuration comes from: defaults, `quoin.toml`, the environment, flags.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::key::{COMMON_VARIABLES, DefaultValue};
use super::named;
use super::problem::{Origin, Problem};
use super::table::KEYS;

/// Read when no other file is named, if it is there.
const USUAL_FILE: &str = "quoin.toml";

/// A flag that sets a key.
#[derive(Clone, Debug)]
pub struct Flag {
    /// As typed, with its dashes.
    pub name: &'static str,
    /// The key that it sets.
    pub key: &'static str,
    /// What to.
    pub value: String,
}

/// Everything that configuration is read from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that the operator named; without one `quoin.toml` in the working folder is read if it is there.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Flags of the command, the strongest.
    pub flags: Vec<Flag>,
}

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub value: Value,
    pub origin: Origin,
}

impl Sources {
    /// The sources of this process.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<Flag>) -> Self {
        Self {
            file,
            environment: std::env::vars_os().collect(),
            flags,
        }
    }

    /// All values by key, later sources over earlier ones; what cannot be read becomes a problem.
    pub(super) fn read(self, problems: &mut Vec<Problem>) -> BTreeMap<String, Entry> {
        let mut entries = BTreeMap::new();
        for key in KEYS {
            if let (DefaultValue::Value(value), None) = (&key.default, named::around(key)) {
                let value = Value::String((*value).to_owned());
                entries.insert(
                    key.name.to_owned(),
                    Entry {
                        value,
                        origin: Origin::BuiltIn,
                    },
                );
            }
        }
        let file = self
            .file
            .or_else(|| Some(PathBuf::from(USUAL_FILE)).filter(|path| path.exists()));
        if let Some(path) = file {
            match read_file(&path) {
                Ok(table) => flatten(table, "", &Origin::File(path), &mut entries),
                Err(message) => problems.push(Problem::new(None, Origin::File(path), message)),
            }
        }
        read_environment(self.environment, &mut entries, problems);
        for flag in self.flags {
            let entry = Entry {
                value: Value::String(flag.value),
                origin: Origin::Flag(flag.name),
            };
            entries.insert(flag.key.to_owned(), entry);
        }
        entries
    }
}

fn read_file(path: &Path) -> Result<Table, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    toml::from_str(&text).map_err(|error| {
        let message = error.message().replace('\n', ", ");
        match error.span() {
            Some(span) => {
                let before = text.get(..span.start).unwrap_or(&text);
                let line = before.matches('\n').count() + 1;
                let column = before.chars().rev().take_while(|&letter| letter != '\n').count() + 1;
                format!("line {line}, column {column}: {message}")
            }
            None => message,
        }
    })
}

/// `[a] b = 1` as `a.b`.
fn flatten(table: Table, prefix: &str, origin: &Origin, entries: &mut BTreeMap<String, Entry>) {
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        match value {
            Value::Table(table) => flatten(table, &format!("{name}."), origin, entries),
            value => {
                entries.insert(
                    name,
                    Entry {
                        value,
                        origin: origin.clone(),
                    },
                );
            }
        }
    }
}

/// An empty variable counts as not set, since container tools pass unset ones on as empty.
fn read_environment(
    environment: Vec<(OsString, OsString)>,
    entries: &mut BTreeMap<String, Entry>,
    problems: &mut Vec<Problem>,
) {
    // Ours come after the common ones, so that they win.
    let mut variables: Vec<_> = environment
        .into_iter()
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let common = COMMON_VARIABLES.iter().find(|(common, _)| *common == name);
            let key = match common {
                Some((_, key)) => (*key).to_owned(),
                None => named::of_variable(
                    name.strip_prefix("QUOIN_")
                        .filter(|rest| !is_foreign(rest))?
                        .to_lowercase()
                        .replace("__", "."),
                ),
            };
            (!value.is_empty()).then_some((common.is_none(), name, key, value))
        })
        .collect();
    variables.sort();
    for (_, name, key, value) in variables {
        let origin = Origin::Variable(name);
        match value.into_string() {
            Ok(value) => {
                entries.insert(
                    key,
                    Entry {
                        value: Value::String(value),
                        origin,
                    },
                );
            }
            Err(_) => problems.push(Problem::new(Some(&key), origin, "the value is not UTF-8")),
        }
    }
}

/// Variables with our prefix that are not configuration: the file's name, and what Kubernetes and Docker links set
/// when a service is called "quoin" (`QUOIN_SERVICE_HOST`, `QUOIN_PORT_8080_TCP_ADDR`).
fn is_foreign(name: &str) -> bool {
    name == "CONFIG" || name == "PORT" || name.starts_with("PORT_") || name.starts_with("SERVICE_")
}
