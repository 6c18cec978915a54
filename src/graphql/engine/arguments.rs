//! Arguments of fields: the fields of an input object, so that names, types, defaults and descriptions are those of a struct.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::VariableDefinition;
use async_graphql::registry::{MetaInputValue, MetaType, Registry};
use async_graphql::{InputObjectType, Name, Pos, Positioned, Variables, indexmap::IndexMap};
use async_graphql_value::{ConstValue, Value};

use super::error::{Fault, Result};
use super::execution::Execution;
use super::input::wrong_argument;
use super::selection::Selected;

/// The arguments of a field.
pub trait Arguments: Send + Sync + Sized + 'static {
    /// Their descriptions; registers their types.
    fn describe(registry: &mut Registry) -> IndexMap<String, MetaInputValue>;

    /// Reads them.
    fn read(given: IndexMap<Name, ConstValue>) -> Result<Self>;
}

/// No arguments.
pub struct NoArguments;

impl Arguments for NoArguments {
    fn describe(_: &mut Registry) -> IndexMap<String, MetaInputValue> {
        IndexMap::new()
    }

    fn read(_: IndexMap<Name, ConstValue>) -> Result<Self> {
        Ok(Self)
    }
}

impl<A: InputObjectType + 'static> Arguments for A {
    fn describe(registry: &mut Registry) -> IndexMap<String, MetaInputValue> {
        A::create_type_info(registry);
        // Only its fields are part of the schema.
        match registry.types.remove(A::type_name().as_ref()) {
            Some(MetaType::InputObject { input_fields, .. }) => input_fields,
            _ => IndexMap::new(),
        }
    }

    fn read(given: IndexMap<Name, ConstValue>) -> Result<Self> {
        Self::parse(Some(ConstValue::Object(given))).map_err(|error| {
            let error = error.into_server_error(Pos::default());
            Fault::BadRequest(error.message)
        })
    }
}

/// The arguments of a selected field: read once, unless they have variables.
pub enum Compiled<A> {
    /// They have no variables.
    Constant(Result<Arc<A>>),
    /// They are read anew for each execution.
    Variable(Vec<(Name, Value)>),
}

impl<A: Arguments> Compiled<A> {
    /// The arguments of `field`.
    pub fn of(field: &Selected<'_>) -> Self {
        let given = field.arguments().iter();
        let given: Vec<(Name, Value)> = given
            .map(|(name, value)| (name.node.clone(), value.node.clone()))
            .collect();
        if given.iter().any(|(_, value)| has_variables(value)) {
            Self::Variable(given)
        } else {
            Self::Constant(A::read(coerced(&given, &Variables::default())).map(Arc::new))
        }
    }

    /// The arguments in an execution.
    pub fn read(&self, execution: &Execution<'_>) -> Result<Arc<A>> {
        match self {
            Self::Constant(arguments) => arguments.clone(),
            Self::Variable(given) => {
                let given = || coerced(given, execution.variables);
                A::read(given()).map(Arc::new).map_err(|fault| {
                    let mut registry = Registry::default();
                    let described = A::describe(&mut registry);
                    let wrong = wrong_argument(&described, &given(), &registry);
                    wrong.map_or(fault, Fault::BadRequest)
                })
            }
        }
    }
}

fn has_variables(value: &Value) -> bool {
    match value {
        Value::Variable(_) => true,
        Value::List(items) => items.iter().any(has_variables),
        Value::Object(members) => members.values().any(has_variables),
        _ => false,
    }
}

/// The arguments that are given: a variable without a value is as if its argument was left out (GraphQL specification, section
/// 6.4.1).
fn coerced(given: &[(Name, Value)], variables: &Variables) -> IndexMap<Name, ConstValue> {
    let value = |(name, value): &(Name, Value)| Some((name.clone(), constant(value, variables)?));
    given.iter().filter_map(value).collect()
}

fn constant(value: &Value, variables: &Variables) -> Option<ConstValue> {
    Some(match value {
        Value::Variable(name) => variables.get(name)?.clone(),
        Value::List(items) => {
            let item = |item| constant(item, variables).unwrap_or_default();
            ConstValue::List(items.iter().map(item).collect())
        }
        Value::Object(members) => {
            let member = |(name, value): (&Name, &Value)| Some((name.clone(), constant(value, variables)?));
            ConstValue::Object(members.iter().filter_map(member).collect())
        }
        other => other.clone().into_const()?,
    })
}

/// Variables of an operation with their defaults. One without either has no value, which differs from null.
pub fn with_defaults<'v>(
    variables: &'v Variables,
    definitions: &[Positioned<VariableDefinition>],
) -> Cow<'v, Variables> {
    let mut all = Cow::Borrowed(variables);
    for definition in definitions {
        let definition = &definition.node;
        if let Some(default) = &definition.default_value
            && !variables.contains_key(&definition.name.node)
        {
            all.to_mut().insert(definition.name.node.clone(), default.node.clone());
        }
    }
    all
}
