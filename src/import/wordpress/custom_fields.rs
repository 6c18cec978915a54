//! Custom fields of authors and plugins, as far as the import requests them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use super::audience::ShownShortcodes;
use super::hidden::Hidden;
use super::item::Item;
use super::php;
use crate::import::text::{plain, web_address};

/// How many names of fields are counted: plugins may make one for each post.
const NAME_LIMIT: usize = 1_000;

/// Fields that the importer itself reads; they are not reported.
const UNDERSTOOD: &[&str] = &["footnotes", "um_content_restriction"];

/// Which custom fields are imported, and how many posts had others. WordPress does not display them by default, so only those
/// are imported that are named.
#[derive(Debug, Default)]
pub(super) struct Fields {
    imported: BTreeSet<String>,
    shown: ShownShortcodes,
    /// How many posts have a field that was not imported, by its name.
    pub left_out: BTreeMap<String, u64>,
}

impl Fields {
    /// Imports the fields of these names, with the text in these shortcodes.
    pub fn new(imported: BTreeSet<String>, shown: ShownShortcodes) -> Self {
        Self {
            imported,
            shown,
            left_out: BTreeMap::new(),
        }
    }

    /// Counts what is left out of a post. Names that begin with an underscore are those of WordPress and plugins for
    /// their own use, which authors never saw.
    fn count(&mut self, item: &Item) {
        let names: HashSet<&str> = item.meta.iter().map(|(key, _)| key.as_str()).collect();
        for name in names {
            if name.is_empty() || name.starts_with('_') || UNDERSTOOD.contains(&name) || self.imported.contains(name) {
                continue;
            }
            if self.left_out.len() < NAME_LIMIT || self.left_out.contains_key(name) {
                *self.left_out.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
}

/// The custom fields of a post, and what a reader of the report should know of them.
pub(super) struct CustomFields {
    pub fields: BTreeMap<String, Value>,
    pub remarks: Vec<String>,
    /// What was left out of their texts.
    pub hidden: Hidden,
}

/// The fields of an item: each meta key that is imported, a list where it is repeated, and (from Yoast) `seo` with title
/// and description.
pub(super) fn custom_fields(item: &Item, format: Option<&str>, all: &mut Fields) -> CustomFields {
    let mut fields: BTreeMap<String, Value> = BTreeMap::new();
    let (mut remarks, mut repeated) = (Vec::new(), HashSet::new());
    all.count(item);
    for (key, text) in item.meta.iter().filter(|(key, _)| all.imported.contains(key)) {
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
    let mut hidden = Hidden::default();
    for (key, value) in &mut fields {
        hidden.take_out_of_value(&format!("custom field {key:?}"), value, &all.shown);
    }
    if let Some(format) = format {
        fields.entry("postFormat".to_owned()).or_insert_with(|| json!(format));
    }
    CustomFields {
        fields,
        remarks,
        hidden,
    }
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
        let mut all = Fields::new(["a", "b"].map(str::to_owned).into(), ShownShortcodes::default());
        fields_of(meta, &mut all)
    }

    fn fields_of(meta: &[(&str, &str)], all: &mut Fields) -> CustomFields {
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
            all,
        )
    }

    #[test]
    fn only_fields_that_are_named_are_imported_and_the_others_are_counted() {
        let mut all = Fields::new(
            ["subtitle", "_price"].map(str::to_owned).into(),
            ShownShortcodes::default(),
        );
        for _ in 0..2 {
            let found = fields_of(
                &[
                    ("_edit_last", "1"),
                    ("subtitle", "x"),
                    ("_price", "3"),
                    ("phone", "1"),
                    ("phone", "2"),
                    ("", "y"),
                ],
                &mut all,
            );
            assert_eq!(json!(found.fields), json!({"_price": "3", "subtitle": "x"}));
        }
        assert_eq!(all.left_out, [("phone".to_owned(), 2)].into());
    }

    #[test]
    fn the_names_of_fields_that_are_left_out_are_bounded() {
        let mut all = Fields::default();
        for number in 0..NAME_LIMIT + 5 {
            fields_of(&[(&format!("field {number}"), "x")], &mut all);
        }
        assert_eq!(all.left_out.len(), NAME_LIMIT);
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
