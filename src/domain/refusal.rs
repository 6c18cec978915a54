//! Why a verb does not do what it was asked to: what a client may read, apart from what only the log may.

use std::time::Duration;

use entity::RevisionId;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::domain::scope::Scope;
use crate::domain::text::counted;

/// What a client reads while the database, or what stands behind it, does not answer.
pub const UNAVAILABLE: &str = "The service cannot answer right now. Try again.";

/// Why a verb did nothing.
#[derive(Debug)]
pub enum Refusal {
    /// The viewer may not.
    Denied(Denied),
    /// There is no such thing, or not for this viewer; its name.
    NotFound(&'static str),
    /// Somebody else changed it meanwhile.
    Conflict(Conflict),
    /// What was given is not allowed; every problem at once.
    Invalid(Vec<Problem>),
    /// There is more to do than can be done now; it may be tried again.
    Busy,
    /// Somebody does this too often; how long until they may again.
    TooOften(Duration),
    /// The database failed.
    Database(DbErr),
    /// Ours; what happened, for the log.
    Internal(String),
}

/// Two versions of a post that do not follow each other: nothing was overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The version that the client last read.
    pub expected_version: i32,
    /// The newest version.
    pub current_version: i32,
    /// The revision of the expected version, with exactly the text that the client read, if it is still there.
    pub expected_revision: Option<RevisionId>,
    /// The revision of the newest version.
    pub current_revision: Option<RevisionId>,
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Nobody is signed in.
    Unauthenticated,
    /// The token or key does not have this scope.
    Scope(Scope),
    /// It takes a person at their own browser or app, not a key or an outside token.
    NeedsSession,
    /// The account does not have the right; which it would take.
    Role(&'static str),
}

/// What is wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind of problem, for programs.
    pub code: ProblemCode,
    /// The field of the input; none when it is about the input as a whole.
    pub field: Option<&'static str>,
    /// Where within that field, for one that has parts, such as the name of a custom field or the index in a list.
    pub within: Vec<String>,
    /// What is wrong and what is allowed, for people.
    pub message: String,
    /// The thing that has it already, where the client may use that one instead.
    pub existing: Option<Uuid>,
}

/// Kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemCode {
    /// It is needed, and missing or empty.
    Required,
    /// It is longer than allowed.
    TooLong,
    /// It is shorter than allowed.
    TooShort,
    /// It does not have the right form.
    Invalid,
    /// Somebody else has it.
    Taken,
    /// It is one of the passwords that are tried first.
    TooCommon,
    /// It does not fit what is there.
    WrongCredentials,
    /// The link or code was used, is too old, or never was.
    Expired,
    /// The state of things does not allow it.
    NotAllowed,
    /// The upload quota of the account or the publication is used up.
    QuotaExceeded,
}

impl ProblemCode {
    /// Its name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::TooLong => "TOO_LONG",
            Self::TooShort => "TOO_SHORT",
            Self::Invalid => "INVALID",
            Self::Taken => "TAKEN",
            Self::TooCommon => "TOO_COMMON",
            Self::WrongCredentials => "WRONG_CREDENTIALS",
            Self::Expired => "EXPIRED",
            Self::NotAllowed => "NOT_ALLOWED",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
        }
    }
}

impl Problem {
    /// A problem with a field.
    pub fn new(code: ProblemCode, field: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            field: Some(field),
            within: Vec::new(),
            message: message.into(),
            existing: None,
        }
    }

    /// The same, with a part of the field: `part` is put before where it was seen so far.
    #[must_use]
    pub fn within(mut self, part: impl Into<String>) -> Self {
        self.within.insert(0, part.into());
        self
    }

    /// A problem with the input as a whole.
    pub fn whole(code: ProblemCode, message: impl Into<String>) -> Self {
        Self {
            code,
            field: None,
            within: Vec::new(),
            message: message.into(),
            existing: None,
        }
    }
}

impl Conflict {
    /// What the client reads.
    pub fn message(self) -> String {
        let (expected, current) = (self.expected_version, self.current_version);
        format!("Somebody saved version {current} meanwhile; this began from version {expected}. Nothing was changed.")
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl Denied {
    /// What the client reads.
    pub fn message(self) -> String {
        match self {
            Self::Unauthenticated => "Sign in first.".to_owned(),
            Self::Scope(scope) => format!("The token does not have the scope `{}`.", scope.name()),
            Self::NeedsSession => "This takes a sign-in: neither an API key nor an outside token will do.".to_owned(),
            Self::Role(needed) => format!("This takes {needed}."),
        }
    }
}

/// What somebody reads who does something too often.
pub fn too_often(wait: Duration) -> String {
    format!("You did this too often. {}", try_again(wait))
}

/// When somebody may try again.
pub fn try_again(wait: Duration) -> String {
    format!("Try again in {}.", counted(wait.as_secs() + 1, "second", "seconds"))
}

/// What several checks of one input found; all of them are told at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The value, or the problem is noted.
    pub fn check<T>(&mut self, checked: Result<T, Problem>) -> Option<T> {
        checked.map_err(|problem| self.0.push(problem)).ok()
    }

    /// The value, or the problems are noted; any other refusal is passed on.
    ///
    /// # Errors
    /// What is not about the input.
    pub fn gather<T>(&mut self, checked: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
        match checked {
            Ok(value) => Ok(Some(value)),
            Err(Refusal::Invalid(problems)) => {
                self.0.extend(problems);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Notes a problem.
    pub fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Fails when any problem was noted.
    ///
    /// # Errors
    /// All problems.
    pub fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Invalid(self.0))
        }
    }
}

impl From<Problems> for Refusal {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems.0)
    }
}
