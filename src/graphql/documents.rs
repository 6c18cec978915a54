//! The documents that were executed lately: parsed, and their queries compiled.

use std::sync::Arc;

use moka::sync::Cache;

use super::engine::limits::{Limits, Refusal, parse};
use super::query::Document;

/// Bytes of all documents: their texts, and what they are parsed and compiled to.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Documents by their text: front ends send the same few over and over.
pub struct Documents {
    limits: Limits,
    parsed: Cache<String, Arc<Document>>,
}

impl Documents {
    /// None yet; they will be parsed within these limits.
    pub fn new(limits: Limits) -> Self {
        let bytes =
            |text: &String, document: &Arc<Document>| u32::try_from(text.len() + document.bytes()).unwrap_or(u32::MAX);
        Self {
            limits,
            parsed: Cache::builder().weigher(bytes).max_capacity(MAX_BYTES).build(),
        }
    }

    /// The document with this text. Whether it fits the schema and its variables, the execution finds out.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn parse(&self, text: &str) -> Result<Arc<Document>, Refusal> {
        if let Some(known) = self.parsed.get(text) {
            return Ok(known);
        }
        let document = Arc::new(Document::from(parse(text, &self.limits)?));
        self.weigh(text, &document);
        Ok(document)
    }

    /// Accounts for a document that may have been compiled since it was parsed.
    pub fn weigh(&self, text: &str, document: &Arc<Document>) {
        if document.has_grown() {
            self.parsed.insert(text.to_owned(), Arc::clone(document));
        }
    }

    /// Parses and compiles a document before anybody asks for it.
    pub async fn compile(&self, text: &str) {
        // What is wrong with one, who asks for it is told.
        if let Ok(document) = self.parse(text) {
            document.compile().await;
            self.weigh(text, &document);
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Variables;

    use super::*;
    use crate::graphql::Api;
    use crate::graphql::limits::{TypeMap, find};

    #[test]
    fn a_known_document_is_not_parsed_again() {
        let documents = Documents::new(Limits::default());
        let first = documents.parse("{ a }").expect("parses");
        assert!(Arc::ptr_eq(&first, &documents.parse("{ a }").expect("parses")));
        assert!(!Arc::ptr_eq(&first, &documents.parse("{ b }").expect("parses")));
    }

    #[test]
    fn what_cannot_be_parsed_is_refused_each_time() {
        let documents = Documents::new(Limits::default());
        for _ in 0..2 {
            assert_eq!(documents.parse("{ a").expect_err("is refused").code, "BAD_REQUEST");
        }
    }

    #[test]
    fn only_so_much_is_kept() {
        let documents = Documents::new(Limits::default());
        let long = "#".repeat(100 * 1024);
        for number in 0..200 {
            documents.parse(&format!("{{ a{number} }}{long}")).expect("parses");
        }
        assert!(weight(&documents) <= MAX_BYTES);
    }

    fn weight(documents: &Documents) -> u64 {
        documents.parsed.run_pending_tasks();
        documents.parsed.weighted_size()
    }

    #[tokio::test]
    async fn what_a_document_is_compiled_to_is_weighed() {
        let documents = Documents::new(Limits::default());
        let text = "{ publications { nodes { title posts { nodes { title } } } } }";
        let document = documents.parse(text).expect("parses");
        let parsed = weight(&documents);
        assert!(parsed > text.len() as u64);
        document.compile().await;
        documents.weigh(text, &document);
        let compiled = weight(&documents);
        assert!(compiled > parsed);
        document.compile().await;
        documents.weigh(text, &document);
        assert_eq!(weight(&documents), compiled, "it was compiled already");
    }

    #[tokio::test]
    async fn a_document_that_is_compiled_before_it_is_asked_for_is_not_compiled_then() {
        let documents = Documents::new(Limits::default());
        let text = "query Front { publication { slug } } query Title { publication { title } }";
        documents.compile(text).await;
        let compiled = weight(&documents);
        let document = documents.parse(text).expect("parses");
        assert_eq!((compiled, document.has_grown()), (weight(&documents), false));
        assert!(compiled > (text.len() + Document::from(document.parsed().clone()).bytes()) as u64);
        documents.compile("{ a").await;
        documents.compile("{ nothing }").await;
    }

    #[test]
    fn a_document_is_measured_once_unless_variables_matter() {
        let types = TypeMap::new(&Api::sdl()).expect("a schema");
        let cost = |document: &Document, first: i32, cost: u64| {
            let limits = Limits {
                cost,
                ..Limits::default()
            };
            let variables = Variables::from_json(serde_json::json!({ "first": first }));
            let operation = find(document.parsed(), None).expect("is there");
            let measured = document.measure(operation, &variables, &limits, &types);
            let cost = measured.expect("is within the limits");
            (cost.requested, cost.limit)
        };
        let documents = Documents::new(Limits::default());
        let document = documents
            .parse("{ posts(first: 3) { nodes { title } } }")
            .expect("parses");
        assert_eq!((cost(&document, 1, 10), cost(&document, 2, 20)), ((4, 10), (4, 10)));
        let text = "query($first: Int) { posts(first: $first) { nodes { title } } }";
        let document = documents.parse(text).expect("parses");
        assert_eq!((cost(&document, 1, 10), cost(&document, 2, 20)), ((2, 10), (3, 20)));
    }
}
