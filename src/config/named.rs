//! Keys whose name holds a name that the operator chose, like `auth.providers.NAME.issuer`.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::key::{DefaultValue, Key};
use super::problem::{Origin, Problem};
use super::source::Entry;
use super::table::KEYS;

/// Stands for the chosen name.
pub const PLACEHOLDER: &str = "NAME";

/// What is known of names that people know: the key's end, and its value when nobody sets it. GitHub has no issuer, since
/// it speaks OAuth without OpenID.
const WELL_KNOWN: &[(&str, &str)] = &[
    ("auth.providers.google.issuer", "https://accounts.google.com"),
    ("auth.providers.google.label", "Google"),
    ("auth.providers.github.label", "GitHub"),
];

/// The provider that needs no issuer.
const WITHOUT_ISSUER: &str = "auth.providers.github.issuer";

/// Whether a name can be chosen.
pub fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// The parts around the chosen name of a key that has one: `("auth.providers.", ".issuer")`.
pub fn around(key: &Key) -> Option<(&'static str, &'static str)> {
    key.name.split_once(PLACEHOLDER)
}

/// What stands for the placeholder of a key in this name, whether it can be chosen or not.
pub fn chosen<'a>(key: &Key, name: &'a str) -> Option<&'a str> {
    let (before, after) = around(key)?;
    name.strip_prefix(before)?.strip_suffix(after)
}

/// Variables cannot hold a dash: `MY_IDP` stands for `my-idp`.
pub fn of_variable(key: String) -> String {
    for template in KEYS {
        if let (Some((before, after)), Some(name)) = (around(template), chosen(template, &key)) {
            return format!("{before}{}{after}", name.replace('_', "-"));
        }
    }
    key
}

/// Every key as it is called in this configuration: those with a placeholder once for each chosen name.
pub fn all(entries: &BTreeMap<String, Entry>) -> Vec<(String, &'static Key)> {
    let mut keys = Vec::new();
    for key in KEYS {
        match around(key) {
            None => keys.push((key.name.to_owned(), key)),
            Some((before, after)) => {
                let names = names(before, entries);
                keys.extend(names.into_iter().map(|name| (format!("{before}{name}{after}"), key)));
            }
        }
    }
    keys
}

/// The names chosen below a section.
fn names<'a>(section: &str, entries: &'a BTreeMap<String, Entry>) -> BTreeSet<&'a str> {
    entries
        .keys()
        .filter_map(|entry| {
            KEYS.iter()
                .filter(|key| around(key).is_some_and(|(before, _)| before == section))
                .find_map(|key| chosen(key, entry))
        })
        .filter(|name| is_name(name))
        .collect()
}

/// Gives what nobody has set, in sections that somebody has begun, and reports what must be set.
pub fn complete(entries: &mut BTreeMap<String, Entry>, problems: &mut Vec<Problem>) {
    for (name, key) in all(entries) {
        let Some(chosen) = chosen(key, &name) else { continue };
        if entries.contains_key(&name) {
            continue;
        }
        let known = WELL_KNOWN.iter().find(|(known, _)| *known == name);
        let value = match (known, &key.default) {
            (Some((_, value)), _) | (None, DefaultValue::Value(value)) => (*value).to_owned(),
            (None, DefaultValue::ChosenName) => chosen.to_owned(),
            (None, DefaultValue::Required) if name != WITHOUT_ISSUER => {
                let section = name.rsplit_once('.').map_or("", |(section, _)| section);
                let sibling = entries
                    .iter()
                    .find(|(other, _)| other.rsplit_once('.').is_some_and(|(other, _)| other == section));
                let origin = sibling.map_or(Origin::BuiltIn, |(_, entry)| entry.origin.clone());
                let message = format!("is missing; use {}", key.kind.allowed());
                problems.push(Problem::new(Some(&name), origin, message));
                continue;
            }
            _ => continue,
        };
        let entry = Entry {
            value: Value::String(value),
            origin: Origin::BuiltIn,
        };
        entries.insert(name, entry);
    }
}

/// Reports issuers of tokens that stand in two sections: a token could not choose between them.
pub fn check_issuers(values: &BTreeMap<String, Value>, entries: &BTreeMap<String, Entry>, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let issuers = values
        .iter()
        .filter(|(name, _)| name.starts_with("auth.issuers.") && name.ends_with(".issuer"));
    for (name, value) in issuers {
        if let Some(first) = value.as_str().and_then(|issuer| seen.insert(issuer, name)) {
            let origin = entries.get(name).map_or(Origin::BuiltIn, |entry| entry.origin.clone());
            problems.push(Problem::new(Some(name), origin, format!("{first} is the same")));
        }
    }
}
