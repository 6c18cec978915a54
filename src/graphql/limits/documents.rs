use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use moka::sync::Cache;

use super::{Limits, Refusal, parse};

/// How many bytes of texts are kept. Parsed, they take some thirty times as much.
const MOST_BYTES: u64 = 1024 * 1024;

/// Documents that were parsed lately, by their text: front ends send the same few over and over.
pub struct Documents {
    limits: Limits,
    parsed: Cache<String, Arc<ExecutableDocument>>,
}

impl Documents {
    /// None yet; they will be parsed within these limits.
    pub fn new(limits: Limits) -> Self {
        let bytes = |text: &String, _: &Arc<ExecutableDocument>| u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self {
            limits,
            parsed: Cache::builder().weigher(bytes).max_capacity(MOST_BYTES).build(),
        }
    }

    /// The document with this text. It is parsed only: whether it fits the schema and its variables, execution sees.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn parse(&self, text: &str) -> Result<Arc<ExecutableDocument>, Refusal> {
        if let Some(known) = self.parsed.get(text) {
            return Ok(known);
        }
        let document = Arc::new(parse(text, &self.limits)?);
        self.parsed.insert(text.to_owned(), Arc::clone(&document));
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for number in 0..50 {
            documents.parse(&format!("{{ a{number} }}{long}")).expect("parses");
        }
        documents.parsed.run_pending_tasks();
        assert!(documents.parsed.weighted_size() <= MOST_BYTES);
    }
}
