//! What authors and plugins noted beside a post, as far as readers may see it.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::item::Item;
use super::php;
use crate::import::text::{plain, web_address};

/// The fields of a post, and what a reader of the report should know of them.
pub(super) struct CustomFields {
    pub fields: BTreeMap<String, Value>,
    pub remarks: Vec<String>,
}

/// The fields of an item: each meta key, a list where it is repeated, and (from Yoast) `seo` with title and description.
/// Keys that begin with an underscore are WordPress's and plugins' own, and stay hidden.
pub(super) fn custom_fields(item: &Item, format: Option<&str>, has_footnotes: bool) -> CustomFields {
    let mut fields: BTreeMap<String, Value> = BTreeMap::new();
    let (mut remarks, mut repeated) = (Vec::new(), HashSet::new());
    for (key, text) in &item.meta {
        if key.is_empty() || key.starts_with('_') || (has_footnotes && key == "footnotes") {
            continue;
        }
        let value = value(text).unwrap_or_else(|| {
            remarks.push(format!(
                "the custom field {key:?} holds a PHP value that cannot be read; it stays as it is"
            ));
            Value::String(text.clone())
        });
        match fields.get_mut(key) {
            None => {
                fields.insert(key.clone(), value);
            }
            Some(Value::Array(list)) if repeated.contains(key) => list.push(value),
            Some(first) => {
                *first = Value::Array(vec![first.take(), value]);
                repeated.insert(key);
            }
        }
    }
    let seo: Map<_, _> = [
        ("title", "_yoast_wpseo_title"),
        ("description", "_yoast_wpseo_metadesc"),
    ]
    .into_iter()
    .filter_map(|(name, key)| Some((name.to_owned(), plain(item.meta(key)?))))
    .filter(|(_, text)| !text.is_empty())
    .map(|(name, text)| (name, json!(text)))
    .collect();
    if !seo.is_empty() {
        fields.entry("seo".to_owned()).or_insert(Value::Object(seo));
    }
    if let Some(format) = format {
        fields.entry("postFormat".to_owned()).or_insert_with(|| json!(format));
    }
    CustomFields { fields, remarks }
}

/// Where Yoast says that the original of a post is.
pub(super) fn canonical_url(item: &Item) -> Option<String> {
    item.meta("_yoast_wpseo_canonical").and_then(web_address)
}

/// A value, unserialised where it is serialised; some plugins do that twice. None: it should be, but cannot be read.
fn value(text: &str) -> Option<Value> {
    if !php::is_serialised(text) {
        return Some(Value::String(text.to_owned()));
    }
    match php::parse(text)? {
        Value::String(inner) if php::is_serialised(&inner) => Some(php::parse(&inner).unwrap_or(Value::String(inner))),
        value => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(meta: &[(&str, &str)]) -> CustomFields {
        let meta = meta
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        custom_fields(
            &Item {
                meta,
                ..Item::default()
            },
            None,
            false,
        )
    }

    #[test]
    fn hidden_keys_stay_hidden() {
        let found = fields(&[
            ("_edit_last", "1"),
            ("subtitle", "x"),
            ("_subtitle", "field_1"),
            ("", "y"),
        ]);
        assert_eq!(found.fields, [("subtitle".to_owned(), json!("x"))].into());
    }

    #[test]
    fn a_repeated_key_is_a_list() {
        let found = fields(&[("a", "1"), ("a", "a:1:{i:0;i:2;}"), ("a", "3"), ("b", "a:0:{}")]);
        assert_eq!(json!(found.fields), json!({"a": ["1", [2], "3"], "b": []}));
    }

    #[test]
    fn what_cannot_be_unserialised_stays_and_is_told() {
        let found = fields(&[("a", "a:1:{broken;}")]);
        assert_eq!(json!(found.fields), json!({"a": "a:1:{broken;}"}));
        assert_eq!(found.remarks.len(), 1);
    }

    #[test]
    fn what_was_serialised_twice_is_read_twice() {
        assert_eq!(json!(fields(&[("a", "s:6:\"a:0:{}\";")]).fields), json!({"a": []}));
    }

    #[test]
    fn the_words_for_search_engines_are_one_field() {
        let found = fields(&[
            ("_yoast_wpseo_title", "T"),
            ("_yoast_wpseo_metadesc", "D"),
            ("_yoast_wpseo_focuskw", "k"),
        ]);
        assert_eq!(json!(found.fields), json!({"seo": {"title": "T", "description": "D"}}));
    }
}
