//! A row of a table, whatever types its columns had in the version of Ghost that wrote it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::import::date;

/// The columns that a reader of a table wants.
pub(super) type Columns = &'static [&'static str];

/// The wanted columns of a row that are not null, as text. It has no `Debug`: what is in it may be a secret.
#[derive(Default)]
pub(super) struct Row(Vec<(&'static str, String)>);

impl Row {
    /// A column; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(column, _)| *column == name);
        found.map_or("", |(_, value)| value)
    }

    /// A column without white space around it, if there is anything in it.
    pub fn stated(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|text| !text.is_empty())
    }

    /// Takes a column out.
    pub fn take(&mut self, name: &str) -> String {
        let found = self.0.iter_mut().find(|(column, _)| *column == name);
        found.map(|(_, value)| std::mem::take(value)).unwrap_or_default()
    }

    /// A truth, which databases keep as 0 and 1.
    pub fn is_set(&self, name: &str) -> bool {
        matches!(self.text(name), "1" | "true")
    }

    /// A number; 0 where it is none.
    pub fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_default()
    }

    /// A date: ISO or milliseconds since 1970.
    pub fn date(&self, name: &str) -> Option<DateTime<Utc>> {
        date::parse(&Value::String(self.stated(name)?.to_owned()))
    }

    /// Adds what another row has and this has not.
    pub fn fill(&mut self, other: &Self) {
        for (column, value) in &other.0 {
            if self.text(column).is_empty() {
                self.0.retain(|(own, _)| own != column);
                self.0.push((column, value.clone()));
            }
        }
    }

    /// Drops what is empty.
    pub fn shrunk(mut self) -> Self {
        self.0.retain(|(_, value)| !value.is_empty());
        self.0.shrink_to_fit();
        self
    }

    #[cfg(test)]
    pub fn of(columns: &[(&'static str, &str)]) -> Self {
        Self(
            columns
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        )
    }
}

/// Reads the wanted columns of a row; of a repeated one the first counts.
pub(super) struct RowSeed(pub Columns);

impl<'de> DeserializeSeed<'de> for RowSeed {
    type Value = Row;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Row, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowSeed {
    type Value = Row;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a row of a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
        let mut row = Row::default();
        while let Some(key) = map.next_key::<String>()? {
            let Some(column) = self.0.iter().find(|column| **column == key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = match map.next_value::<Value>()? {
                Value::Null => continue,
                Value::String(text) => text,
                other => other.to_string(),
            };
            row.0.push((column, value));
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Row {
        RowSeed(&["a", "b", "c"])
            .deserialize(&mut serde_json::Deserializer::from_str(json))
            .unwrap()
    }

    #[test]
    fn what_was_not_asked_for_is_not_kept() {
        let row = row(r#"{"a": "x", "password": "secret", "b": null}"#);
        assert_eq!(row.0, [("a", "x".to_owned())]);
    }

    #[test]
    fn numbers_truths_and_objects_are_text() {
        let row = row(r#"{"a": 1, "b": true, "c": {"root": []}}"#);
        assert!(row.is_set("a") && row.is_set("b") && !row.is_set("c"));
        assert_eq!((row.number("a"), row.number("b")), (1, 0));
        assert_eq!(row.text("c"), r#"{"root":[]}"#);
    }

    #[test]
    fn dates_come_as_text_or_milliseconds() {
        let row = row(r#"{"a": 1577934245678, "b": "2020-01-02T03:04:05.000Z", "c": "soon"}"#);
        assert_eq!(row.date("a"), "2020-01-02T03:04:05.678Z".parse().ok());
        assert_eq!(row.date("b"), "2020-01-02T03:04:05Z".parse().ok());
        assert_eq!((row.date("c"), row.date("d")), (None, None));
    }

    #[test]
    fn a_row_is_filled_only_where_it_is_empty() {
        let mut first = row(r#"{"a": "x", "b": ""}"#);
        first.fill(&row(r#"{"a": "y", "b": "z"}"#));
        assert_eq!((first.text("a"), first.text("b")), ("x", "z"));
    }
}
