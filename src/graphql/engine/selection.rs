//! Selections as an execution sees them: fragments spread, `@skip` and `@include` applied, fields of one response key merged.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet, VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned, Variables};
use async_graphql_value::ConstValue;

/// Bytes that a selection set takes as it was parsed, about; values of arguments take as much as their text.
pub fn bytes(set: &SelectionSet) -> usize {
    let below = |selection: &Positioned<Selection>| {
        let directives = size_of_val(selection.node.directives().as_slice());
        directives
            + match &selection.node {
                Selection::Field(field) => {
                    size_of_val(field.node.arguments.as_slice()) + bytes(&field.node.selection_set.node)
                }
                Selection::InlineFragment(fragment) => bytes(&fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => 0,
            }
    };
    size_of_val(set.items.as_slice()) + set.items.iter().map(below).sum::<usize>()
}

/// What selections of a document refer to.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// The document's fragments.
    pub fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// Values of the variables that `@skip` and `@include` name.
    pub variables: &'a Variables,
}

/// A field of a selection set, with all its occurrences under one response key.
pub struct Selected<'a> {
    occurrences: Vec<&'a Positioned<Field>>,
}

impl<'a> Selected<'a> {
    /// The field as it was written first; validation has made sure that the others are the same field with the same arguments.
    fn first(&self) -> &'a Positioned<Field> {
        self.occurrences[0]
    }

    /// A single field.
    pub fn field(field: &'a Positioned<Field>) -> Self {
        Self {
            occurrences: vec![field],
        }
    }

    /// The field's name in the schema.
    pub fn name(&self) -> &'a str {
        self.first().node.name.node.as_str()
    }

    /// The field's key in the response.
    pub fn key(&self) -> &'a str {
        self.first().node.response_key().node.as_str()
    }

    /// Where the field stands in the document.
    pub fn position(&self) -> Pos {
        self.first().pos
    }

    /// The arguments as they were written.
    pub fn arguments(&self) -> &'a [(Positioned<Name>, Positioned<async_graphql_value::Value>)] {
        &self.first().node.arguments
    }

    /// The selection sets below the field.
    pub fn sets(&self) -> Vec<&'a SelectionSet> {
        self.occurrences
            .iter()
            .map(|field| &field.node.selection_set.node)
            .collect()
    }

    /// The field with all that is selected below its occurrences, without conditions of its own.
    pub fn merged(&self) -> Positioned<Selection> {
        let items = self.sets().into_iter().flat_map(|set| set.items.iter().cloned());
        self.selecting(items.collect())
    }

    /// The field with other selections below it, without conditions of its own.
    pub fn selecting(&self, items: Vec<Positioned<Selection>>) -> Positioned<Selection> {
        let first = &self.first().node;
        let field = Field {
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet { items }, first.selection_set.pos),
            ..first.clone()
        };
        Positioned::new(
            Selection::Field(Positioned::new(field, self.position())),
            self.position(),
        )
    }
}

/// A document of one operation with these selections at its root.
pub fn operation(
    ty: OperationType,
    definitions: &[Positioned<VariableDefinition>],
    items: Vec<Positioned<Selection>>,
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
) -> ExecutableDocument {
    let operation = OperationDefinition {
        ty,
        variable_definitions: definitions.to_vec(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet { items }, Pos::default()),
    };
    ExecutableDocument {
        operations: DocumentOperations::Single(Positioned::new(operation, Pos::default())),
        fragments,
    }
}

impl<'a> Document<'a> {
    /// The fields of `sets` that apply to an object whose type satisfies the type conditions that `applies` accepts, in the
    /// order of their first occurrence: `CollectFields` of the GraphQL specification, section 6.3.2.
    pub fn fields(&self, sets: &[&'a SelectionSet], applies: &dyn Fn(&str) -> bool) -> Vec<Selected<'a>> {
        let mut fields = Vec::new();
        for set in sets {
            self.collect(set, applies, &mut fields);
        }
        fields
    }

    fn collect(&self, set: &'a SelectionSet, applies: &dyn Fn(&str) -> bool, fields: &mut Vec<Selected<'a>>) {
        for selection in &set.items {
            if !self.is_included(selection.node.directives()) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    match fields.iter_mut().find(|known| known.key() == key.as_str()) {
                        Some(known) => known.occurrences.push(field),
                        None => fields.push(Selected::field(field)),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| applies(&condition.node.on.node)) {
                        self.collect(&fragment.node.selection_set.node, applies, fields);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node)
                        && applies(&fragment.node.type_condition.node.on.node)
                    {
                        self.collect(&fragment.node.selection_set.node, applies, fields);
                    }
                }
            }
        }
    }

    fn is_included(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.node.arguments.iter().find(|(name, _)| name.node == "if");
            let condition = condition.is_some_and(|(_, value)| match &value.node {
                async_graphql_value::Value::Variable(name) => {
                    matches!(self.variables.get(name), Some(ConstValue::Boolean(true)))
                }
                value => matches!(value, async_graphql_value::Value::Boolean(true)),
            });
            match directive.node.name.node.as_str() {
                "skip" => !condition,
                "include" => condition,
                _ => true,
            }
        })
    }

    /// The names of the fields selected on objects of any type, once each.
    pub fn names(&self, sets: &[&'a SelectionSet]) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for field in self.fields(sets, &|_| true) {
            if !names.contains(&field.name()) {
                names.push(field.name());
            }
        }
        names
    }
}
