//! One value of a row: out of the database, as JSON, and back.

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::sea_query::{ColumnType, Value};
use sea_orm::{DbErr, QueryResult};
use serde_json::{Map, Number, Value as Json};
use uuid::Uuid;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A UUID.
    Id,
    /// A text, or one of a few words.
    Text,
    /// A number of 32 bits.
    Number,
    /// A number of 64 bits.
    Size,
    /// True or false.
    Flag,
    /// A point in time, to the microsecond.
    Time,
    /// JSON.
    Json,
}

impl Kind {
    /// What a column of this type holds; none of types that no table has.
    pub fn of(column: &ColumnType) -> Option<Self> {
        Some(match column {
            ColumnType::Uuid => Self::Id,
            ColumnType::Text | ColumnType::String(_) => Self::Text,
            ColumnType::Integer => Self::Number,
            ColumnType::BigInteger => Self::Size,
            ColumnType::Boolean => Self::Flag,
            ColumnType::TimestampWithTimeZone => Self::Time,
            ColumnType::Json | ColumnType::JsonBinary => Self::Json,
            _ => return None,
        })
    }

    /// The value at a position of a row, the same whichever database it comes from.
    pub fn read(self, row: &QueryResult, position: usize) -> Result<Json, DbErr> {
        Ok(match self {
            Self::Id => json(row.try_get_by_index::<Option<Uuid>>(position)?.map(|id| id.to_string())),
            Self::Text => json(row.try_get_by_index::<Option<String>>(position)?),
            Self::Number => json(row.try_get_by_index::<Option<i32>>(position)?),
            Self::Size => json(row.try_get_by_index::<Option<i64>>(position)?),
            Self::Flag => json(row.try_get_by_index::<Option<bool>>(position)?),
            Self::Time => {
                let time = row.try_get_by_index::<Option<DateTime<Utc>>>(position)?;
                json(time.map(|time| time.to_rfc3339_opts(SecondsFormat::Micros, true)))
            }
            Self::Json => json(row.try_get_by_index::<Option<Json>>(position)?.map(canonical)),
        })
    }

    /// What is written into a column for this JSON; none when that cannot be.
    pub fn value(self, json: Json, is_optional: bool) -> Option<Value> {
        if holds_nul(&json) {
            return None;
        }
        Some(match (self, json) {
            (Self::Json, Json::Null) if is_optional => Value::Json(None),
            (Self::Json, json) => Value::Json(Some(Box::new(json))),
            (_, Json::Null) if !is_optional => return None,
            (Self::Id, Json::Null) => Value::Uuid(None),
            (Self::Text, Json::Null) => Value::String(None),
            (Self::Number, Json::Null) => Value::Int(None),
            (Self::Size, Json::Null) => Value::BigInt(None),
            (Self::Flag, Json::Null) => Value::Bool(None),
            (Self::Time, Json::Null) => Value::ChronoDateTimeUtc(None),
            (Self::Id, Json::String(text)) => Value::Uuid(Some(Uuid::try_parse(&text).ok()?)),
            (Self::Text, Json::String(text)) => Value::String(Some(text)),
            (Self::Number, Json::Number(number)) => Value::Int(Some(i32::try_from(number.as_i64()?).ok()?)),
            (Self::Size, Json::Number(number)) => Value::BigInt(Some(number.as_i64()?)),
            (Self::Flag, Json::Bool(flag)) => Value::Bool(Some(flag)),
            (Self::Time, Json::String(text)) => {
                let time = DateTime::parse_from_rfc3339(&text).ok()?.to_utc();
                // Another form would not be the same when it is read back.
                let is_exact = time.to_rfc3339_opts(SecondsFormat::Micros, true) == text;
                is_exact.then_some(Value::ChronoDateTimeUtc(Some(time)))?
            }
            _ => return None,
        })
    }
}

fn json(value: Option<impl Into<Json>>) -> Json {
    value.map_or(Json::Null, Into::into)
}

/// The same JSON in one way of writing it: keys in order, whole numbers without a fraction or an exponent as far as they go.
/// `jsonb` keeps neither the order of keys nor the way in which a number was written.
fn canonical(json: Json) -> Json {
    match json {
        Json::Array(items) => items.into_iter().map(canonical).collect(),
        Json::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().map(|(key, value)| (key, canonical(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(Map::from_iter(fields))
        }
        Json::Number(number) => Json::Number(whole(&number).unwrap_or(number)),
        other => other,
    }
}

/// A number with a fraction of nothing, or an exponent, as `jsonb` gives it back: its digits.
fn whole(number: &Number) -> Option<Number> {
    let float = number
        .as_f64()
        .filter(|float| number.is_f64() && float.fract() == 0.0)?;
    let digits = float.to_string();
    let negative = digits.parse::<i64>().map(Number::from);
    negative.or_else(|_| digits.parse::<u64>().map(Number::from)).ok()
}

/// Whether there is a NUL, which PostgreSQL cannot keep.
fn holds_nul(json: &Json) -> bool {
    match json {
        Json::String(text) => text.contains('\0'),
        Json::Array(items) => items.iter().any(holds_nul),
        Json::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_written_in_one_way() {
        let one = json!({ "b": [1.0, -0.0, 0.5, 1e17, 1.5e19, -1e18], "a": { "d": 1, "c": "x" } });
        let text = canonical(one).to_string();
        let expected =
            r#"{"a":{"c":"x","d":1},"b":[1,0,0.5,100000000000000000,15000000000000000000,-1000000000000000000]}"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn a_number_is_the_same_after_it_was_written_out() {
        // As `jsonb` writes them: every digit, and no exponent.
        for number in [
            1e17,
            1.234_567_890_123_456_7e18,
            2e19,
            1e300,
            5e-324,
            0.1,
            1e-7,
            f64::MAX,
        ] {
            let written: Json = serde_json::from_str(&number.to_string()).expect("a number");
            assert_eq!(canonical(written), canonical(json!(number)), "{number}");
        }
    }

    #[test]
    fn what_a_column_cannot_hold_is_no_value_of_it() {
        for (kind, wrong) in [
            (Kind::Id, json!("x")),
            (Kind::Id, json!(1)),
            (Kind::Text, json!(1)),
            (Kind::Text, json!("a\0b")),
            (Kind::Text, json!(null)),
            (Kind::Number, json!(2_147_483_648_i64)),
            (Kind::Number, json!(1.5)),
            (Kind::Size, json!(1e30)),
            (Kind::Flag, json!(0)),
            (Kind::Time, json!("2020-01-01")),
            (Kind::Time, json!("2020-01-01T00:00:00Z")),
            (Kind::Time, json!("2020-01-01T00:00:00.0000001Z")),
            (Kind::Json, json!({ "a": ["\0"] })),
            (Kind::Json, json!({ "\0": 1 })),
        ] {
            assert_eq!(kind.value(wrong.clone(), false), None, "{kind:?} {wrong}");
        }
    }

    #[test]
    fn a_time_is_kept_to_the_microsecond() {
        let text = "2020-01-01T00:00:00.123456Z";
        let Some(Value::ChronoDateTimeUtc(Some(time))) = Kind::Time.value(json!(text), false) else {
            panic!("no time");
        };
        assert_eq!(time.timestamp_subsec_micros(), 123_456);
    }
}
