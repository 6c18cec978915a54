//! What goes wrong in a resolver: what the client may read, apart from what only the log may.

use std::time::Duration;

use async_graphql::ErrorExtensions;
use sea_orm::DbErr;

use super::id::{NodeType, encode};
use crate::domain::refusal::{Conflict, Denied, Refusal, UNAVAILABLE, too_often};
use crate::store::read::is_over_budget;
use crate::store::{is_transient, log_failure};

/// A fault of a resolver. It has no `Display`, so that no internal text becomes a client's by way of `?`.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The client asked for something that cannot be asked for: field, fault and what is allowed.
    BadRequest(String),
    /// The viewer may not; why.
    Denied(Denied),
    /// There is no such thing, or not for this viewer; its name.
    NotFound(&'static str),
    /// The viewer does this too often; how long until they may again.
    TooOften(Duration),
    /// Somebody else changed it meanwhile.
    Conflict(Conflict),
    /// The database does not answer, at least not now.
    Unavailable,
    /// Ours; the cause is in the log.
    Internal,
}

/// What resolvers return.
pub type Result<T> = std::result::Result<T, Fault>;

impl From<&DbErr> for Fault {
    fn from(error: &DbErr) -> Self {
        // The request is over: `Api::execute` says why.
        if is_over_budget(error) {
            return Self::Unavailable;
        }
        log_failure(error, "a field cannot be executed: the database failed");
        if is_transient(error) {
            Self::Unavailable
        } else {
            Self::Internal
        }
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        Self::from(&error)
    }
}

impl From<Denied> for Fault {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Denied(denied) => Self::Denied(denied),
            Refusal::NotFound(what) => Self::NotFound(what),
            // Mutations tell these as `userErrors`, see `payload.rs`.
            Refusal::Invalid(problems) => {
                let messages: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
                Self::BadRequest(messages.join(" "))
            }
            Refusal::Conflict(conflict) => Self::Conflict(conflict),
            Refusal::Busy => Self::Unavailable,
            Refusal::TooOften(wait) => Self::TooOften(wait),
            Refusal::Database(error) => Self::from(&error),
            Refusal::Internal(cause) => {
                tracing::error!(cause, "a verb failed");
                Self::Internal
            }
        }
    }
}

impl From<Fault> for async_graphql::Error {
    fn from(fault: Fault) -> Self {
        let (code, message) = match fault {
            Fault::BadRequest(message) => ("BAD_REQUEST", message),
            Fault::Denied(denied @ Denied::Unauthenticated) => ("UNAUTHENTICATED", denied.message()),
            Fault::Denied(denied) => ("FORBIDDEN", denied.message()),
            Fault::NotFound(what) => ("NOT_FOUND", format!("There is no such {what}, or not for you.")),
            Fault::TooOften(wait) => ("RATE_LIMITED", too_often(wait)),
            Fault::Conflict(conflict) => return conflicting(conflict),
            Fault::Unavailable => ("UNAVAILABLE", UNAVAILABLE.to_owned()),
            Fault::Internal => ("INTERNAL", "Something went wrong on our side.".to_owned()),
        };
        Self::new(message).extend_with(|_, extensions| extensions.set("code", code))
    }
}

/// The expected and the current version with their revisions, from which a client can merge three ways.
fn conflicting(conflict: Conflict) -> async_graphql::Error {
    async_graphql::Error::new(conflict.message()).extend_with(|_, extensions| {
        extensions.set("code", "CONFLICT");
        extensions.set("expectedVersion", conflict.expected_version);
        extensions.set("currentVersion", conflict.current_version);
        let revisions = [
            ("expectedRevisionId", conflict.expected_revision),
            ("currentRevisionId", conflict.current_revision),
        ];
        for (name, revision) in revisions {
            let id = revision.map(|id| encode(NodeType::Revision, id).0);
            extensions.set(name, async_graphql::Value::from(id));
        }
    })
}
