use std::collections::HashMap;
use std::sync::Arc;

use entity::TrustedDocumentId;

use super::name::{Digest, DocumentName, digest};
use super::{MOST, MOST_BYTES};

/// A document that may be asked for by a name.
#[derive(Clone, Debug)]
pub struct TrustedDocument {
    /// The row that it was registered as; none for one of a manifest.
    pub id: Option<TrustedDocumentId>,
    /// The SHA-256 of the text.
    pub digest: Digest,
    /// The text.
    pub text: Arc<str>,
}

/// Documents by what they are named by. Each is found by the digest of its text, too.
#[derive(Clone, Debug, Default)]
pub struct Index {
    by_digest: HashMap<Digest, TrustedDocument>,
    chosen: HashMap<String, TrustedDocument>,
    names: usize,
    bytes: usize,
}

impl Index {
    /// Adds a document.
    ///
    /// # Errors
    /// When the name stands for another text already, or there are too many; which.
    pub fn add(&mut self, name: DocumentName, text: &str, id: Option<TrustedDocumentId>) -> Result<(), String> {
        let digest = digest(text);
        let is_new = match &name {
            DocumentName::Digest(named) if *named != digest => {
                return Err("its text has another SHA-256 than its id says".to_owned());
            }
            DocumentName::Digest(_) => !self.by_digest.contains_key(&digest),
            DocumentName::Chosen(name) => match self.chosen.get(name) {
                Some(known) if known.digest != digest => return Err("its id stands for two texts".to_owned()),
                known => known.is_none(),
            },
        };
        if !is_new {
            return Ok(());
        }
        self.names += 1;
        self.bytes += text.len();
        if self.names > MOST || self.bytes > MOST_BYTES {
            return Err(format!(
                "there are more than {MOST} documents, or more than {MOST_BYTES} bytes of them"
            ));
        }
        let document = TrustedDocument {
            id,
            digest,
            text: text.into(),
        };
        if let DocumentName::Chosen(name) = name {
            self.chosen.insert(name, document.clone());
        }
        self.by_digest.entry(digest).or_insert(document);
        Ok(())
    }

    /// The texts of all documents.
    pub fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_digest.values().map(|document| &document.text)
    }

    /// The document with this name.
    pub fn get(&self, name: &DocumentName) -> Option<&TrustedDocument> {
        match name {
            DocumentName::Digest(digest) => self.by_digest.get(digest),
            DocumentName::Chosen(name) => self.chosen.get(name),
        }
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names == 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::LONGEST;
    use super::*;

    fn chosen(name: &str) -> DocumentName {
        DocumentName::Chosen(name.to_owned())
    }

    #[test]
    fn a_document_is_found_by_its_name_and_by_its_digest() {
        let mut index = Index::default();
        index.add(chosen("a"), "{ a }", None).expect("room");
        for name in [chosen("a"), DocumentName::Digest(digest("{ a }"))] {
            assert_eq!(index.get(&name).map(|found| &*found.text), Some("{ a }"));
        }
        assert!(index.get(&chosen("b")).is_none());
        assert!(index.get(&DocumentName::Digest(digest("{ b }"))).is_none());
    }

    #[test]
    fn a_name_stands_for_one_text() {
        let mut index = Index::default();
        index.add(chosen("a"), "{ a }", None).expect("room");
        index.add(chosen("a"), "{ a }", None).expect("the same again");
        index.add(chosen("b"), "{ a }", None).expect("another name for it");
        assert_eq!(index.len(), 2);
        assert!(index.add(chosen("a"), "{ b }", None).is_err());
        let lie = DocumentName::Digest(digest("{ c }"));
        assert!(index.add(lie, "{ b }", None).is_err());
    }

    #[test]
    fn there_are_only_so_many() {
        let mut index = Index::default();
        for number in 0..MOST {
            index.add(chosen(&number.to_string()), "{ a }", None).expect("room");
        }
        assert!(index.add(chosen("more"), "{ a }", None).is_err());
        let (mut index, text) = (Index::default(), "#".repeat(LONGEST));
        let added = (0..MOST).take_while(|number| index.add(chosen(&number.to_string()), &text, None).is_ok());
        assert_eq!(added.count(), MOST_BYTES / LONGEST);
    }
}
