//! The fields of a front matter, taken one by one; what is left in the end is the publication's own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::import::date;

/// Fields by name. Names are compared without case, `_` and `-`: `canonicalURL` is `canonical_url`.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    fields: Map<String, Value>,
    /// What could not be understood, for the report.
    complaints: Vec<String>,
}

impl From<Map<String, Value>> for Fields {
    fn from(fields: Map<String, Value>) -> Self {
        Self {
            fields,
            complaints: Vec::new(),
        }
    }
}

impl Fields {
    /// Takes the first of these fields that has a value.
    pub(super) fn take(&mut self, names: &[&str]) -> Option<Value> {
        names.iter().find_map(|name| {
            let key = self.fields.keys().find(|key| is_same(key, name))?.clone();
            self.fields.remove(&key).filter(|value| !is_empty(value))
        })
    }

    /// Takes text; numbers count.
    pub(super) fn text(&mut self, names: &[&str]) -> Option<String> {
        self.take(names).as_ref().and_then(text_of)
    }

    /// Takes a yes or no. A number is yes unless it is 0.
    pub(super) fn flag(&mut self, names: &[&str]) -> Option<bool> {
        match self.take(names)? {
            Value::Bool(flag) => Some(flag),
            Value::Number(number) => Some(number.as_f64() != Some(0.0)),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Takes a boolean, in any notation; `Err` for any other value.
    pub(super) fn answer(&mut self, name: &str) -> Option<Result<bool, ()>> {
        let value = self.take(&[name])?;
        let word = text_of(&value).unwrap_or_else(|| value.to_string());
        Some(match word.to_ascii_lowercase().as_str() {
            "1" | "always" | "on" | "t" | "true" | "y" | "yes" => Ok(true),
            "0" | "f" | "false" | "link" | "local" | "n" | "never" | "no" | "off" => Ok(false),
            _ => Err(()),
        })
    }

    /// Takes a field that is `false`; leaves any other.
    pub(super) fn take_false(&mut self, name: &str) -> bool {
        let is_false = |(key, value): &(&String, &Value)| is_same(key, name) && **value == Value::Bool(false);
        let found = self.fields.iter().find(is_false).map(|(key, _)| key.clone());
        found.is_some_and(|key| self.fields.remove(&key).is_some())
    }

    /// Takes a field if it is a date; leaves any other.
    pub(super) fn take_date(&mut self, name: &str) -> Option<DateTime<Utc>> {
        let (key, date) = self.fields.iter().find_map(|(key, value)| {
            let date = date::parse(value).filter(|_| is_same(key, name))?;
            Some((key.clone(), date))
        })?;
        self.fields.remove(&key);
        Some(date)
    }

    /// Adds those of other fields that are not there.
    pub(super) fn fill(&mut self, others: &Map<String, Value>) {
        for (name, value) in others {
            if !self.fields.keys().any(|key| is_same(key, name)) {
                self.fields.insert(name.clone(), value.clone());
            }
        }
    }

    /// Whether there is something that could not be understood.
    pub(super) fn count_complaints(&self) -> usize {
        self.complaints.len()
    }

    /// Takes a whole number.
    pub(super) fn number(&mut self, names: &[&str]) -> Option<i32> {
        match self.take(names)? {
            Value::Number(number) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Takes a date; one that cannot be understood is complained of.
    pub(super) fn date(&mut self, names: &[&str]) -> Option<DateTime<Utc>> {
        names.iter().find_map(|name| {
            let value = self.take(&[name])?;
            let date = date::parse(&value);
            if date.is_none() {
                self.complaints
                    .push(format!("{name} is no date that can be understood: {value}"));
            }
            date
        })
    }

    /// Takes a list of texts; a single text is split by `split`.
    pub(super) fn list(&mut self, names: &[&str], split: fn(&str) -> Vec<&str>) -> Vec<String> {
        match self.take(names) {
            Some(Value::Array(values)) => values.iter().filter_map(text_of).collect(),
            Some(Value::String(text)) => {
                let parts = split(&text).into_iter().map(str::trim).filter(|part| !part.is_empty());
                parts.map(str::to_owned).collect()
            }
            Some(value) => text_of(&value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Takes a table of fields (Zola's `[extra]` and `[taxonomies]`, Hugo's `[params]`) into this one, where it has no
    /// field of that name already.
    pub(super) fn flatten(&mut self, name: &str) {
        let Some(key) = self.fields.keys().find(|key| is_same(key, name)).cloned() else {
            return;
        };
        match self.fields.remove(&key) {
            Some(Value::Object(table)) => {
                for (key, value) in table {
                    self.fields.entry(key).or_insert(value);
                }
            }
            Some(value) => {
                self.fields.insert(key, value);
            }
            None => {}
        }
    }

    /// What was not taken.
    pub(super) fn rest(&mut self) -> BTreeMap<String, Value> {
        std::mem::take(&mut self.fields)
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect()
    }

    /// What could not be understood so far.
    pub(super) fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }
}

/// Splits at commas.
pub(super) fn at_commas(text: &str) -> Vec<&str> {
    text.split(',').collect()
}

/// Splits at commas, else at white space, as Jekyll does.
pub(super) fn at_commas_or_spaces(text: &str) -> Vec<&str> {
    if text.contains(',') {
        at_commas(text)
    } else {
        text.split_whitespace().collect()
    }
}

/// Does not split.
pub(super) fn whole(text: &str) -> Vec<&str> {
    vec![text]
}

/// The text of a value, unless it is empty or no text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// Whether two names are the same but for case, `_` and `-`.
pub(super) fn is_same(key: &str, name: &str) -> bool {
    let letters = |text: &'_ str| {
        text.bytes()
            .filter(|byte| !b"_-".contains(byte))
            .map(|byte| byte.to_ascii_lowercase())
            .collect::<Vec<_>>()
    };
    letters(key) == letters(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: &Value) -> Fields {
        Fields::from(value.as_object().unwrap().clone())
    }

    #[test]
    fn names_are_compared_loosely() {
        let mut fields = fields(&json!({"canonicalURL": "https://a.example", "Publish-Date": "2020-01-01"}));
        assert_eq!(fields.text(&["canonical_url"]).as_deref(), Some("https://a.example"));
        assert!(fields.date(&["publish_date"]).is_some());
        assert!(fields.rest().is_empty());
    }

    #[test]
    fn the_first_field_with_a_value_wins_and_others_stay() {
        let mut fields = fields(&json!({"excerpt": " ", "summary": "b", "description": "c", "gone": null}));
        assert_eq!(
            fields.text(&["excerpt", "summary", "description"]).as_deref(),
            Some("b")
        );
        assert_eq!(fields.rest().into_keys().collect::<Vec<_>>(), ["description"]);
    }

    #[test]
    fn lists_come_in_every_spelling() {
        let mut fields = fields(&json!({"a": ["x y", 3, {}], "b": "x y, z", "c": "x y", "d": "x y", "e": 7}));
        assert_eq!(fields.list(&["a"], at_commas), ["x y", "3"]);
        assert_eq!(fields.list(&["b"], at_commas_or_spaces), ["x y", "z"]);
        assert_eq!(fields.list(&["c"], at_commas_or_spaces), ["x", "y"]);
        assert_eq!(fields.list(&["d"], at_commas), ["x y"]);
        assert_eq!(fields.list(&["e"], whole), ["7"]);
    }

    #[test]
    fn flags_come_in_every_spelling() {
        let mut fields = fields(&json!({"a": "no", "b": "Yes", "c": 1, "d": "maybe", "e": false}));
        let flags = ["a", "b", "c", "d", "e"].map(|name| fields.flag(&[name]));
        assert_eq!(flags, [Some(false), Some(true), Some(true), None, Some(false)]);
    }

    #[test]
    fn a_date_that_is_none_is_complained_of_and_the_next_is_tried() {
        let mut fields = fields(&json!({"date": "soon", "created": "2020-01-01"}));
        assert!(fields.date(&["date", "created"]).is_some());
        assert_eq!(
            fields.complaints(),
            ["date is no date that can be understood: \"soon\""]
        );
    }
}
