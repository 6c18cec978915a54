//! What is wrong with a configuration.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use super::source::Entry;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The default.
    BuiltIn,
    /// The configuration file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A flag of the command.
    Flag(&'static str),
}

impl Display for Origin {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => formatter.write_str("the default"),
            Self::File(path) => path.display().fmt(formatter),
            Self::Variable(name) => formatter.write_str(name),
            Self::Flag(name) => formatter.write_str(name),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key; none when a source as a whole is unreadable.
    pub key: Option<String>,
    /// Where its value came from.
    pub origin: Origin,
    /// What is wrong and what is allowed, one line, nothing secret.
    pub message: String,
}

impl Problem {
    pub(super) fn new(key: Option<&str>, origin: Origin, message: impl Into<String>) -> Self {
        Self {
            key: key.map(str::to_owned),
            origin,
            message: message.into(),
        }
    }
}

/// That a key must be set, since another one is.
pub(super) fn missing(name: &str, because: &str, entries: &BTreeMap<String, Entry>) -> Problem {
    let origin = entries
        .get(because)
        .map_or(Origin::BuiltIn, |entry| entry.origin.clone());
    Problem::new(Some(name), origin, format!("must be set, since {because} is"))
}

impl Display for Problem {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { key, origin, message } = self;
        match key {
            Some(key) => write!(formatter, "{key} (from {origin}): {message}"),
            None => write!(formatter, "{origin}: {message}"),
        }
    }
}

/// Everything that is wrong; at least one thing. `Display` is one line, or a heading and a line per problem.
#[derive(Debug)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Each problem, in no promised order.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl Display for ConfigError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if let [problem] = self.problems.as_slice() {
            return write!(formatter, "configuration: {problem}");
        }
        write!(formatter, "configuration: {} problems", self.problems.len())?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(formatter, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigError {}
