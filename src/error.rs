//! What can go wrong, for the operator: the person who starts a command and reads its last line. What a client of the
//! API may read is `graphql`'s and `http`'s own matter.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use sea_orm::DbErr;

use crate::config::{ConfigError, SecretUrl};
use crate::domain::signing_key::KeyError;
use crate::domain::trusted_document::Fault;
use crate::store::{driver_text, is_unreachable};

/// Why a command failed. `Display` says what and where, in words for a terminal, without anything secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be opened.
    #[error(
        "cannot {} the database {url}: {}",
        if is_unreachable(cause) { "reach" } else { "use" },
        driver_text(cause)
    )]
    Unopened {
        /// Which one.
        url: SecretUrl,
        /// What its driver says.
        cause: DbErr,
    },
    /// The database refused a statement.
    #[error("the database failed while {act}: {}", driver_text(cause))]
    Database {
        /// What was being done.
        act: &'static str,
        /// What its driver says.
        cause: DbErr,
    },
    /// A file or folder could not be used.
    #[error("cannot {act} {}: {cause}", path.display())]
    File {
        /// What was being done: "read", "write", "make the folder".
        act: &'static str,
        /// Which one.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {cause}{}", hint(cause))]
    Listen {
        /// Which one.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// The system refused something else.
    #[error("{act}: {cause}")]
    System {
        /// What was being done.
        act: &'static str,
        /// What the system says.
        cause: io::Error,
    },
    /// The keys that tokens are signed with cannot be had.
    #[error("{cause}")]
    Keys {
        /// Why.
        #[from]
        cause: KeyError,
    },
    /// The manifest of documents is not what it should be.
    #[error("the manifest of documents {} cannot be used: {fault}", path.display())]
    Manifest {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it, or with one of its documents.
        fault: Fault,
    },
    /// A site could not be brought in.
    #[error("{cause}")]
    Import {
        /// Why.
        #[from]
        cause: crate::import::ImportError,
    },
    /// An archive could not be made, or not brought in.
    #[error("{cause}")]
    Archive {
        /// Why.
        #[from]
        cause: crate::archive::ArchiveError,
    },
    /// A rule does not allow what was asked for, or there is no such thing; what is allowed.
    #[error("{0}")]
    Refused(String),
    /// The command did its work, and what it found is not good; it has said what.
    #[error("{0}")]
    Found(String),
}

/// How to mend what is commonly wrong with an address.
fn hint(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::AddrInUse => "; stop the program that uses it, or choose another address with --listen",
        io::ErrorKind::PermissionDenied => "; ports below 1024 need special rights, choose another with --listen",
        _ => "",
    }
}

impl Error {
    /// A failure while doing something to a file: `result.map_err(Error::file("read", &path))`.
    pub fn file(act: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { act, path, cause }
    }

    /// A failure of the system: `result.map_err(Error::system("cannot start threads"))`.
    pub fn system(act: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::System { act, cause }
    }

    /// A failure of the database while doing something: `result.map_err(Error::database("migrating"))`.
    pub fn database(act: &'static str) -> impl FnOnce(DbErr) -> Self {
        move |cause| Self::Database { act, cause }
    }
}
