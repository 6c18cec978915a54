use std::fmt::{Display, Formatter};

use async_graphql::{Pos, ServerError};

/// The request is malformed, or does not fit the schema.
pub const BAD_REQUEST: &str = "BAD_REQUEST";
/// The request asks for more than one request may.
pub const COST_LIMIT: &str = "COST_LIMIT";

/// The response would have more bytes than one response may.
pub const RESPONSE_TOO_LARGE: &str = "RESPONSE_TOO_LARGE";

/// Why a document is not executed, in words for its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One of the codes that errors carry.
    pub code: &'static str,
    /// What is wrong and what is allowed.
    pub message: String,
    /// Where in the document, when there is one place.
    pub position: Option<Pos>,
}

impl Refusal {
    /// A document that is wrong in itself.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self {
            code: BAD_REQUEST,
            message: message.into(),
            position: None,
        }
    }

    /// A document that asks for `asked` of something of which `allowed` are the most.
    pub fn over_limit(what: &str, asked: impl std::fmt::Display, allowed: impl std::fmt::Display) -> Self {
        Self {
            code: COST_LIMIT,
            message: format!("The request asks for {asked} {what}; at most {allowed} are allowed."),
            position: None,
        }
    }

    /// The same, pointing at a place.
    #[must_use]
    pub fn at(mut self, position: Pos) -> Self {
        self.position = Some(position);
        self
    }
}

impl Display for Refusal {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self.position {
            Some(Pos { line, column }) => write!(formatter, "line {line}, column {column}: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        let mut error = Self::new(refusal.message, refusal.position);
        error.extensions.get_or_insert_default().set("code", refusal.code);
        error
    }
}
