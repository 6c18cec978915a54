//! What identities stand on: the secret, the keys that it seals, and others who vouch for people.

use std::os::unix::fs::PermissionsExt;

use super::{Finding, within_patience};
use crate::app;
use crate::config::Config;
use crate::domain::signing_key;
use crate::store::{self, driver_text};

/// The rights of anybody but the owner of a file.
const OTHERS: u32 = 0o077;

/// Whether the secret is kept as one.
pub fn secret(config: &Config) -> Finding {
    if config.auth.secret.is_some() {
        return Ok("auth.secret is configured".to_owned());
    }
    let path = app::secret_file(config);
    let shown = path.display();
    let Ok(file) = std::fs::metadata(&path) else {
        return Ok(format!("{shown}, made at the first start"));
    };
    let mode = file.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(format!(
            "others may read {shown} (mode {mode:o}); run `chmod 600 {shown}`"
        ));
    }
    match app::existing_master(config) {
        Ok(_) => Ok(shown.to_string()),
        Err(error) => Err(format!(
            "{error}; put it back from a copy, or remove it and run `quoin key rotate --now`"
        )),
    }
}

/// Whether the signing keys can be opened. The database is known to answer.
pub async fn signing_keys(config: &Config) -> Finding {
    let url = &config.database.url;
    let is_new = store::sqlite_path(url.expose()).is_some_and(|file| !file.exists());
    let none = || Ok("made at the first start".to_owned());
    if is_new {
        return none();
    }
    let connection = within_patience(store::connect(url.expose(), 1), driver_text).await?;
    let has_secret = config.auth.secret.is_some() || app::secret_file(config).exists();
    if !has_secret {
        let rows = within_patience(signing_key::list(&connection), driver_text).await?;
        if rows.is_empty() {
            return none();
        }
        let path = app::secret_file(config);
        return Err(format!(
            "the secret that they are sealed with is gone: put {} back, set auth.secret, or make new keys with `quoin key \
             rotate --now`",
            path.display()
        ));
    }
    let master = app::existing_master(config).map_err(|error| error.to_string())?;
    match within_patience(signing_key::probe(&connection, &master), ToString::to_string).await? {
        Some(algorithm) => Ok(format!("{}, opened with the secret", algorithm.name())),
        None => none(),
    }
}

/// Whether outside providers and issuers can be reached, a line each.
pub async fn outside(config: &Config) -> Vec<(String, Finding)> {
    let mut findings = Vec::new();
    match app::providers(config) {
        Ok(providers) => {
            for listed in providers.list() {
                let name = listed.name;
                let finding = match providers.begin(name).await {
                    Ok(_) => Ok("can be reached".to_owned()),
                    Err(fault) => {
                        let problem = fault.cause().unwrap_or_else(|| fault.public_text());
                        Err(format!(
                            "cannot be used ({problem}); correct auth.providers.{name}, or wait until it answers"
                        ))
                    }
                };
                findings.push((format!("provider {name}"), finding));
            }
        }
        Err(error) => findings.push(("providers".to_owned(), Err(error.to_string()))),
    }
    let issuers = match app::trusted_issuers(config) {
        Ok(issuers) => issuers,
        Err(error) => {
            findings.push(("issuers".to_owned(), Err(error.to_string())));
            return findings;
        }
    };
    for (name, issuer) in &config.auth.issuers {
        let Some(issuers) = &issuers else { continue };
        let finding = match issuers.probe(&issuer.issuer).await {
            Ok(()) => Ok(format!("{}, its keys can be read", issuer.issuer)),
            Err(problem) => Err(format!(
                "{}: {problem}; correct auth.issuers.{name}, or wait until it answers",
                issuer.issuer
            )),
        };
        findings.push((format!("issuer {name}"), finding));
    }
    findings
}
