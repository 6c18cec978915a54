//! The types of the schema, as clients read them.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use quoin::graphql::Api;

/// Fields that no printed schema has, of any type and of the query, and some of the types that these lead to.
const INTROSPECTION: &str = "
    type __Any { __typename: String! }
    type __Root { __schema: __Schema! __type(name: String!): __Type }
    type __Schema { queryType: __Type! mutationType: __Type }
    type __Type { kind: String! name: String description: String fields: [__Field!] }
    type __Field { name: String! description: String type: __Type! }
";

/// The types of the schema.
pub struct SchemaTypes {
    types: BTreeMap<String, TypeKind>,
    /// The field `__typename` of all of them.
    pub type_name: FieldDefinition,
}

impl SchemaTypes {
    pub fn new() -> Self {
        let document = parse_schema(format!("{} {INTROSPECTION}", Api::sdl())).unwrap();
        let types = document
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => {
                    Some((definition.node.name.node.to_string(), definition.node.kind))
                }
                _ => None,
            });
        let mut types: BTreeMap<String, TypeKind> = types.collect();
        let mut fields_of = |name: &str| match types.remove(name) {
            Some(TypeKind::Object(object)) => object.fields,
            _ => panic!("the type that was added"),
        };
        let (mut any, root) = (fields_of("__Any"), fields_of("__Root"));
        if let Some(TypeKind::Object(query)) = types.get_mut("Query") {
            query.fields.extend(root);
        }
        Self {
            type_name: any.remove(0).node,
            types,
        }
    }

    /// The type with this name; none for a scalar that the specification has.
    pub fn kind(&self, name: &str) -> Option<&TypeKind> {
        self.types.get(name)
    }

    /// The fields of an object or an interface; a union has none.
    pub fn fields(&self, name: &str) -> &[Positioned<FieldDefinition>] {
        match self.kind(name) {
            Some(TypeKind::Object(object)) => &object.fields,
            Some(TypeKind::Interface(interface)) => &interface.fields,
            _ => &[],
        }
    }

    pub fn field(&self, parent: &str, name: &str) -> &FieldDefinition {
        if name == "__typename" {
            return &self.type_name;
        }
        let field = self.fields(parent).iter().find(|field| field.node.name.node == name);
        &field.unwrap_or_else(|| panic!("no field {parent}.{name}")).node
    }

    /// Whether objects of the type have fields.
    pub fn is_composite(&self, name: &str) -> bool {
        matches!(
            self.kind(name),
            Some(TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_))
        )
    }

    pub fn is_abstract(&self, name: &str) -> bool {
        matches!(self.kind(name), Some(TypeKind::Interface(_) | TypeKind::Union(_)))
    }

    /// The fields of all objects that queries lead to, as `Type.field`.
    pub fn fields_of_queries(&self) -> BTreeSet<String> {
        let (mut found, mut waiting, mut seen) = (BTreeSet::new(), vec!["Query".to_owned()], BTreeSet::new());
        while let Some(name) = waiting.pop() {
            for object in self.possible(&name) {
                if seen.insert(object.to_owned()) {
                    for field in self.fields(object) {
                        found.insert(format!("{object}.{}", field.node.name.node));
                        waiting.push(bare(&field.node.ty.node));
                    }
                }
            }
        }
        found
    }

    /// All names.
    pub fn names(&self) -> Vec<&str> {
        self.types.keys().map(String::as_str).collect()
    }

    /// The interfaces and unions.
    pub fn abstract_types(&self) -> Vec<&str> {
        let names = self.types.keys().map(String::as_str);
        names.filter(|name| self.is_abstract(name)).collect()
    }

    /// The object types that a type stands for.
    pub fn possible(&self, name: &str) -> Vec<&str> {
        match self.kind(name) {
            Some(TypeKind::Union(union)) => union.members.iter().map(|member| member.node.as_str()).collect(),
            Some(TypeKind::Interface(_)) => {
                let implements = |kind: &TypeKind| match kind {
                    TypeKind::Object(object) => object.implements.iter().any(|interface| interface.node == name),
                    _ => false,
                };
                let objects = self.types.iter().filter(|(_, kind)| implements(kind));
                objects.map(|(name, _)| name.as_str()).collect()
            }
            Some(TypeKind::Object(_)) => self
                .types
                .get_key_value(name)
                .map(|(name, _)| name.as_str())
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// The name of a type, without its lists and exclamation marks.
pub fn bare(ty: &Type) -> String {
    ty.to_string().replace(['[', ']', '!'], "")
}
