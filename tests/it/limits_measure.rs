//! What a document costs, and which documents are refused before they are executed.

use std::time::{Duration, Instant};

use async_graphql::Variables;
use async_graphql::parser::types::ExecutableDocument;
use quoin::graphql::limits::{BAD_REQUEST, COST_LIMIT, Cost, Limits, Refusal, TypeMap, measure, operation, parse};

const SCHEMA: &str = "
    type Query {
        post(slug: String): Post
        posts(first: Int, last: Int): PostConnection!
        nodes(ids: [ID!]!): [Node]!
    }
    type PostConnection { edges: [PostEdge!]! nodes: [Post!]! pageInfo: PageInfo! }
    type PostEdge { cursor: String! node: Post! }
    type PageInfo { hasNextPage: Boolean! }
    directive @cost(weight: String!) on FIELD_DEFINITION
    type Post implements Node { id: ID! title: String! body: String @cost(weight: \"10\") tags: [Tag!]! related(first: Int): PostConnection! author: User }
    type Tag { name: String! }
    type User { name: String! posts(first: Int): PostConnection! }
    interface Node { id: ID! body: String }
    schema { query: Query }
";

fn measured(document: &str, variables: serde_json::Value) -> Result<Cost, Refusal> {
    let limits = Limits::default();
    let document: ExecutableDocument = parse(document, &limits)?;
    let variables = Variables::from_json(variables);
    let operation = operation(&document, None, &variables)?;
    let types = TypeMap::new(SCHEMA).expect("a schema");
    let cost = measure(&document, operation, &variables, &limits, &types)?;
    cost.check().map(|()| cost)
}

fn cost(document: &str) -> u64 {
    measured(document, serde_json::json!({})).expect("passes").requested
}

fn refused(document: &str) -> Refusal {
    let start = Instant::now();
    let refusal = measured(document, serde_json::json!({})).expect_err("is refused");
    assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
    refusal
}

#[test]
fn scalars_cost_nothing_and_an_object_one() {
    assert_eq!(cost("{ __typename }"), 0);
    assert_eq!(cost("{ post { title id } }"), 1);
    assert_eq!(cost("{ post { author { name } } }"), 2);
}

#[test]
fn a_field_with_a_weight_costs_that_for_each_object() {
    assert_eq!(cost("{ post { body } }"), 1 + 10);
    assert_eq!(cost("{ post { a: body b: body } }"), 1 + 20);
    assert_eq!(cost("{ posts(first: 10) { nodes { body } } }"), 1 + 10 * 11);
    assert_eq!(cost("{ post { ...P } } fragment P on Post { body }"), 1 + 10);
    assert_eq!(
        cost("{ nodes(ids: [1, 2]) { body } }"),
        1 + 2 * 10,
        "as on the types behind the interface"
    );
}

#[test]
fn a_page_multiplies_what_is_below_it() {
    assert_eq!(cost("{ posts(first: 10) { nodes { title } } }"), 1 + 10);
    assert_eq!(
        cost("{ posts(last: 10) { edges { node { author { name } } } } }"),
        1 + 10 * 3
    );
    assert_eq!(
        cost("{ posts(first: 10) { nodes { related(first: 5) { nodes { id } } } } }"),
        1 + 10 * (1 + 1 + 5)
    );
}

#[test]
fn a_page_without_a_size_counts_twenty() {
    assert_eq!(cost("{ posts { nodes { title } } }"), 1 + 20);
}

#[test]
fn a_page_counts_at_most_a_hundred_and_at_least_one() {
    assert_eq!(cost("{ posts(first: 2147483647) { nodes { id } } }"), 1 + 100);
    assert_eq!(cost("{ posts(first: -5) { nodes { id } } }"), 1 + 1);
    assert_eq!(cost("{ posts(first: \"x\") { nodes { id } } }"), 1 + 20);
}

#[test]
fn the_size_of_a_page_is_read_from_variables_and_their_defaults() {
    let document = "query($n: Int = 7) { posts(first: $n) { nodes { id } } }";
    let requested = |variables| measured(document, variables).expect("passes").requested;
    assert_eq!(requested(serde_json::json!({ "n": 3 })), 1 + 3);
    assert_eq!(requested(serde_json::json!({})), 1 + 7);
}

#[test]
fn a_list_without_pages_counts_ten_and_one_by_ids_its_ids() {
    assert_eq!(cost("{ post { tags { name } } }"), 1 + 1);
    assert_eq!(
        cost("{ nodes(ids: [1, 2, 3]) { ... on Post { author { name } } } }"),
        1 + 3
    );
    assert_eq!(
        cost("{ nodes(ids: $unknown) { ... on Post { author { name } } } }"),
        1 + 10
    );
}

#[test]
fn a_fragment_costs_wherever_it_is_spread() {
    let document =
        "{ a: posts(first: 2) { ...P } b: posts(first: 3) { ...P } } fragment P on PostConnection { nodes { id } }";
    assert_eq!(cost(document), 1 + 2 + 1 + 3);
}

#[test]
fn what_costs_too_much_is_refused_with_both_numbers() {
    let refusal = refused(
        "{ posts(first: 100) { nodes { related(first: 100) { nodes { related(first: 100) { nodes { id } } } } } } }",
    );
    assert_eq!(refusal.code, COST_LIMIT);
    assert!(
        refusal.message.contains("1020201") && refusal.message.contains("50000"),
        "{}",
        refusal.message
    );
}

#[test]
fn depth_twenty_passes_and_twenty_one_does_not() {
    let nested = |levels: usize| format!("{}a{}", "{ a ".repeat(levels - 1) + "{ ", " }".repeat(levels));
    assert!(measured(&nested(20), serde_json::json!({})).is_ok());
    assert_eq!(refused(&nested(21)).code, COST_LIMIT);
}

#[test]
fn fields_aliases_and_directives_are_counted() {
    let fields = |count: usize| format!("{{ {} }}", "a ".repeat(count));
    let aliases = |count: usize| format!("{{ {} }}", "a:b ".repeat(count));
    let directives = |count: usize| format!("{{ a {} }}", "@b ".repeat(count));
    for (most, document) in [
        (400, &fields as &dyn Fn(usize) -> String),
        (60, &aliases),
        (200, &directives),
    ] {
        assert!(measured(&document(most), serde_json::json!({})).is_ok(), "{most}");
        let refusal = refused(&document(most + 1));
        assert_eq!(refusal.code, COST_LIMIT);
        assert!(refusal.message.contains(&most.to_string()), "{}", refusal.message);
    }
}

#[test]
fn directives_count_on_operations_and_fragments_too() {
    let many = "@a ".repeat(201);
    for document in [
        format!("query {many} {{ a }}"),
        format!("{{ ...F {many} }} fragment F on Query {{ a }}"),
        format!("{{ ...F }} fragment F on Query {many} {{ a }}"),
        format!("{{ ... {many} {{ a }} }}"),
    ] {
        assert_eq!(refused(&document).code, COST_LIMIT, "{document:.30}");
    }
}

#[test]
fn operations_that_are_not_executed_count_too() {
    let operations = (0..401)
        .map(|number| format!("query Q{number} {{ a }} "))
        .collect::<Vec<_>>()
        .concat();
    let limits = Limits::default();
    let document = parse(&operations, &limits).expect("parses");
    let operation = operation(&document, Some("Q1"), &Variables::default()).expect("is there");
    let types = TypeMap::new(SCHEMA).expect("a schema");
    let refusal = measure(&document, operation, &Variables::default(), &limits, &types).expect_err("is refused");
    assert_eq!(refusal.code, COST_LIMIT);
}

#[test]
fn fragments_that_double_each_other_are_refused_at_once() {
    let doubling = (0..60)
        .map(|number| format!("fragment F{number} on Query {{ ...F{0} ...F{0} }} ", number + 1))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(
        refused(&format!("{{ ...F0 }} {doubling} fragment F60 on Query {{ a }}")).code,
        COST_LIMIT
    );
    assert_eq!(
        refused(&format!("{{ ...F0 }} {doubling}")).code,
        BAD_REQUEST,
        "the last is not defined"
    );
}

#[test]
fn a_fragment_that_spreads_itself_is_refused() {
    for document in [
        "{ ...A } fragment A on Query { ...A ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { b { ...A } ...A }",
    ] {
        assert_eq!(refused(document).code, BAD_REQUEST);
    }
}

#[test]
fn a_fragment_that_is_not_used_is_refused_before_it_is_followed() {
    let chain = (0..1_000)
        .map(|number| format!("fragment F{number} on Query {{ ...F{} }} ", number + 1))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(refused(&format!("{{ a }} {chain}")).code, BAD_REQUEST);
}

#[test]
fn a_long_chain_of_fragments_is_refused() {
    let chain = (0..1_000)
        .map(|number| format!("fragment F{number} on Query {{ ...F{} }} ", number + 1))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(
        refused(&format!("{{ ...F0 }} {chain} fragment F1000 on Query {{ a }}")).code,
        COST_LIMIT
    );
}

#[test]
fn the_standard_introspection_query_passes() {
    let cost = measured(include_str!("support/introspection.graphql"), serde_json::json!({})).expect("passes");
    assert!(cost.introspects);
    assert!(cost.requested > 1_000, "{}", cost.requested);
}

#[test]
fn introspection_that_runs_in_circles_costs_too_much() {
    let circle = "fields { type { fields { type { fields { type { fields { type { name } } } } } } } }";
    assert_eq!(
        refused(&format!("{{ __schema {{ types {{ {circle} }} }} }}")).code,
        COST_LIMIT
    );
}

#[test]
fn unknown_fields_are_left_to_validation() {
    assert_eq!(cost("{ nothing(first: 100) { of { the } kind } }"), 2);
    assert_eq!(cost("mutation { nothing { id } }"), 1);
}
