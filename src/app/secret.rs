//! The installation's own secret.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::config::Config;
use crate::error::Error;
use crate::token::{self, Master};

/// The shortest secret of an installation, in bytes.
const SHORTEST_SECRET: usize = 32;

/// What the accounts of this installation are sealed and signed with: configured, or made at the first start and kept in
/// the data folder, for this user alone.
pub fn master(config: &Config) -> Result<Master, Error> {
    let path = secret_file(config);
    if config.auth.secret.is_none() && !path.exists() {
        make_secret(&config.data_dir, &path).map_err(Error::file("write", &path))?;
    }
    existing_master(config)
}

/// As [`master`], but nothing is made.
pub fn existing_master(config: &Config) -> Result<Master, Error> {
    if let Some(secret) = &config.auth.secret {
        return Ok(Master::new(secret.expose()));
    }
    let path = secret_file(config);
    let secret = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    if secret.trim().len() < SHORTEST_SECRET {
        return Err(Error::file("use", &path)(io::Error::other(format!(
            "a secret has {SHORTEST_SECRET} characters or more"
        ))));
    }
    Ok(Master::new(secret.trim()))
}

/// Where the secret is kept that nobody configured.
pub fn secret_file(config: &Config) -> PathBuf {
    config.data_dir.join("secret.key")
}

/// Makes the file whole or not at all: of two processes that start together, the other one reads the same.
fn make_secret(folder: &Path, path: &Path) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(folder)?; // For this user alone.
    file.write_all(token::Secret::new().expose().as_bytes())?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}
