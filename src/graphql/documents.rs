//! The documents that were executed lately: parsed, and their queries compiled.

use std::sync::Arc;

use moka::sync::Cache;

use super::engine::limits::{Limits, Refusal, parse};
use super::query::Document;

/// Bytes of the texts of all documents.
const MAX_BYTES: u64 = 1024 * 1024;

/// Documents by their text: front ends send the same few over and over.
pub struct Documents {
    limits: Limits,
    parsed: Cache<String, Arc<Document>>,
}

impl Documents {
    /// None yet; they will be parsed within these limits.
    pub fn new(limits: Limits) -> Self {
        let bytes = |text: &String, _: &Arc<Document>| u32::try_from(text.len()).unwrap_or(u32::MAX);
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
        assert!(documents.parsed.weighted_size() <= MAX_BYTES);
    }
}
