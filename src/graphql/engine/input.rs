//! Values of arguments and variables, checked against their types before an operation is executed (GraphQL specification,
//! sections 5.6 and 6.1.2). async-graphql would check them, too; these errors say what to write instead.

use std::fmt::{Display, Formatter};
use std::ops::RangeInclusive;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::VariableDefinition;
use async_graphql::registry::{MetaEnumValue, MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Number, Positioned, ServerError, Variables};
use async_graphql_value::{ConstValue, Value};
use chrono::{DateTime, Datelike, NaiveDateTime, Utc};

/// Similarity (Jaro-Winkler) from which a name is suggested.
const SIMILAR: f64 = 0.8;
/// Characters of a wrong value that its error repeats.
const MAX_SHOWN: usize = 60;
/// Values of an enum that an error lists.
const MAX_VALUES: usize = 20;

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

/// What is wrong with arguments whose variables have values now: null, where a variable may be null since it has a default, or
/// the argument has.
pub(super) fn wrong_argument(
    described: &IndexMap<String, MetaInputValue>,
    given: &IndexMap<Name, ConstValue>,
    registry: &Registry,
) -> Option<String> {
    let wrong = |(name, given): (&Name, &ConstValue)| {
        let described = described.get(name.as_str())?;
        value(registry, &described.ty, &given.into(), &Path::Coerced(name)).err()
    };
    given.iter().find_map(wrong)
}

/// A value of a document or of a variable.
pub(super) enum Given<'a> {
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
pub(super) enum Path<'a> {
    Argument(&'a str),
    /// An argument whose variables have their values.
    Coerced(&'a str),
    Variable(&'a str),
    Default(&'a str),
    Member(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl Path<'_> {
    fn is_in_variable(&self) -> bool {
        match self {
            Self::Variable(_) | Self::Coerced(_) => true,
            Self::Member(parent, _) | Self::Item(parent, _) => parent.is_in_variable(),
            Self::Argument(_) | Self::Default(_) => false,
        }
    }
}

impl Display for Path<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argument(name) | Self::Coerced(name) => formatter.write_str(name),
            Self::Variable(name) => write!(formatter, "${name}"),
            Self::Default(name) => write!(formatter, "Default of ${name}"),
            Self::Member(parent, name) => write!(formatter, "{parent}.{name}"),
            Self::Item(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

/// What is wrong with a value of this type, such as `[ID!]!`.
pub(super) fn value(registry: &Registry, ty: &str, given: &Given<'_>, path: &Path<'_>) -> Result<(), String> {
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
            Some(MetaType::Enum { enum_values, .. }) => enum_value(name, enum_values, given, path),
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

/// In a document the values of enums are names, in the JSON of variables texts (GraphQL specification, section 3.9).
fn enum_value(
    name: &str,
    values: &IndexMap<String, MetaEnumValue>,
    given: &Given<'_>,
    path: &Path<'_>,
) -> Result<(), String> {
    match given {
        Given::Text(member) if !path.is_in_variable() && values.contains_key(*member) => {
            Err(format!("`{path}` is a text; write {member} without quotes."))
        }
        Given::Name(member) | Given::Text(member) => {
            if values.contains_key(*member) {
                return Ok(());
            }
            let suggestion = suggestion(member, values.keys());
            let values: Vec<&str> = values.keys().take(MAX_VALUES).map(String::as_str).collect();
            let values = values.join(", ");
            Err(format!(
                "`{path}` is {given}; expected one of {name}: {values}.{suggestion}"
            ))
        }
        _ => Err(wrong(path, given, &format!("a value of {name}"))),
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
