//! Payloads of mutations: what was created or changed, or what is wrong with the input.

use async_graphql::Enum;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::Result;
use super::field::Fields;
use super::loader::Relation;
use super::object::Object;
use super::output::Output;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};

/// What a mutation returns.
#[derive(Clone)]
pub struct Payload<D> {
    done: Option<D>,
    user_errors: Vec<UserError>,
}

impl<D: Clone + Send + Sync + 'static> Payload<D> {
    /// The result of a mutation, or what is wrong with its input.
    ///
    /// # Errors
    /// Any other reason why nothing was done.
    pub fn of(request: &RequestContext, outcome: std::result::Result<D, Refusal>) -> Result<Self> {
        match outcome {
            Ok(done) => {
                // It may have changed what was read before in this request.
                request.reader.forget();
                Ok(Self {
                    done: Some(done),
                    user_errors: Vec::new(),
                })
            }
            Err(Refusal::Invalid(problems)) => Ok(Self {
                done: None,
                user_errors: problems.into_iter().map(UserError::from).collect(),
            }),
            Err(other) => Err(other.into()),
        }
    }

    /// The object with the id that a mutation returned, as it is now.
    ///
    /// # Errors
    /// As [`Payload::of`], and when the object cannot be read.
    pub async fn reload<R: Relation<Child = Option<D>>>(
        request: &RequestContext,
        by_id: R,
        outcome: std::result::Result<R::Parent, Refusal>,
    ) -> Result<Self> {
        let payload = Payload::<R::Parent>::of(request, outcome)?;
        Ok(Self {
            done: match payload.done {
                Some(id) => found(request, by_id, id).await?,
                None => None,
            },
            user_errors: payload.user_errors,
        })
    }

    /// The object that a mutation created, or the one that has its name already.
    ///
    /// # Errors
    /// As [`Payload::reload`].
    pub async fn created<R: Relation<Parent: From<Uuid>, Child = Option<D>>>(
        request: &RequestContext,
        by_id: R,
        outcome: std::result::Result<R::Parent, Refusal>,
    ) -> Result<Self> {
        let existing = match &outcome {
            Err(Refusal::Invalid(problems)) => problems.iter().find_map(|problem| problem.existing),
            _ => None,
        };
        let mut payload = Self::reload(request, by_id.clone(), outcome).await?;
        if let Some(id) = existing {
            payload.done = found(request, by_id, id.into()).await?;
        }
        Ok(payload)
    }

    /// What was done, with what a mutation found out after it.
    pub fn map<U>(self, map: impl FnOnce(D) -> U) -> Payload<U> {
        Payload {
            done: self.done.map(map),
            user_errors: self.user_errors,
        }
    }

    /// What was done; none if the input was refused.
    pub fn done(&self) -> Option<&D> {
        self.done.as_ref()
    }

    pub(super) fn describe_user_errors(fields: &mut Fields<Self>) {
        fields.embedded(
            "userErrors",
            "Errors of the input; empty if the mutation succeeded.",
            |payload| payload.user_errors.clone(),
        );
    }
}

async fn found<D, R: Relation<Child = Option<D>>>(
    request: &RequestContext,
    by_id: R,
    id: R::Parent,
) -> Result<Option<D>> {
    let mut found = by_id.load(request.reader.source(), &[id]).await?;
    Ok(found.remove(&id).flatten())
}

/// Describes a payload with one field for the object that the mutation created, changed or deleted.
pub fn returns<D: Output + Clone>(
    name: &'static str,
    description: &'static str,
) -> impl FnOnce(&mut Fields<Payload<D>>) {
    move |fields| {
        fields.embedded(name, description, |payload| payload.done.clone());
    }
}

/// An error of the input of a mutation.
#[derive(Clone)]
pub struct UserError {
    code: UserErrorCode,
    message: String,
    field: Option<Vec<String>>,
}

impl Object for UserError {
    const DESCRIPTION: &'static str = "An error of the input of a mutation, which did nothing.";

    fn type_name() -> std::borrow::Cow<'static, str> {
        "UserError".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value("code", "Kind of error, for programs.", |error| error.code);
        fields.text("message", "What is wrong and what is allowed, for people.", |error| {
            &error.message
        });
        fields.value(
            "field",
            "Path of the argument, such as `[\"input\", \"email\"]`; null if the error is about the input as a whole.",
            |error| error.field.clone(),
        );
    }
}

/// Kind of error of an input.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "ProblemCode")]
pub enum UserErrorCode {
    /// Required, and missing or empty.
    Required,
    /// Longer than allowed.
    TooLong,
    /// Shorter than allowed.
    TooShort,
    /// Not of the required form.
    Invalid,
    /// In use already, and must be unique.
    Taken,
    /// Password that is among the most common ones.
    TooCommon,
    /// Wrong password or code.
    WrongCredentials,
    /// Link or code that was used, has expired, or does not exist.
    Expired,
    /// Not possible in the current state.
    NotAllowed,
    /// Upload quota of the account or the publication exceeded; the message has the limit and the current usage.
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
