//! Values of arguments and variables, checked against their types before an operation is executed (GraphQL specification,
//! sections 5.6 and 6.1.2). async-graphql would check them, too; these errors say what to write instead.

use std::fmt::{Display, Formatter};
use std::ops::RangeInclusive;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet, VariableDefinition};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Number, Pos, Positioned, ServerError, Variables};
use async_graphql_value::{ConstValue, Value};
use chrono::{DateTime, Datelike, NaiveDateTime, Utc};

/// Similarity (Jaro-Winkler) from which a name is suggested.
const SIMILAR: f64 = 0.8;
/// Characters of a wrong value that its error repeats.
const MAX_SHOWN: usize = 60;

/// Checks the values that stand in a document: arguments, and defaults of variables. The error of each wrong argument.
pub fn check_document(document: &ExecutableDocument, registry: &Registry) -> Vec<ServerError> {
    let mut check = Literals {
        registry,
        errors: Vec::new(),
    };
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        for definition in &operation.variable_definitions {
            if let Some(default) = &definition.node.default_value {
                let path = Path::Default(&definition.node.name.node);
                let ty = definition.node.var_type.node.to_string();
                let checked = value(registry, &ty, &(&default.node).into(), &path);
                check.note(checked, default.pos);
            }
        }
        let root = match operation.ty {
            OperationType::Query => Some(registry.query_type.as_str()),
            OperationType::Mutation => registry.mutation_type.as_deref(),
            OperationType::Subscription => registry.subscription_type.as_deref(),
        };
        check.selections(&operation.selection_set.node, root);
    }
    for fragment in document.fragments.values() {
        let fragment = &fragment.node;
        let on = fragment.type_condition.node.on.node.as_str();
        check.selections(&fragment.selection_set.node, Some(on));
    }
    check.errors
}

/// Checks the values of variables. The error of each wrong one.
pub fn check_variables(
    definitions: &[Positioned<VariableDefinition>],
    variables: &Variables,
    registry: &Registry,
) -> Vec<ServerError> {
    let wrong = |definition: &Positioned<VariableDefinition>| {
        let given = variables.get(&definition.node.name.node)?;
        let path = Path::Variable(&definition.node.name.node);
        let ty = definition.node.var_type.node.to_string();
        let message = value(registry, &ty, &given.into(), &path).err()?;
        Some(ServerError::new(message, Some(definition.pos)))
    };
    definitions.iter().filter_map(wrong).collect()
}

struct Literals<'a> {
    registry: &'a Registry,
    errors: Vec<ServerError>,
}

impl Literals<'_> {
    fn note(&mut self, checked: Result<(), String>, position: Pos) {
        if let Err(message) = checked {
            self.errors.push(ServerError::new(message, Some(position)));
        }
    }

    /// The depth is that of the document, which is bounded. What the schema does not have, validation reports.
    fn selections(&mut self, set: &SelectionSet, parent: Option<&str>) {
        let registry = self.registry;
        let parent_type = parent.and_then(|parent| registry.types.get(parent));
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let described = parent_type.and_then(|parent| parent.field_by_name(&field.name.node));
                    for (name, given) in &field.arguments {
                        if let Some(argument) = described.and_then(|field| field.args.get(name.node.as_str())) {
                            let path = Path::Argument(&name.node);
                            let checked = value(registry, &argument.ty, &(&given.node).into(), &path);
                            self.note(checked, name.pos);
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
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

/// A value of a document or of a variable.
enum Given<'a> {
    /// Known when the operation is executed.
    Variable,
    Null,
    Number(&'a Number),
    Text(&'a str),
    Boolean(bool),
    Name(&'a str),
    Binary,
    List(Vec<Self>),
    Object(Vec<(&'a str, Self)>),
}

impl<'a> From<&'a Value> for Given<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Variable(_) => Self::Variable,
            Value::Null => Self::Null,
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(text),
            Value::Boolean(boolean) => Self::Boolean(*boolean),
            Value::Enum(name) => Self::Name(name),
            Value::Binary(_) => Self::Binary,
            Value::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(members) => {
                let member = |(name, value): (&'a Name, &'a Value)| (name.as_str(), Self::from(value));
                Self::Object(members.iter().map(member).collect())
            }
        }
    }
}

impl<'a> From<&'a ConstValue> for Given<'a> {
    fn from(value: &'a ConstValue) -> Self {
        match value {
            ConstValue::Null => Self::Null,
            ConstValue::Number(number) => Self::Number(number),
            ConstValue::String(text) => Self::Text(text),
            ConstValue::Boolean(boolean) => Self::Boolean(*boolean),
            ConstValue::Enum(name) => Self::Name(name),
            ConstValue::Binary(_) => Self::Binary,
            ConstValue::List(items) => Self::List(items.iter().map(Self::from).collect()),
            ConstValue::Object(members) => {
                let member = |(name, value): (&'a Name, &'a ConstValue)| (name.as_str(), Self::from(value));
                Self::Object(members.iter().map(member).collect())
            }
        }
    }
}

impl Display for Given<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable => formatter.write_str("a variable"),
            Self::Null => formatter.write_str("null"),
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) if text.chars().count() > MAX_SHOWN => {
                let start: String = text.chars().take(MAX_SHOWN).collect();
                write!(formatter, "{:?}", format!("{start}…"))
            }
            Self::Text(text) => write!(formatter, "{text:?}"),
            Self::Boolean(boolean) => boolean.fmt(formatter),
            Self::Name(name) => formatter.write_str(name),
            Self::Binary => formatter.write_str("binary"),
            Self::List(_) => formatter.write_str("a list"),
            Self::Object(_) => formatter.write_str("an object"),
        }
    }
}

/// Where a value stands.
enum Path<'a> {
    Argument(&'a str),
    Variable(&'a str),
    Default(&'a str),
    Member(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl Display for Path<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argument(name) => formatter.write_str(name),
            Self::Variable(name) => write!(formatter, "${name}"),
            Self::Default(name) => write!(formatter, "Default of ${name}"),
            Self::Member(parent, name) => write!(formatter, "{parent}.{name}"),
            Self::Item(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

/// What is wrong with a value of this type, such as `[ID!]!`.
fn value(registry: &Registry, ty: &str, given: &Given<'_>, path: &Path<'_>) -> Result<(), String> {
    match (MetaTypeName::create(ty), given) {
        (_, Given::Variable) => Ok(()),
        (MetaTypeName::NonNull(_), Given::Null) => Err(format!("`{path}` is null; a value of type {ty} is required.")),
        (MetaTypeName::NonNull(ty), _) => value(registry, ty, given, path),
        (_, Given::Null) => Ok(()),
        (MetaTypeName::List(ty), Given::List(items)) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| value(registry, ty, item, &Path::Item(path, index))),
        // One item stands for a list of it.
        (MetaTypeName::List(ty), _) => value(registry, ty, given, path),
        (MetaTypeName::Named(name), _) => match registry.types.get(name) {
            Some(MetaType::Enum { enum_values, .. }) => {
                let (Given::Name(member) | Given::Text(member)) = given else {
                    return Err(wrong(path, given, &format!("a value of {name}")));
                };
                if enum_values.contains_key(*member) {
                    return Ok(());
                }
                let suggestion = suggestion(member, enum_values.keys());
                Err(format!(
                    "`{path}` is {member}, which is no value of {name}.{suggestion}"
                ))
            }
            Some(MetaType::InputObject {
                input_fields, oneof, ..
            }) => {
                let Given::Object(members) = given else {
                    return Err(wrong(path, given, &format!("an object of type {name}")));
                };
                if *oneof {
                    one_of(members, input_fields.keys(), path)?;
                }
                for (member, given) in members {
                    let Some(field) = input_fields.get(*member) else {
                        let suggestion = suggestion(member, input_fields.keys());
                        return Err(format!("`{path}.{member}`: {name} has no such field.{suggestion}"));
                    };
                    value(registry, &field.ty, given, &Path::Member(path, member))?;
                }
                let missing = input_fields.values().find(|field| {
                    let is_given = members.iter().any(|(member, _)| *member == field.name);
                    field.ty.ends_with('!') && field.default_value.is_none() && !is_given
                });
                missing.map_or(Ok(()), |field| {
                    Err(format!("`{path}.{}` of type {} is required.", field.name, field.ty))
                })
            }
            Some(MetaType::Scalar { .. }) => scalar(name, given, path),
            _ => Ok(()),
        },
    }
}

fn one_of<'a>(
    members: &[(&str, Given<'_>)],
    names: impl Iterator<Item = &'a String>,
    path: &Path<'_>,
) -> Result<(), String> {
    let is_null = members.iter().any(|(_, given)| matches!(given, Given::Null));
    if members.len() == 1 && !is_null {
        return Ok(());
    }
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let given = members.len();
    let given = if is_null {
        "null is".to_owned()
    } else {
        format!("{given} are")
    };
    Err(format!(
        "`{path}` takes exactly one of {}; {given} given.",
        names.join(", ")
    ))
}

fn scalar(name: &str, given: &Given<'_>, path: &Path<'_>) -> Result<(), String> {
    let integer = |number: &Number| number.is_i64() || number.is_u64();
    let (is_right, expected) = match (name, given) {
        ("Int", Given::Number(number)) if integer(number) => {
            let fits = number.as_i64().is_some_and(|number| i32::try_from(number).is_ok());
            (fits, "an Int, -2147483648 to 2147483647")
        }
        ("Int", _) => (false, "an Int, such as 20"),
        ("BigInt", Given::Number(number)) => (integer(number), BIG_INT),
        ("BigInt", Given::Text(digits)) => (digits.parse::<i64>().is_ok(), BIG_INT),
        ("BigInt", _) => (false, BIG_INT),
        ("Float", _) => (matches!(given, Given::Number(_)), "a Float, such as 1.5"),
        ("Boolean", _) => (matches!(given, Given::Boolean(_)), "true or false"),
        ("String", _) => (matches!(given, Given::Text(_)), "a text in quotes"),
        ("ID", Given::Number(number)) => (integer(number), "an ID in quotes"),
        ("ID", _) => (matches!(given, Given::Text(_)), "an ID in quotes"),
        ("DateTime", Given::Text(text)) => {
            if text.parse::<NaiveDateTime>().is_ok() {
                return Err(format!("`{path}` needs a time zone, like {text}Z."));
            }
            let year = text.parse::<DateTime<Utc>>().map(|time| time.year());
            (year.is_ok_and(|year| YEARS.contains(&year)), DATE_TIME)
        }
        ("DateTime", _) => (false, DATE_TIME),
        _ => (true, ""),
    };
    if is_right {
        return Ok(());
    }
    Err(wrong(path, given, expected))
}

const BIG_INT: &str = "a BigInt, such as 5000000000";
const DATE_TIME: &str = "a DateTime from the year 1 to 9999, such as \"2030-01-01T00:00:00Z\"";
/// The years of a `DateTime`, in UTC: RFC 3339 has four digits, and cursors and databases agree on no year before the first.
const YEARS: RangeInclusive<i32> = 1..=9999;

fn wrong(path: &Path<'_>, given: &Given<'_>, expected: &str) -> String {
    format!("`{path}` is {given}; expected {expected}.")
}

/// A sentence with the name that is most like an unknown one, if there is one.
fn suggestion<'a>(unknown: &str, names: impl Iterator<Item = &'a String>) -> String {
    let similar = names
        .map(|name| {
            (
                strsim::jaro_winkler(&name.to_lowercase(), &unknown.to_lowercase()),
                name,
            )
        })
        .max_by(|(left, _), (right, _)| left.total_cmp(right));
    match similar {
        Some((similarity, name)) if similarity > SIMILAR => format!(" Did you mean \"{name}\"?"),
        _ => String::new(),
    }
}
