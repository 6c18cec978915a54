use std::fmt::Formatter;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::NewDocument;

/// What is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no manifest that is known.
    #[error("{0}")]
    Whole(String),
    /// One of its documents cannot be taken.
    #[error("the document {id:?}: {problem}")]
    Document {
        /// Its id, as the manifest has it.
        id: String,
        /// What is wrong.
        problem: String,
    },
}

/// What Apollo's manifests call themselves:
/// <https://www.apollographql.com/docs/graphos/platform/security/persisted-queries#manifest-format>.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// A document of an Apollo manifest. It has a `name` and a `type`, too, which the text says as well.
#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

/// The members of an object, each as often as it stands there.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

/// Reads a manifest: Apollo's, or an object of texts by their ids, which the compiler of Relay (`persistConfig`) and the client
/// preset of GraphQL Code Generator (`persisted-documents.json`) write.
///
/// # Errors
/// What is wrong with it, or with the first document that cannot be taken.
pub fn read(bytes: &[u8]) -> Result<Vec<NewDocument>, Fault> {
    let whole = |problem: String| Fault::Whole(problem);
    let Members(members) = serde_json::from_slice(bytes).map_err(|error| {
        whole(format!(
            "it is no JSON object of documents ({error}); Apollo's, Relay's and GraphQL Code Generator's manifests are known"
        ))
    })?;
    let member = |name: &str| members.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    // No document's text is called `operations` and is a list.
    if let Some(Value::Array(operations)) = member("operations") {
        if member("format").and_then(Value::as_str) != Some(APOLLO) || member("version") != Some(&Value::from(1)) {
            return Err(whole(format!("its `format` must be \"{APOLLO}\", and its `version` 1")));
        }
        let read = operations.iter().enumerate().map(|(place, operation)| {
            let Operation { id, body } = Operation::deserialize(operation)
                .map_err(|error| whole(format!("`operations[{place}]` is none: {error}")))?;
            document(id, body)
        });
        return read.collect();
    }
    let read = members.into_iter().map(|(id, text)| match text {
        Value::String(text) => document(id, text),
        _ => Err(Fault::Document {
            id: shortened(id),
            problem: "its text must be a string".to_owned(),
        }),
    });
    read.collect()
}

fn document(id: String, text: String) -> Result<NewDocument, Fault> {
    NewDocument::new(&id, text).map_err(|problem| Fault::Document {
        id: shortened(id),
        problem,
    })
}

/// An id that is not one may be anything.
fn shortened(mut id: String) -> String {
    if id.len() > 130 {
        id.truncate(id.floor_char_boundary(130));
        id.push('…');
    }
    id
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{DocumentName, LONGEST};
    use super::*;

    fn names(manifest: &Value) -> Result<Vec<String>, String> {
        let documents = read(manifest.to_string().as_bytes()).map_err(|fault| fault.to_string())?;
        Ok(documents
            .into_iter()
            .map(|document| document.name.to_string())
            .collect())
    }

    #[test]
    fn an_apollo_manifest_is_read() {
        let manifest = json!({ "format": APOLLO, "version": 1, "operations": [
            { "id": "front", "body": "query Front { a }", "name": "Front", "type": "query" },
            { "id": "post", "body": "query Post { b }", "name": "Post", "type": "query", "clientName": "web" },
        ] });
        assert_eq!(names(&manifest), Ok(vec!["front".to_owned(), "post".to_owned()]));
    }

    #[test]
    fn an_object_of_texts_is_read() {
        let digest = "7dba4bd717b41f10434822356a93c32b";
        assert_eq!(names(&json!({ digest: "{ a }" })), Ok(vec![digest.to_owned()]));
        let sha256 = super::super::digest("{ a }");
        let name = DocumentName::Digest(sha256).to_string();
        let bare = name.trim_start_matches("sha256:");
        assert_eq!(names(&json!({ bare: "{ a }" })), Ok(vec![name.clone()]));
        assert_eq!(names(&json!({})), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        for text in ["", "{", "[]", "5", "\"{ a }\"", "{} {}", "\u{feff}{}"] {
            let fault = read(text.as_bytes()).expect_err(text);
            assert!(fault.to_string().contains("no JSON object"), "{text}: {fault}");
        }
        assert!(read(b"{\"a\xff\": \"\"}").is_err());
        for manifest in [
            json!({ "operations": [] }),
            json!({ "format": "other", "version": 1, "operations": [] }),
            json!({ "format": APOLLO, "version": 2, "operations": [] }),
            json!({ "format": APOLLO, "version": 1, "operations": [{ "id": "a" }] }),
            json!({ "format": APOLLO, "version": 1, "operations": ["a"] }),
        ] {
            assert!(names(&manifest).is_err(), "{manifest}");
        }
    }

    #[test]
    fn a_document_that_cannot_be_taken_is_named() {
        for (manifest, expected) in [
            (json!({ "a": 5 }), "the document \"a\": its text must be a string"),
            (json!({ "a b": "{ a }" }), "the document \"a b\": a document's id is"),
            (
                json!({ "long": "#".repeat(LONGEST + 1) }),
                "the document \"long\": it has 65537 bytes",
            ),
            (json!({ "0".repeat(64): "{ a }" }), "another SHA-256"),
        ] {
            let problem = names(&manifest).expect_err("is refused");
            assert!(problem.contains(expected), "{problem}");
        }
        let endless = names(&json!({ "é".repeat(10_000): "{ a }" })).expect_err("is refused");
        assert!(endless.len() < 500, "{endless}");
    }
}
