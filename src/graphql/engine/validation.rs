//! Rules for documents beside async-graphql's: values have the types of their places, and variables fit where they stand
//! (GraphQL specification, sections 5.6.1 and 5.8.5). async-graphql 7.2 has the second one, too, which finds nothing.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    Directive, ExecutableDocument, OperationType, Selection, SelectionSet, VariableDefinition,
};
use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Pos, Positioned, ServerError};
use async_graphql_value::{ConstValue, Value};

use super::input::{Path, value};
use super::merging::conflicts;

/// Errors of one document that are reported.
const MAX_ERRORS: usize = 100;

/// Checks the values and variables of a document, and that its fields can be merged. The error of each that is wrong.
pub fn check_document(document: &ExecutableDocument, registry: &Registry) -> Vec<ServerError> {
    let mut check = Check {
        registry,
        scope: Scope::default(),
        errors: Vec::new(),
    };
    let mut fragments = HashMap::with_capacity(document.fragments.len());
    for (name, fragment) in &document.fragments {
        let on = fragment.node.type_condition.node.on.node.as_str();
        check.directives(&fragment.node.directives);
        check.selections(&fragment.node.selection_set.node, Some(on));
        fragments.insert(name.as_str(), std::mem::take(&mut check.scope));
    }
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        let definitions = &operation.variable_definitions;
        for definition in definitions {
            check.default(definition);
        }
        let root = match operation.ty {
            OperationType::Query => Some(registry.query_type.as_str()),
            OperationType::Mutation => registry.mutation_type.as_deref(),
            OperationType::Subscription => registry.subscription_type.as_deref(),
        };
        check.directives(&operation.directives);
        check.selections(&operation.selection_set.node, root);
        let scope = std::mem::take(&mut check.scope);
        check.variables(definitions, &scope, &fragments);
        check
            .errors
            .extend(conflicts(&operation.selection_set.node, root, document, registry));
    }
    check.errors.truncate(MAX_ERRORS);
    check.errors
}

/// What an operation or a fragment holds, without the fragments that it spreads.
#[derive(Default)]
struct Scope<'a> {
    usages: Vec<Usage<'a>>,
    spreads: Vec<&'a str>,
}

/// A variable, and where it stands.
struct Usage<'a> {
    variable: &'a Name,
    position: Pos,
    place: Place<'a>,
}

/// Where a value stands: an argument, or a field of an input object, or one of the items in it.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    ty: &'a str,
    has_default: bool,
}

impl<'a> From<&'a MetaInputValue> for Place<'a> {
    fn from(described: &'a MetaInputValue) -> Self {
        Self {
            name: &described.name,
            ty: &described.ty,
            has_default: described.default_value.is_some(),
        }
    }
}

/// The argument of `@skip` and `@include`, the directives that documents may have.
const CONDITION: Place<'static> = Place {
    name: "if",
    ty: "Boolean!",
    has_default: false,
};

struct Check<'a> {
    registry: &'a Registry,
    /// Of the operation or fragment that is walked.
    scope: Scope<'a>,
    errors: Vec<ServerError>,
}

impl<'a> Check<'a> {
    fn note(&mut self, checked: Result<(), String>, position: Pos) {
        if let Err(message) = checked {
            self.errors.push(ServerError::new(message, Some(position)));
        }
    }

    fn default(&mut self, definition: &Positioned<VariableDefinition>) {
        if let Some(default) = &definition.node.default_value {
            let path = Path::Default(&definition.node.name.node);
            let ty = definition.node.var_type.node.to_string();
            let checked = value(self.registry, &ty, &(&default.node).into(), &path);
            self.note(checked, default.pos);
        }
    }

    /// The depth is that of the document, which is bounded. What the schema does not have, async-graphql reports.
    fn selections(&mut self, set: &'a SelectionSet, parent: Option<&str>) {
        let registry = self.registry;
        let parent_type = parent.and_then(|parent| registry.types.get(parent));
        for selection in &set.items {
            self.directives(selection.node.directives());
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let described = parent_type.and_then(|parent| parent.field_by_name(&field.name.node));
                    for (name, given) in &field.arguments {
                        if let Some(argument) = described.and_then(|field| field.args.get(name.node.as_str())) {
                            self.argument(name.pos, argument.into(), &given.node);
                        }
                    }
                    let below = described.map(|field| MetaTypeName::concrete_typename(&field.ty));
                    self.selections(&field.selection_set.node, below);
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let on = on.map(|condition| condition.node.on.node.as_str());
                    self.selections(&fragment.node.selection_set.node, on.or(parent));
                }
                Selection::FragmentSpread(spread) => self.scope.spreads.push(&spread.node.fragment_name.node),
            }
        }
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>]) {
        let arguments = directives.iter().flat_map(|directive| &directive.node.arguments);
        for (name, given) in arguments.filter(|(name, _)| name.node == CONDITION.name) {
            self.argument(name.pos, CONDITION, &given.node);
        }
    }

    fn argument(&mut self, position: Pos, place: Place<'a>, given: &'a Value) {
        let checked = value(self.registry, place.ty, &given.into(), &Path::Argument(place.name));
        self.note(checked, position);
        self.usages(position, place, given);
    }

    /// Notes the variables of a value.
    fn usages(&mut self, position: Pos, place: Place<'a>, given: &'a Value) {
        match (given, MetaTypeName::create(place.ty).unwrap_non_null()) {
            (Value::Variable(variable), _) => self.scope.usages.push(Usage {
                variable,
                position,
                place,
            }),
            (Value::List(items), MetaTypeName::List(ty)) => {
                let place = Place {
                    ty,
                    has_default: false,
                    ..place
                };
                for item in items {
                    self.usages(position, place, item);
                }
            }
            // One item stands for a list of it.
            (_, MetaTypeName::List(ty)) => self.usages(position, Place { ty, ..place }, given),
            (Value::Object(members), MetaTypeName::Named(ty)) => {
                let registry = self.registry;
                if let Some(MetaType::InputObject { input_fields, .. }) = registry.types.get(ty) {
                    for (name, given) in members {
                        if let Some(field) = input_fields.get(name.as_str()) {
                            self.usages(position, field.into(), given);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Checks that each variable that an operation reaches fits where it stands.
    fn variables(
        &mut self,
        definitions: &[Positioned<VariableDefinition>],
        scope: &Scope<'a>,
        fragments: &HashMap<&'a str, Scope<'a>>,
    ) {
        let mut scopes = vec![scope];
        let mut reached = HashSet::new();
        while let Some(scope) = scopes.pop() {
            let spreads = scope.spreads.iter().filter(|name| reached.insert(**name));
            scopes.extend(spreads.filter_map(|name| fragments.get(name)));
            for usage in &scope.usages {
                let definition = definitions
                    .iter()
                    .find(|definition| definition.node.name.node == *usage.variable);
                if let Some(definition) = definition {
                    self.note(fits(&definition.node, usage), usage.position);
                }
            }
        }
    }
}

/// `IsVariableUsageAllowed` of the GraphQL specification, section 5.8.5.
fn fits(definition: &VariableDefinition, usage: &Usage<'_>) -> Result<(), String> {
    let Place { name, ty, has_default } = usage.place;
    let declared = definition.var_type.node.to_string();
    let default = definition.default_value.as_ref().map(|default| &default.node);
    let is_never_missing = has_default || default.is_some_and(|default| *default != ConstValue::Null);
    let expected = match ty.strip_suffix('!') {
        Some(nullable) if is_never_missing && !declared.ends_with('!') => nullable,
        _ => ty,
    };
    if is_compatible(&declared, expected) {
        return Ok(());
    }
    Err(format!(
        "`${}` is of type {declared}; `{name}` takes {ty}.",
        definition.name.node
    ))
}

/// `AreTypesCompatible` of the GraphQL specification, section 5.8.5.
fn is_compatible(declared: &str, expected: &str) -> bool {
    match (MetaTypeName::create(declared), MetaTypeName::create(expected)) {
        (MetaTypeName::NonNull(declared), MetaTypeName::NonNull(expected))
        | (MetaTypeName::List(declared), MetaTypeName::List(expected)) => is_compatible(declared, expected),
        (MetaTypeName::NonNull(declared), _) => is_compatible(declared, expected),
        (MetaTypeName::Named(declared), MetaTypeName::Named(expected)) => declared == expected,
        _ => false,
    }
}
