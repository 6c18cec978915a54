//! What the compilation of selections needs to know.

use async_graphql::registry::Registry;

use super::selection::Document;

/// Compiles selections of a document.
pub struct Compiler<'a> {
    /// The document.
    pub document: Document<'a>,
    /// The schema's types.
    pub registry: &'a Registry,
}

impl Compiler<'_> {
    /// Whether an object of type `name` satisfies a type condition.
    pub fn applies(&self, condition: &str, name: &str) -> bool {
        condition == name
            || self
                .registry
                .types
                .get(condition)
                .is_some_and(|abstract_type| abstract_type.is_possible_type(name))
    }
}
