//! Random values of arguments and variables.

use async_graphql::parser::types::{BaseType, InputValueDefinition, Type, TypeKind};
use async_graphql::{Name, Positioned, Value as Constant};
use async_graphql_value::Value;
use serde_json::Value as Json;

use super::lists::Numbers;
use super::schema_types::SchemaTypes;

/// Values of a site that arguments can have.
#[derive(Default)]
pub struct Pool {
    /// Type and global id of each object.
    ids: Vec<(String, String)>,
    /// Type and slug or username.
    names: Vec<(String, String)>,
    paths: Vec<String>,
    /// Type of the node and cursor.
    cursors: Vec<(String, String)>,
}

impl Pool {
    /// Adds the values of a response, whose objects have `__typename`.
    pub fn add(&mut self, response: &Json) {
        match response {
            Json::Array(items) => items.iter().for_each(|item| self.add(item)),
            Json::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Json::as_str).map(str::to_owned);
                let mut add = |list: fn(&mut Self) -> &mut Vec<(String, String)>, kind: Option<String>, name: &str| {
                    if let (Some(kind), Some(value)) = (kind, text(name))
                        && !list(self).contains(&(kind.clone(), value.clone()))
                    {
                        list(self).push((kind, value));
                    }
                };
                add(|pool| &mut pool.ids, text("__typename"), "id");
                add(|pool| &mut pool.names, text("__typename"), "slug");
                add(|pool| &mut pool.names, text("__typename"), "username");
                let node = response.pointer("/node/__typename").and_then(Json::as_str);
                add(|pool| &mut pool.cursors, node.map(str::to_owned), "cursor");
                self.paths.extend(text("path"));
                members.values().for_each(|member| self.add(member));
            }
            _ => {}
        }
    }

    /// The types of the objects.
    pub fn types(&self) -> Vec<&str> {
        let mut types: Vec<_> = self.ids.iter().map(|(kind, _)| kind.as_str()).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Adds paths.
    pub fn add_paths(&mut self, paths: &[&str]) {
        self.paths.extend(paths.iter().map(ToString::to_string));
    }
}

/// A variable of a query.
struct Variable {
    name: String,
    /// Type of the values that it replaces.
    ty: String,
    /// Where it is used: variables are reused in places that take the same values.
    place: String,
    declaration: String,
    /// Its value in each assignment; none if it is left out.
    given: [Option<Json>; 2],
}

/// An argument, or a field of an input object.
pub struct Place<'p> {
    /// The field, or the input object.
    pub owner: &'p str,
    pub name: &'p str,
    /// The type of the field's objects.
    pub target: &'p str,
    pub has_default: bool,
}

/// Makes values, and the variables of one query.
pub struct RandomValues<'a> {
    schema: &'a SchemaTypes,
    pool: &'a Pool,
    pub numbers: Numbers,
    variables: Vec<Variable>,
    /// Whether values may have no variables.
    pub is_constant: bool,
}

impl<'a> RandomValues<'a> {
    pub fn new(schema: &'a SchemaTypes, pool: &'a Pool, numbers: Numbers) -> Self {
        Self {
            schema,
            pool,
            numbers,
            variables: Vec::new(),
            is_constant: false,
        }
    }

    /// The declarations of the variables.
    pub fn declarations(&self) -> String {
        let declarations = self.variables.iter().map(|variable| variable.declaration.as_str());
        declarations.collect::<Vec<_>>().join(", ")
    }

    /// Two assignments of the variables, or one if they are the same.
    pub fn assignments(&self) -> Vec<Json> {
        let assignment = |number: usize| -> Json {
            let variables = self.variables.iter();
            variables
                .filter_map(|variable| Some((variable.name.clone(), variable.given[number].clone()?)))
                .collect()
        };
        let mut assignments = vec![assignment(0), assignment(1)];
        assignments.dedup();
        assignments
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.numbers.below(bound)
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn one<'o, T: ?Sized>(&mut self, of: &[&'o T]) -> &'o T {
        of[self.below(of.len())]
    }

    /// A literal or a variable.
    pub fn value(&mut self, ty: &Type, place: &Place<'_>) -> Value {
        if !self.is_constant && self.chance(20) {
            return self.variable(ty, place);
        }
        if ty.nullable && self.chance(3) {
            return Value::Null;
        }
        match &ty.base {
            // One item stands for a list of it, but no variable of its type does.
            BaseType::List(inner) if self.chance(5) => self.constant(&required(inner), place).into_value(),
            BaseType::List(inner) => {
                let length = if place.name == "widths" && self.chance(5) {
                    17
                } else {
                    self.below(4)
                };
                let item = Place {
                    has_default: false,
                    ..*place
                };
                Value::List((0..length).map(|_| self.value(inner, &item)).collect())
            }
            BaseType::Named(name) => self.named(name, place),
        }
    }

    /// A value without variables.
    fn constant(&mut self, ty: &Type, place: &Place<'_>) -> Constant {
        let before = std::mem::replace(&mut self.is_constant, true);
        let value = self.value(ty, place).into_const().unwrap();
        self.is_constant = before;
        value
    }

    fn named(&mut self, name: &str, place: &Place<'_>) -> Value {
        match self.schema.kind(name) {
            Some(TypeKind::Enum(members)) => {
                let member = &members.values[self.below(members.values.len())];
                Value::Enum(member.node.value.node.clone())
            }
            Some(TypeKind::InputObject(object)) => self.input_object(name, &object.fields, place),
            _ => match name {
                "Boolean" => Value::Boolean(self.chance(50)),
                "Int" => Value::Number(self.number(place).into()),
                "ID" => Value::String(self.id(place)),
                "DateTime" => {
                    let times = [
                        "1990-01-01T00:00:00Z",
                        "2024-10-04T00:03:00Z",
                        "2024-10-04T00:05:00+02:00",
                        "2025-06-01T12:00:00Z",
                    ];
                    Value::String(self.one(&times).to_owned())
                }
                _ => Value::String(self.text(place)),
            },
        }
    }

    fn input_object(&mut self, name: &str, fields: &[Positioned<InputValueDefinition>], place: &Place<'_>) -> Value {
        let mut members = async_graphql::indexmap::IndexMap::new();
        let mut add = |writer: &mut Self, field: &InputValueDefinition, ty: &Type| {
            let place = Place {
                owner: name,
                name: field.name.node.as_str(),
                target: place.target,
                has_default: field.default_value.is_some(),
            };
            members.insert(Name::new(place.name), writer.value(ty, &place));
        };
        if name.ends_with("By") {
            let field = &fields[self.below(fields.len())].node;
            add(self, field, &required(&field.ty.node));
        } else {
            for field in fields {
                if is_required(&field.node) || self.chance(if name.ends_with("Order") { 60 } else { 12 }) {
                    add(self, &field.node, &field.node.ty.node);
                }
            }
        }
        Value::Object(members)
    }

    fn number(&mut self, place: &Place<'_>) -> i32 {
        let usual: &[i32] = match place.name {
            "first" | "last" => &[1, 2, 3, 4, 5],
            "length" => &[1, 20, 300, 600],
            _ => &[100, 480, 960, 5_000],
        };
        let odd = [0, -1, 101, 601];
        if self.chance(2) {
            *self.one(&odd.each_ref())
        } else {
            usual[self.below(usual.len())]
        }
    }

    fn id(&mut self, place: &Place<'_>) -> String {
        let kind = match place.name {
            "since" => "Revision",
            _ => place.target,
        };
        let is_any = self.schema.is_abstract(kind) || self.chance(10);
        let wanted = move |(of, _): &&(String, String)| is_any || of == kind;
        self.of_pool(self.pool.ids.iter().filter(wanted), "unknown")
    }

    fn text(&mut self, place: &Place<'_>) -> String {
        let fixed: &[&str] = match (place.owner, place.name) {
            ("Query.__type", _) => {
                let names = self.schema.names();
                return self.one(&names).to_owned();
            }
            ("navigation", "name") => &["main", "main", "main", "footer", "nowhere"],
            (_, "title" | "search") => &["a", "TITLE", "of", "zebra", "%", ""],
            ("JobWhere", "kind") => &["send-letter", "nothing"],
            (_, "path") => {
                let paths = &self.pool.paths;
                let path = &paths[self.below(paths.len())];
                return match self.below(10) {
                    0 => "/nowhere".to_owned(),
                    1 => format!("{path}/?a=b#c"),
                    2 => path.trim_start_matches('/').to_owned(),
                    _ => path.clone(),
                };
            }
            (_, "after" | "before") => {
                let kind = place.target.trim_end_matches("Connection");
                let is_any = self.chance(10);
                let wanted = move |(of, _): &&(String, String)| is_any || of == kind;
                return self.of_pool(self.pool.cursors.iter().filter(wanted), "no cursor");
            }
            _ => {
                let kind = match place.name {
                    "author" => "user",
                    _ if place.owner.ends_with("By") => place.target,
                    name => name,
                };
                let is_any = self.chance(3);
                let wanted = move |(of, _): &&(String, String)| is_any || of.eq_ignore_ascii_case(kind);
                return self.of_pool(self.pool.names.iter().filter(wanted), "nowhere");
            }
        };
        self.one(fixed).to_owned()
    }

    /// One of these, or sometimes an unknown value.
    fn of_pool(&mut self, of: impl Iterator<Item = &'a (String, String)>, unknown: &str) -> String {
        let values: Vec<&str> = of.map(|(_, value)| value.as_str()).collect();
        if values.is_empty() || self.chance(4) {
            return unknown.to_owned();
        }
        self.one(&values).to_owned()
    }

    /// A variable that may stand where a value of a type is expected.
    pub fn variable(&mut self, ty: &Type, place: &Place<'_>) -> Value {
        let (wanted, at) = (
            ty.to_string(),
            format!("{}.{} {}", place.owner, place.name, place.target),
        );
        let known = self
            .variables
            .iter()
            .find(|variable| variable.ty == wanted && variable.place == at);
        if let Some(known) = known.map(|variable| Name::new(&variable.name))
            && self.chance(50)
        {
            return Value::Variable(known);
        }
        let value_type = required(ty);
        let default = self.constant(&value_type, place);
        let base = &ty.base;
        // The one field of a `@oneOf` object takes no variables that may be null.
        let is_one_of = place.owner.ends_with("By");
        let (declared, is_optional) = match self.below(6) {
            0 | 1 => (format!("{base}! = {default}"), true),
            2 if !is_one_of => (format!("{base} = {default}"), true),
            3 | 4 if (ty.nullable || place.has_default) && !is_one_of => (base.to_string(), true),
            _ => (format!("{base}!"), false),
        };
        let is_nullable = ty.nullable && !declared.contains('!');
        let mut given = || {
            if is_optional && self.chance(40) {
                None
            } else if is_nullable && self.chance(20) {
                Some(Json::Null)
            } else {
                Some(serde_json::to_value(self.constant(&value_type, place)).unwrap())
            }
        };
        let given = [given(), given()];
        let name = format!("v{}", self.variables.len());
        self.variables.push(Variable {
            declaration: format!("${name}: {declared}"),
            name: name.clone(),
            ty: wanted,
            place: at,
            given,
        });
        Value::Variable(Name::new(name))
    }
}

/// A type without null.
fn required(ty: &Type) -> Type {
    Type {
        nullable: false,
        ..ty.clone()
    }
}

/// Whether a value has to be given.
pub fn is_required(input: &InputValueDefinition) -> bool {
    !input.ty.node.nullable && input.default_value.is_none()
}
