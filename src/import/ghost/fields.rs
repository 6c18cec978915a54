//! What a post says of itself to search engines and other sites, as custom fields.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::address::Home;
use super::row::Row;

/// The custom fields, and of which columns each of their own fields is taken.
const FIELDS: &[(&str, &[(&str, &str)])] = &[
    ("seo", &[("title", "meta_title"), ("description", "meta_description")]),
    (
        "openGraph",
        &[
            ("title", "og_title"),
            ("description", "og_description"),
            ("image", "og_image"),
        ],
    ),
    (
        "twitter",
        &[
            ("title", "twitter_title"),
            ("description", "twitter_description"),
            ("image", "twitter_image"),
        ],
    ),
];

/// Columns that become a custom field of their own.
const PLAIN: &[(&str, &str)] = &[
    ("frontmatter", "frontmatter"),
    ("locale", "locale"),
    ("template", "custom_template"),
];

/// The custom fields of a row.
pub(super) fn custom_fields(row: &Row, home: &Home) -> BTreeMap<String, Value> {
    let stated = |column: &str| Some(home.fill(row.stated(column)?.to_owned()));
    let mut fields = BTreeMap::new();
    for (field, parts) in FIELDS {
        let parts = parts.iter();
        let parts: Map<_, _> = parts
            .filter_map(|(name, column)| Some(((*name).to_owned(), json!(stated(column)?))))
            .collect();
        if !parts.is_empty() {
            fields.insert((*field).to_owned(), Value::Object(parts));
        }
    }
    for (field, column) in PLAIN {
        if let Some(text) = stated(column) {
            fields.insert((*field).to_owned(), json!(text));
        }
    }
    fields
}
