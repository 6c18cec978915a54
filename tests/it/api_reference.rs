//! Random queries return what their leaves return when each is asked for alone.

use std::collections::BTreeSet;
use std::ops::Range;

use async_graphql::Variables;
use quoin::budget::Budget;
use quoin::domain::Viewer;
use quoin::graphql::limits::operation;
use quoin::graphql::{Api, Document};
use serde_json::Value as Json;

use crate::support::full_site::FullSite;
use crate::support::outcome::{Outcome, difference};
use crate::support::random_query::{Queries, RandomQuery};
use crate::support::reference::{Asked, Reference};
use crate::support::schema_types::SchemaTypes;

/// Queries of each viewer. `QUOIN_TEST_DOCUMENTS` sets another number, or a range such as `60..5000`.
const QUERIES: u64 = 30;
/// Failures after which the run ends.
const MAX_FAILURES: usize = 5;

/// What was asked for.
#[derive(Default)]
struct Coverage {
    executions: usize,
    with_errors: usize,
    leaves: usize,
    /// Values other than null in the responses.
    values: usize,
    /// `Type.field`.
    fields: BTreeSet<String>,
    fields_with_values: BTreeSet<String>,
}

impl Coverage {
    fn print(&self, schema: &SchemaTypes) {
        println!(
            "{} executions, {} of them with errors, {} leaves of {} fields, {} of them with values, {} values",
            self.executions,
            self.with_errors,
            self.leaves,
            self.fields.len(),
            self.fields_with_values.len(),
            self.values
        );
        let all = schema.fields_of_queries();
        println!(
            "never asked for: {:?}",
            all.difference(&self.fields).collect::<Vec<_>>()
        );
        let without_values = all.difference(&self.fields_with_values);
        println!("never with a value: {:?}", without_values.collect::<Vec<_>>());
    }
}

struct Test<'a> {
    api: &'a Api,
    schema: &'a SchemaTypes,
    coverage: Coverage,
}

impl Test<'_> {
    /// Executes a query, compiled once, with each assignment of its variables.
    async fn query(&mut self, viewer: Viewer, query: &RandomQuery) -> Result<(), String> {
        let parsed = async_graphql::parser::parse_query(&query.text).unwrap();
        let document = Document::from(parsed);
        let mut asked = Asked::default();
        for variables in &query.variables {
            let compared = self.compare(viewer, &document, query, variables, &mut asked);
            compared
                .await
                .map_err(|failure| format!("{}\nvariables: {variables}\n{failure}\n", query.text))?;
        }
        Ok(())
    }

    /// Compares the response to a query with what its leaves return.
    async fn compare(
        &mut self,
        viewer: Viewer,
        document: &Document,
        query: &RandomQuery,
        variables: &Json,
        asked: &mut Asked,
    ) -> Result<(), String> {
        let name = query.operation.as_deref();
        let variables = Variables::from_json(variables.clone());
        let budget = Budget::default();
        let response = self.api.query(document, name, &variables, viewer, &budget, None).await;
        let found = Outcome::of(response)?;
        let parsed = document.parsed();
        let operation = &operation(parsed, name, &variables).unwrap().definition.node;
        let mut reference = Reference::new(self.api, self.schema, viewer, parsed, operation, &variables, asked);
        let expected = reference.execute(operation).await?;
        self.coverage.executions += 1;
        self.coverage.with_errors += usize::from(!found.errors.is_empty());
        self.coverage.leaves += reference.leaves;
        self.coverage.values += found.values();
        self.coverage.fields.append(&mut reference.fields);
        self.coverage
            .fields_with_values
            .append(&mut reference.fields_with_values);
        same(&found, &expected)
    }
}

/// Sees that a response is what it should be.
fn same(found: &Outcome, expected: &Outcome) -> Result<(), String> {
    let errors = || format!("errors: {:?}\nof the leaves: {:?}", found.errors, expected.errors);
    if let Some(difference) = difference(&found.data, &expected.data, "") {
        return Err(format!("{difference}\n{}", errors()));
    }
    for (place, error) in found.errors.iter().enumerate() {
        found.nulled(&error.path)?;
        if found.errors[..place].iter().any(|other| other.path == error.path) {
            return Err(format!("two errors of one field: {error:?}"));
        }
        if !expected.errors.contains(error) {
            return Err(format!("no leaf has the error {error:?}\n{}", errors()));
        }
    }
    for error in &expected.errors {
        // Of several errors below one null, one is enough.
        let null = &error.path[..found.nulled(&error.path)?];
        if !found.errors.iter().any(|error| error.path.starts_with(null)) {
            return Err(format!("the error {error:?} is missing\n{}", errors()));
        }
    }
    Ok(())
}

/// Which queries each viewer asks.
fn range() -> Range<u64> {
    match std::env::var("QUOIN_TEST_DOCUMENTS") {
        Err(_) => 0..QUERIES,
        Ok(text) => match text.split_once("..") {
            Some((start, end)) => start.parse().unwrap()..end.parse().unwrap(),
            None => 0..text.parse().unwrap(),
        },
    }
}

#[tokio::test]
async fn random_queries_return_what_their_leaves_return() {
    let site = Box::pin(FullSite::new()).await;
    let (schema, pool) = (SchemaTypes::new(), site.pool().await);
    let queries = Queries::new(&schema, &pool);
    let mut test = Test {
        api: &site.desk.gazette.api,
        schema: &schema,
        coverage: Coverage::default(),
    };
    let mut failures = Vec::new();
    for (place, (name, viewer)) in site.viewers().into_iter().enumerate() {
        for number in range() {
            // Each viewer has queries of their own.
            let seed = number * 100 + place as u64;
            if let Err(failure) = test.query(viewer, &queries.random(seed)).await {
                failures.push(format!("query {number} of {name}:\n{failure}"));
            }
            if failures.len() >= MAX_FAILURES {
                break;
            }
        }
    }
    test.coverage.print(&schema);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(
        test.coverage.with_errors * 20 > test.coverage.executions,
        "errors happen, too"
    );
}
