//! The people of a site: data files about them, and bylines.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fields::{Fields, text_of};
use super::folder::{Folder, data_of};
use super::site;
use crate::import::record::{AuthorRecord, Notice};

/// The authors so far, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Authors {
    by_id: BTreeMap<String, AuthorRecord>,
    /// Ids by the slug of the name on bylines.
    by_name: BTreeMap<String, String>,
}

impl Authors {
    /// Reads `data/authors.*` and `data/authors/*`.
    pub(super) fn read(folder: &Folder, notices: &mut Vec<Notice>) -> Self {
        let mut authors = Self::default();
        for (key, name) in data_of(&folder.data, "authors")
            .into_iter()
            .chain(data_of(&folder.data, "author"))
        {
            match site::read(folder, name) {
                Ok(Value::Object(fields)) if !key.is_empty() => authors.describe(key, fields),
                Ok(Value::Object(people)) => {
                    for (key, person) in people {
                        if let Value::Object(fields) = person {
                            authors.describe(&key, fields);
                        }
                    }
                }
                Ok(Value::Array(people)) => {
                    for person in people {
                        authors.byline(&person);
                    }
                }
                Ok(_) => {}
                Err(notice) => notices.push(notice),
            }
        }
        authors
    }

    /// Learns about a person from fields.
    pub(super) fn describe(&mut self, key: &str, fields: Map<String, Value>) {
        let mut fields = Fields::from(fields);
        fields.flatten("params");
        fields.flatten("extra");
        let id = slug::slugify(key);
        if id.is_empty() {
            return;
        }
        let name = fields
            .text(&["display_name", "name", "title"])
            .unwrap_or_else(|| key.to_owned());
        let email = fields.text(&["email", "mail"]).filter(|email| email.contains('@'));
        let bio = fields.text(&["bio", "biography", "description", "about"]);
        let website = fields
            .text(&["website", "url", "web", "site", "homepage", "uri", "link"])
            .filter(|url| url.starts_with("http://") || url.starts_with("https://"));
        self.by_name.entry(slug::slugify(&name)).or_insert_with(|| id.clone());
        let author = self.by_id.entry(id.clone()).or_insert_with(|| AuthorRecord {
            id: id.clone(),
            username: id,
            ..AuthorRecord::default()
        });
        if author.display_name.is_empty() || author.display_name == key {
            author.display_name = name;
        }
        author.email = author.email.take().or(email);
        author.website_url = author.website_url.take().or(website);
        if let (true, Some(bio)) = (author.bio.is_empty(), bio) {
            author.bio = bio;
        }
    }

    /// The id of a person on a byline: a key, a name, or fields with a name. New people are remembered.
    pub(super) fn byline(&mut self, value: &Value) -> Option<String> {
        let (key, fields) = match value {
            Value::Object(fields) => {
                let mut names = Fields::from(fields.clone());
                (
                    names.text(&["id", "key", "username", "short_name", "name", "title"])?,
                    fields.clone(),
                )
            }
            _ => (text_of(value)?, Map::new()),
        };
        let slug = slug::slugify(&key);
        let id = match self.by_name.get(&slug) {
            Some(id) if !self.by_id.contains_key(&slug) => id.clone(),
            _ => slug,
        };
        if id.is_empty() {
            return None;
        }
        if !self.by_id.contains_key(&id) || !fields.is_empty() {
            self.describe(if self.by_id.contains_key(&id) { &id } else { &key }, fields);
        }
        Some(id)
    }

    /// The authors, by id.
    pub(super) fn records(&self) -> impl ExactSizeIterator<Item = &AuthorRecord> {
        self.by_id.values()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_byline_means_a_key_or_a_name() {
        let mut authors = Authors::default();
        authors.describe(
            "ada",
            json!({"name": "Ada Quill", "bio": "Writes.", "url": "javascript:x"})
                .as_object()
                .unwrap()
                .clone(),
        );
        for byline in [
            json!("ada"),
            json!("Ada Quill"),
            json!({"name": "Ada Quill", "email": "ada@a.example"}),
        ] {
            assert_eq!(authors.byline(&byline).as_deref(), Some("ada"), "{byline}");
        }
        assert_eq!(authors.byline(&json!("Bo Case")).as_deref(), Some("bo-case"));
        assert_eq!(authors.byline(&json!("!!!")), None);
        assert_eq!(authors.byline(&json!(["x"])), None);
        let records = authors.records().collect::<Vec<_>>();
        assert_eq!(records.len(), 2);
        assert_eq!(
            (records[0].email.as_deref(), records[0].bio.as_str()),
            (Some("ada@a.example"), "Writes.")
        );
        assert_eq!(records[0].website_url, None);
        assert_eq!(records[1].display_name, "Bo Case");
    }
}
