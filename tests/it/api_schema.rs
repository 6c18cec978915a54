//! The schema as a contract.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use quoin::graphql::Api;

#[test]
fn the_committed_schema_is_what_quoin_prints() {
    let committed = include_str!("../../schema.graphql");
    assert!(
        committed == Api::sdl(),
        "stale: run `cargo run -- schema > schema.graphql`"
    );
}

#[test]
fn everything_in_the_schema_is_described() {
    let document = parse_schema(Api::sdl()).unwrap();
    let mut bare = Vec::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let (definition, owner) = (&definition.node, definition.node.name.node.to_string());
        if definition.description.is_none() {
            bare.push(owner.clone());
        }
        let fields = match &definition.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::InputObject(input) => {
                let inputs = input.fields.iter().filter(|field| field.node.description.is_none());
                bare.extend(inputs.map(|field| format!("{owner}.{}", field.node.name.node)));
                continue;
            }
            TypeKind::Enum(choice) => {
                let values = choice.values.iter().filter(|value| value.node.description.is_none());
                bare.extend(values.map(|value| format!("{owner}.{}", value.node.value.node)));
                continue;
            }
            _ => continue,
        };
        for field in fields {
            let name = format!("{owner}.{}", field.node.name.node);
            let arguments = field
                .node
                .arguments
                .iter()
                .filter(|argument| argument.node.description.is_none());
            bare.extend(arguments.map(|argument| format!("{name}({})", argument.node.name.node)));
            if field.node.description.is_none() {
                bare.push(name);
            }
        }
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}
