//! What the execution of a compiled selection carries.

use async_graphql::Variables;

use super::context::RequestContext;

/// One execution of a compiled selection.
pub struct Execution<'a> {
    /// The request that it is part of.
    pub request: &'a RequestContext,
    /// Values of the variables, defaults included.
    pub variables: &'a Variables,
}
