//! What the compilation of selections needs to know.

use std::cell::Cell;

use async_graphql::Positioned;
use async_graphql::parser::types::VariableDefinition;
use async_graphql::registry::Registry;

use super::introspection::Introspect;
use super::selection::Document;

/// Compiles selections of a document.
pub struct Compiler<'a> {
    /// The document.
    pub document: Document<'a>,
    /// The variables of the operation.
    pub definitions: &'a [Positioned<VariableDefinition>],
    /// The schema's types.
    pub registry: &'a Registry,
    /// How the schema is asked for, where it can be.
    pub introspect: Option<Introspect>,
    /// Bytes that the compiled selections take, about.
    pub bytes: Cell<usize>,
}

impl Compiler<'_> {
    /// Accounts for bytes of what is compiled.
    pub fn account(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() + bytes);
    }

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
