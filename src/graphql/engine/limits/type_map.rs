use std::collections::{HashMap, HashSet};

use async_graphql::Value;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, OperationType, ServiceDocument, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{self, parse_schema};

/// The part of the introspection system that has objects, which no printed schema holds.
/// <https://spec.graphql.org/October2021/#sec-Schema-Introspection.Schema-Introspection-Schema>
const INTROSPECTION: &str = "
    type __Schema { types: [__Type] queryType: __Type mutationType: __Type subscriptionType: __Type directives: [__Directive] }
    type __Type { fields: [__Field] interfaces: [__Type] possibleTypes: [__Type] enumValues: [__EnumValue]
        inputFields: [__InputValue] ofType: __Type }
    type __Field { args: [__InputValue] type: __Type }
    type __InputValue { type: __Type }
    type __EnumValue { name: String }
    type __Directive { args: [__InputValue] }
";

/// Which fields of which types lead to objects, and to how many, and what fields cost by themselves: what it takes to estimate
/// a query's cost.
#[derive(Clone, Debug)]
pub struct TypeMap {
    roots: [Option<String>; 3],
    types: HashMap<String, HashMap<String, Relation>>,
    weights: HashMap<String, HashMap<String, u64>>,
}

/// Where a field leads that answers with objects.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// The type of the objects.
    pub target: String,
    /// How many.
    pub size: Size,
}

/// How many objects a field answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// One, or as many as were counted already: the lists of a connection are as long as its page.
    One,
    /// A list without pages.
    List,
    /// A page. A type is a connection by its name: <https://relay.dev/graphql/connections.htm#sec-Connection-Types>
    Page,
}

impl TypeMap {
    /// Reads a schema in its definition language.
    ///
    /// # Errors
    /// When the text is no schema.
    pub fn new(schema: &str) -> Result<Self, parser::Error> {
        let schema = parse_schema(schema)?;
        let introspection = parse_schema(INTROSPECTION)?;
        let composites: HashSet<_> = [&schema, &introspection].into_iter().flat_map(composites).collect();
        let mut types: HashMap<String, HashMap<String, Relation>> = HashMap::new();
        let mut weights: HashMap<String, HashMap<String, u64>> = HashMap::new();
        for definition in [&schema, &introspection]
            .into_iter()
            .flat_map(|document| &document.definitions)
        {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let fields = match &definition.node.kind {
                TypeKind::Object(object) => &object.fields,
                TypeKind::Interface(interface) => &interface.fields,
                _ => continue,
            };
            let name = definition.node.name.node.as_str();
            let relations = fields.iter().filter_map(|field| {
                let relation = relation(name, &field.node.ty.node, &composites)?;
                Some((field.node.name.node.to_string(), relation))
            });
            types.insert(name.to_owned(), relations.collect());
            // What is selected on an interface costs what it does on the types behind it.
            let interfaces: &[_] = match &definition.node.kind {
                TypeKind::Object(object) => &object.implements,
                _ => &[],
            };
            for owner in interfaces.iter().map(|interface| interface.node.as_str()).chain([name]) {
                for (field, weight) in fields.iter().filter_map(|field| weight(&field.node)) {
                    let known = weights.entry(owner.to_owned()).or_default().entry(field).or_default();
                    *known = weight.max(*known);
                }
            }
        }
        let roots = roots(&schema);
        if let Some(query) = roots[0].as_ref().and_then(|root| types.get_mut(root)) {
            for (field, target) in [("__schema", "__Schema"), ("__type", "__Type")] {
                let target = target.to_owned();
                query.insert(
                    field.to_owned(),
                    Relation {
                        target,
                        size: Size::One,
                    },
                );
            }
        }
        Ok(Self { roots, types, weights })
    }

    /// The type at which operations of a kind begin.
    pub(super) fn root(&self, operation: OperationType) -> Option<&str> {
        self.roots[operation as usize].as_deref()
    }

    /// Cost of the field itself, by its directive `@cost`.
    pub(super) fn weight(&self, parent: &str, field: &str) -> u64 {
        let weights = self.weights.get(parent);
        weights
            .and_then(|weights| weights.get(field))
            .copied()
            .unwrap_or_default()
    }

    /// Where a field leads; none when it answers with a scalar, or does not exist.
    pub(super) fn relation(&self, parent: &str, field: &str) -> Option<&Relation> {
        self.types.get(parent)?.get(field)
    }
}

/// The names of the types that have fields, or members that have.
fn composites(document: &ServiceDocument) -> impl Iterator<Item = &str> {
    document.definitions.iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => match definition.node.kind {
            TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_) => {
                Some(definition.node.name.node.as_str())
            }
            _ => None,
        },
        _ => None,
    })
}

/// The name of a field that has a weight, and that.
fn weight(field: &FieldDefinition) -> Option<(String, u64)> {
    let cost = field
        .directives
        .iter()
        .find(|directive| directive.node.name.node == "cost")?;
    match &cost.node.get_argument("weight")?.node {
        Value::String(weight) => Some((field.name.node.to_string(), weight.parse().ok()?)),
        _ => None,
    }
}

fn relation(parent: &str, ty: &Type, composites: &HashSet<&str>) -> Option<Relation> {
    let (target, list) = match &ty.base {
        BaseType::Named(name) => (name.as_str(), false),
        BaseType::List(items) => (innermost(items), true),
    };
    let size = match list {
        true if parent.ends_with("Connection") => Size::One,
        true => Size::List,
        false if target.ends_with("Connection") => Size::Page,
        false => Size::One,
    };
    composites.contains(target).then(|| Relation {
        target: target.to_owned(),
        size,
    })
}

fn innermost(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(items) => innermost(items),
    }
}

/// The root types, in the order of `OperationType`; without a `schema` definition they have the default names.
fn roots(document: &ServiceDocument) -> [Option<String>; 3] {
    let schema = document.definitions.iter().find_map(|definition| match definition {
        TypeSystemDefinition::Schema(schema) => Some(&schema.node),
        _ => None,
    });
    let Some(schema) = schema else {
        return ["Query", "Mutation", "Subscription"].map(|name| Some(name.to_owned()));
    };
    [&schema.query, &schema.mutation, &schema.subscription].map(|root| root.as_ref().map(|name| name.node.to_string()))
}
