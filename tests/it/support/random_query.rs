//! Random valid queries, the same for the same seed.

use std::collections::BTreeSet;

use async_graphql::Variables;
use async_graphql::parser::types::{FieldDefinition, Type};
use quoin::graphql::Api;
use quoin::graphql::limits::{Limits, TypeMap, check_inputs, measure, operation, parse};
use serde_json::Value as Json;

use super::lists::Numbers;
use super::random_value::{Place, Pool, RandomValues, is_required};
use super::schema_types::{SchemaTypes, bare};

/// Levels of objects, those of edges and nodes not counted.
const MAX_DEPTH: usize = 5;
/// Leaves, those of a fragment counted wherever it is spread.
const MAX_LEAVES: usize = 25;
/// Fragments within each other.
const MAX_NESTING: usize = 3;
/// Fields of the query that are seldom asked for: most viewers may not see them, or they are those of the schema.
const SELDOM: &str = "users oauthClient oauthClients auditEvents jobs trustedDocuments __schema __type";
/// Objects that the response may hold, so that the test stays quick.
const MAX_COST: u64 = 3_000;

/// A query.
pub struct RandomQuery {
    pub text: String,
    /// Values of its variables, with which it is executed one after the other.
    pub variables: Vec<Json>,
    /// The operation that is meant, where there are several.
    pub operation: Option<String>,
}

/// Makes random queries.
pub struct Queries<'a> {
    schema: &'a SchemaTypes,
    pool: &'a Pool,
    limits: Limits,
    types: TypeMap,
}

impl<'a> Queries<'a> {
    pub fn new(schema: &'a SchemaTypes, pool: &'a Pool) -> Self {
        Self {
            schema,
            pool,
            limits: Limits {
                cost: MAX_COST,
                ..Limits::default()
            },
            types: TypeMap::new(&Api::sdl()).unwrap(),
        }
    }

    /// The query of a seed, which is within the limits.
    pub fn random(&self, seed: u64) -> RandomQuery {
        // Seeds that follow each other are not to begin alike.
        let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d);
        for _ in 0..4 {
            numbers.below(2);
        }
        loop {
            let mut writer = Writer {
                schema: self.schema,
                frequent: self.pool.types(),
                random: RandomValues::new(self.schema, self.pool, numbers),
                calls: Vec::new(),
                fragments: Vec::new(),
                leaves: 0,
                nesting: 0,
            };
            let query = writer.query();
            if writer.leaves <= MAX_LEAVES && self.is_within_limits(&query) {
                return query;
            }
            numbers = writer.random.numbers;
        }
    }

    fn is_within_limits(&self, query: &RandomQuery) -> bool {
        let document = parse(&query.text, &self.limits).unwrap_or_else(|refusal| panic!("{refusal}: {}", query.text));
        query.variables.iter().all(|variables| {
            let variables = Variables::from_json(variables.clone());
            let operation = operation(&document, query.operation.as_deref(), &variables);
            let operation = operation.unwrap_or_else(|refusal| panic!("{refusal}: {}", query.text));
            let measured = measure(&document, operation, &variables, &self.limits, &self.types);
            check_inputs(&document, operation, &variables).is_ok() && measured.is_ok_and(|cost| cost.check().is_ok())
        })
    }
}

/// A field with its arguments under its response key.
#[derive(Clone)]
struct Call {
    name: String,
    ty: String,
    /// The arguments that the field takes.
    takes: String,
    key: String,
    arguments: String,
}

impl Call {
    fn is_of(&self, name: &str, ty: &str, takes: &str) -> bool {
        self.name == name && self.ty == ty && self.takes == takes
    }

    fn text(&self) -> String {
        let Self {
            name, key, arguments, ..
        } = self;
        if key == name {
            format!("{name}{arguments}")
        } else {
            format!("{key}: {name}{arguments}")
        }
    }
}

struct Fragment {
    name: String,
    on: String,
    body: String,
    leaves: usize,
    depth: usize,
}

struct Writer<'a> {
    schema: &'a SchemaTypes,
    /// The types that conditions mostly name.
    frequent: Vec<&'a str>,
    random: RandomValues<'a>,
    /// One for each response key: a key means the same field with the same arguments in the whole document, so that fields
    /// can be merged wherever they meet.
    calls: Vec<Call>,
    fragments: Vec<Fragment>,
    leaves: usize,
    nesting: usize,
}

impl<'a> Writer<'a> {
    fn query(&mut self) -> RandomQuery {
        let body = self.selections("Query", MAX_DEPTH);
        let declarations = self.random.declarations();
        let mut text = if declarations.is_empty() && self.random.chance(50) {
            format!("{{ {body} }}")
        } else if declarations.is_empty() {
            format!("query Random {{ {body} }}")
        } else {
            format!("query Random({declarations}) {{ {body} }}")
        };
        let has_other = text.starts_with("query Random") && self.random.chance(5);
        if has_other {
            text += " query Other { publication { slug } }";
        }
        for fragment in &self.fragments {
            text += &format!(" fragment {} on {} {{ {} }}", fragment.name, fragment.on, fragment.body);
        }
        RandomQuery {
            text,
            variables: self.random.assignments(),
            operation: has_other.then(|| "Random".to_owned()),
        }
    }

    /// What is inside the braces of a selection set.
    fn selections(&mut self, on: &str, depth: usize) -> String {
        let mut written = Vec::new();
        let mut parts = Vec::new();
        for _ in 0..=self.random.below(4) {
            if self.leaves < MAX_LEAVES || parts.is_empty() {
                parts.push(self.selection(on, depth, &mut written));
            }
        }
        if self.schema.is_abstract(on) && self.random.chance(20) {
            parts.push(self.different_fields_of_one_key(on));
        }
        parts.join(" ")
    }

    fn selection(&mut self, on: &str, depth: usize, written: &mut Vec<Call>) -> String {
        let has_room = self.nesting < MAX_NESTING && self.leaves < MAX_LEAVES;
        match self.random.below(100) {
            0..12 if has_room => self.inline_fragment(on, depth, true),
            12..17 if has_room => self.inline_fragment(on, depth, false),
            17..29 if has_room => self.spread(on, depth),
            29..40 if !written.is_empty() => {
                let call = written[self.random.below(written.len())].clone();
                self.write(on, &call, depth)
            }
            40..45 => self.type_name(),
            _ if has_room && self.schema.fields(on).len() <= 1 => self.inline_fragment(on, depth, true),
            _ => self.field(on, depth, written),
        }
    }

    fn type_name(&mut self) -> String {
        let call = self.call("Object", &self.schema.type_name, "String");
        self.write("Object", &call, 0)
    }

    fn field(&mut self, on: &str, depth: usize, written: &mut Vec<Call>) -> String {
        let schema = self.schema;
        let is_page = on.ends_with("Connection") || on.ends_with("Edge");
        let wants_objects =
            (depth > 0 || is_page) && self.leaves < MAX_LEAVES && self.random.chance(if is_page { 80 } else { 45 });
        let fields = schema.fields(on).iter().map(|field| &field.node);
        let (objects, leaves): (Vec<&FieldDefinition>, Vec<&FieldDefinition>) =
            fields.partition(|field| schema.is_composite(&bare(&field.ty.node)));
        let fields = match (wants_objects, objects.is_empty(), leaves.is_empty()) {
            (true, false, _) | (false, false, true) => objects,
            (_, _, false) => leaves,
            _ => return self.type_name(),
        };
        if fields.is_empty() || (depth == 0 && !is_page && schema.is_composite(&bare(&fields[0].ty.node))) {
            return self.type_name();
        }
        let mut field = fields[self.random.below(fields.len())];
        while on == "Query" && SELDOM.contains(field.name.node.as_str()) && self.random.chance(70) {
            field = fields[self.random.below(fields.len())];
        }
        let call = self.call(on, field, &bare(&field.ty.node));
        written.push(call.clone());
        self.write(on, &call, depth)
    }

    /// A field with what is selected below it.
    fn write(&mut self, on: &str, call: &Call, depth: usize) -> String {
        let target = call.ty.replace(['[', ']', '!'], "");
        let text = format!("{}{}", call.text(), self.directives());
        if !self.schema.is_composite(&target) {
            self.leaves += 1;
            return text;
        }
        let is_page = on.ends_with("Connection") || on.ends_with("Edge");
        let below = self.selections(&target, if is_page { depth } else { depth.saturating_sub(1) });
        format!("{text} {{ {below} }}")
    }

    /// The field with arguments and a response key, new ones or those of a field that was written before.
    fn call(&mut self, on: &str, field: &'a FieldDefinition, target: &str) -> Call {
        let (name, ty) = (field.name.node.to_string(), field.ty.node.to_string());
        let takes = field.arguments.iter();
        let takes = takes.map(|argument| format!("{}: {}, ", argument.node.name, argument.node.ty));
        let takes: String = takes.collect();
        let known: Vec<usize> = (0..self.calls.len())
            .filter(|place| self.calls[*place].is_of(&name, &ty, &takes))
            .collect();
        if !known.is_empty() && self.random.chance(40) {
            return self.calls[known[self.random.below(known.len())]].clone();
        }
        let arguments = self.arguments(on, field, target);
        let is_same = |call: &Call| call.is_of(&name, &ty, &takes) && call.arguments == arguments;
        let is_taken = self.calls.iter().any(|call| call.key == name && !is_same(call));
        let key = if self.random.chance(15) || is_taken {
            format!(
                "{}{}",
                ["a", "b", "first", "items", "x_"][self.random.below(5)],
                self.calls.len()
            )
        } else {
            name.clone()
        };
        let call = Call {
            name,
            ty,
            takes,
            key,
            arguments,
        };
        if !self.calls.iter().any(|known| known.key == call.key) {
            self.calls.push(call.clone());
        }
        call
    }

    /// Two types that an interface or a union stands for, with different fields under one key.
    fn different_fields_of_one_key(&mut self, on: &str) -> String {
        let possible = self.schema.possible(on);
        let (one, other) = (self.random.one(&possible), self.random.one(&possible));
        let leaves = |name: &str| -> Vec<&FieldDefinition> {
            let fields = self.schema.fields(name).iter().map(|field| &field.node);
            fields
                .filter(|field| !self.schema.is_composite(&bare(&field.ty.node)) && field.arguments.is_empty())
                .collect()
        };
        let (of_one, of_other) = (leaves(one), leaves(other));
        let field = of_one[self.random.below(of_one.len())];
        let alike: Vec<_> = of_other
            .into_iter()
            .filter(|candidate| candidate.ty.node == field.ty.node)
            .collect();
        let Some(second) = self.random.numbers.one(&alike).copied().filter(|_| one != other) else {
            return self.type_name();
        };
        let key = format!("either{}", self.calls.len());
        self.calls.push(Call {
            name: String::new(),
            ty: String::new(),
            takes: String::new(),
            key: key.clone(),
            arguments: String::new(),
        });
        self.leaves += 2;
        let (first, second) = (&field.name.node, &second.name.node);
        format!("... on {one} {{ {key}: {first} }} ... on {other} {{ {key}: {second} }}")
    }

    /// A type that some of the objects of a type may have.
    fn condition(&mut self, on: &str) -> String {
        let possible: BTreeSet<_> = self.schema.possible(on).into_iter().collect();
        let fits = |name: &&str| {
            self.schema
                .possible(name)
                .iter()
                .any(|object| possible.contains(object))
        };
        let abstract_types: Vec<_> = self.schema.abstract_types().into_iter().filter(fits).collect();
        if !abstract_types.is_empty() && self.random.chance(25) {
            return self.random.one(&abstract_types).to_owned();
        }
        let frequent: Vec<&str> = self
            .frequent
            .iter()
            .copied()
            .filter(|name| possible.contains(name))
            .collect();
        if !frequent.is_empty() && self.random.chance(80) {
            return self.random.one(&frequent).to_owned();
        }
        let possible: Vec<&str> = possible.into_iter().collect();
        self.random.one(&possible).to_owned()
    }

    fn inline_fragment(&mut self, on: &str, depth: usize, has_condition: bool) -> String {
        let directives = self.directives();
        self.nesting += 1;
        let text = if has_condition {
            let condition = self.condition(on);
            format!(
                "... on {condition}{directives} {{ {} }}",
                self.selections(&condition, depth)
            )
        } else {
            format!("...{directives} {{ {} }}", self.selections(on, depth))
        };
        self.nesting -= 1;
        text
    }

    fn spread(&mut self, on: &str, depth: usize) -> String {
        let possible = self.schema.possible(on);
        let fits = |fragment: &Fragment| {
            self.schema
                .possible(&fragment.on)
                .iter()
                .any(|object| possible.contains(object))
                && fragment.depth <= depth
                && self.leaves + fragment.leaves <= MAX_LEAVES
        };
        let known: Vec<usize> = (0..self.fragments.len())
            .filter(|place| fits(&self.fragments[*place]))
            .collect();
        if !known.is_empty() && (self.random.chance(60) || self.fragments.len() > 3) {
            let fragment = &self.fragments[known[self.random.below(known.len())]];
            self.leaves += fragment.leaves;
            let name = fragment.name.clone();
            return format!("...{name}{}", self.directives());
        }
        let (on, before) = (self.condition(on), self.leaves);
        self.nesting += 1;
        let body = self.selections(&on, depth);
        self.nesting -= 1;
        let name = format!("F{}", self.fragments.len());
        self.fragments.push(Fragment {
            name: name.clone(),
            on,
            body,
            leaves: self.leaves - before,
            depth,
        });
        format!("...{name}{}", self.directives())
    }

    /// `@skip` and `@include`, mostly none.
    fn directives(&mut self) -> String {
        let mut text = String::new();
        for (name, usually) in [("include", true), ("skip", false)] {
            if !self.random.chance(7) {
                continue;
            }
            let condition = if !self.random.is_constant && self.random.chance(50) {
                let ty = Type::new("Boolean!").unwrap();
                let place = Place {
                    owner: "directive",
                    name,
                    target: "",
                    has_default: false,
                };
                self.random.variable(&ty, &place).to_string()
            } else {
                (usually == self.random.chance(75)).to_string()
            };
            text += &format!(" @{name}(if: {condition})");
        }
        text
    }

    /// The arguments of a field, parentheses included.
    fn arguments(&mut self, on: &str, field: &'a FieldDefinition, target: &str) -> String {
        let owner = if on == "Query" {
            format!("Query.{}", field.name.node)
        } else {
            field.name.node.to_string()
        };
        let has_first = self.random.chance(70);
        let mut texts = Vec::new();
        for argument in &field.arguments {
            let argument = &argument.node;
            let is_given = match argument.name.node.as_str() {
                "first" => has_first,
                "last" => self.random.chance(if has_first { 1 } else { 60 }),
                "after" | "before" => self.random.chance(7),
                "where" | "orderBy" | "publication" => self.random.chance(20),
                _ => self.random.chance(50),
            };
            if is_given || is_required(argument) {
                let place = Place {
                    owner: &owner,
                    name: argument.name.node.as_str(),
                    target,
                    has_default: argument.default_value.is_some(),
                };
                texts.push(format!(
                    "{}: {}",
                    place.name,
                    self.random.value(&argument.ty.node, &place)
                ));
            }
        }
        if texts.is_empty() {
            return String::new();
        }
        format!("({})", texts.join(", "))
    }
}
