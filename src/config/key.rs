//! A configuration key: its name, default and allowed values, and how it is documented.

use super::kind::Kind;
use super::named;
use super::table::KEYS;

/// One thing that can be configured.
#[derive(Debug)]
pub struct Key {
    /// `section.name`, as in `quoin.toml`; `NAME` in it stands for a name that the operator chooses.
    pub name: &'static str,
    /// What it is when nobody sets it.
    pub default: DefaultValue,
    /// What it may be.
    pub kind: Kind,
    /// What it is for, one line of Markdown.
    pub meaning: &'static str,
}

/// What a key is when nobody sets it.
#[derive(Debug)]
pub enum DefaultValue {
    /// This, written as in the environment.
    Value(&'static str),
    /// Nothing.
    None,
    /// On in development, off in production.
    OnInDevelopment,
    /// The name that the operator chose for its section.
    ChosenName,
    /// It must be set, once its section has begun.
    Required,
}

impl Key {
    /// The environment variables that set it, the strongest first.
    pub fn variables(&self) -> Vec<String> {
        let mut variables = vec![format!("QUOIN_{}", self.name.replace('.', "__").to_uppercase())];
        variables.extend(
            COMMON_VARIABLES
                .iter()
                .filter(|(_, key)| *key == self.name)
                .map(|(name, _)| (*name).to_owned()),
        );
        variables
    }

    /// Its row in `docs/configuration.md`.
    pub fn documentation(&self) -> String {
        let variables: Vec<_> = self.variables().iter().map(|name| format!("`{name}`")).collect();
        let default = match self.default {
            DefaultValue::Value("") | DefaultValue::None => "none".to_owned(),
            DefaultValue::Value(value) => format!("`{value}`"),
            DefaultValue::OnInDevelopment => "`true` in development, `false` in production".to_owned(),
            DefaultValue::ChosenName => format!("`{}`", named::PLACEHOLDER),
            DefaultValue::Required => "must be set".to_owned(),
        };
        let Self {
            name, kind, meaning, ..
        } = self;
        format!(
            "| `{name}` | {} | {default} | {} | {meaning} |",
            variables.join(", "),
            kind.allowed()
        )
    }
}

/// Variables without our prefix that people expect to be read, and the key that each sets.
pub const COMMON_VARIABLES: &[(&str, &str)] = &[("DATABASE_URL", "database.url"), ("REDIS_URL", "redis.url")];

/// Says that no such key exists, and which one may have been meant.
pub fn unknown(name: &str) -> String {
    if KEYS.iter().any(|key| is_section(key, name)) {
        return "this is a section, not a key".to_owned();
    }
    if let Some(chosen) = KEYS.iter().find_map(|key| named::chosen(key, name)) {
        return format!("{chosen:?} cannot be a name here; use at most 32 of a-z, 0-9 and - (not first or last)");
    }
    let similar = KEYS
        .iter()
        .map(|key| {
            // The chosen name is the operator's own; compare the rest.
            let chosen = named::around(key)
                .and_then(|(before, _)| name.strip_prefix(before)?.split('.').next())
                .filter(|name| named::is_name(name));
            let key = chosen.map_or_else(
                || key.name.to_owned(),
                |chosen| key.name.replace(named::PLACEHOLDER, chosen),
            );
            (strsim::jaro_winkler(&key, name), key)
        })
        .max_by(|(left, _), (right, _)| left.total_cmp(right));
    match similar {
        Some((similarity, key)) if similarity > 0.85 => format!("there is no such key; did you mean {key}?"),
        _ => "there is no such key".to_owned(),
    }
}

/// Whether a key stands somewhere below this name.
fn is_section(key: &Key, name: &str) -> bool {
    let mut segments = key.name.split('.');
    let is_prefix = name.split('.').all(|segment| {
        segments
            .next()
            .is_some_and(|other| other == segment || (other == named::PLACEHOLDER && named::is_name(segment)))
    });
    is_prefix && segments.next().is_some()
}
