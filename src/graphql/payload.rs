//! What mutations answer: the object, and what is wrong with the input.

use async_graphql::{Enum, SimpleObject};
use uuid::Uuid;

use super::context::RequestContext;
use super::error::Result;
use super::loader::Relation;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};

/// What is wrong with the input of a mutation, which did nothing then.
#[derive(SimpleObject)]
pub struct UserError {
    /// The kind of problem, for programs.
    code: UserErrorCode,
    /// What is wrong and what is allowed, for people.
    message: String,
    /// The path of the argument, such as `["input", "email"]`; none when it is about the input as a whole.
    field: Option<Vec<String>>,
}

/// The kind of problem that an input has.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "ProblemCode")]
pub enum UserErrorCode {
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
    /// The upload quota of the account or the publication is used up; the message names the limit and what is used.
    QuotaExceeded,
}

impl From<Problem> for UserError {
    fn from(problem: Problem) -> Self {
        let path = |field: &str| {
            let named = ["input".to_owned(), field.to_owned()];
            named.into_iter().chain(problem.within).collect()
        };
        Self {
            code: problem.code.into(),
            message: problem.message,
            field: problem.field.map(path),
        }
    }
}

/// What a verb did, or what is wrong with what it was given. What was read before for this request is forgotten: it may
/// not be so any more.
pub fn told<T>(
    request: &RequestContext,
    outcome: std::result::Result<T, Refusal>,
) -> Result<(Option<T>, Vec<UserError>)> {
    match outcome {
        Ok(done) => {
            request.reader.forget();
            Ok((Some(done), Vec::new()))
        }
        Err(Refusal::Invalid(problems)) => Ok((None, problems.into_iter().map(UserError::from).collect())),
        Err(other) => Err(other.into()),
    }
}

/// The object that a verb made or changed, as it is now.
pub async fn changed<R: Relation>(
    request: &RequestContext,
    by_id: R,
    outcome: std::result::Result<R::Parent, Refusal>,
) -> Result<std::result::Result<(R::Child,), Refusal>> {
    Ok(match outcome {
        Ok(id) => {
            let mut found = by_id.load(request.reader.source(), &[id]).await?;
            Ok((found.remove(&id).unwrap_or_default(),))
        }
        Err(refusal) => Err(refusal),
    })
}

/// The object that an operation created, or the one that has its name already, and what is wrong with the input.
pub async fn created<R: Relation<Parent: From<Uuid>>>(
    request: &RequestContext,
    by_id: R,
    outcome: std::result::Result<R::Parent, Refusal>,
) -> Result<(R::Child, Vec<UserError>)> {
    let existing = match &outcome {
        Err(Refusal::Invalid(problems)) => problems.iter().find_map(|problem| problem.existing),
        _ => None,
    };
    let (created, user_errors) = told(request, outcome)?;
    let Some(id) = created.or(existing.map(R::Parent::from)) else {
        return Ok((R::Child::default(), user_errors));
    };
    let mut found = by_id.load(request.reader.source(), &[id]).await?;
    Ok((found.remove(&id).unwrap_or_default(), user_errors))
}

/// Declares what a mutation answers.
macro_rules! payload {
    ($(#[$attribute:meta])* $name:ident { $($(#[$field_attribute:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$attribute])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $($(#[$field_attribute])* $field: $type,)+
            /// What is wrong with the input; empty when the act was done.
            user_errors: Vec<$crate::graphql::payload::UserError>,
        }

        impl $name {
            /// The answer to what a verb did.
            #[allow(dead_code, reason = "a payload of `created` is made of its parts")]
            fn told(
                request: &$crate::graphql::context::RequestContext,
                outcome: std::result::Result<($($type,)+), $crate::domain::refusal::Refusal>,
            ) -> $crate::graphql::error::Result<Self> {
                let (done, user_errors) = $crate::graphql::payload::told(request, outcome)?;
                let ($($field,)+) = done.unwrap_or_default();
                Ok(Self { $($field,)+ user_errors })
            }
        }
    };
}
pub(super) use payload;
