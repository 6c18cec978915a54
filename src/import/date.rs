//! The dates that front matters and exports hold.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound, Utc};
use serde_json::Value;

/// Numbers from here on are milliseconds; as seconds they would be the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// Reads a date: RFC 3339 and its relatives (a time without offset is UTC), a bare date (midnight), the formats that
/// Jekyll, Astro's and Hashnode's starters write, and Unix time. Cut to microseconds, as databases keep it.
pub(super) fn parse(value: &Value) -> Option<DateTime<Utc>> {
    let date = match value {
        Value::String(text) => parse_text(text.trim())?,
        Value::Number(number) => parse_number(number.as_i64()?)?,
        _ => return None,
    };
    Some(date.trunc_subsecs(6))
}

fn parse_number(number: i64) -> Option<DateTime<Utc>> {
    match number {
        // Years and the like are no Unix time.
        i64::MIN..100_000_000 => None,
        100_000_000..MILLISECONDS_FROM => DateTime::from_timestamp(number, 0),
        _ => DateTime::from_timestamp_millis(number),
    }
}

fn parse_text(text: &str) -> Option<DateTime<Utc>> {
    // "Mon Jan 02 2023 10:11:12 GMT+0000 (Coordinated Universal Time)"
    let text = text.split(" (").next()?;
    if let Ok(number) = text.parse() {
        return parse_number(number);
    }
    with_offset(text).or_else(|| without_offset(text)).or_else(|| day(text))
}

fn with_offset(text: &str) -> Option<DateTime<Utc>> {
    const FORMATS: [&str; 5] = [
        "%Y-%m-%d %H:%M:%S%.f %z",
        "%Y-%m-%d %H:%M:%S%.f%z",
        "%Y-%m-%d %H:%M %z",
        "%Y-%m-%dT%H:%M:%S%.f%z",
        "%a %b %d %Y %H:%M:%S GMT%z",
    ];
    let rfc = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .ok();
    let date = rfc.or_else(|| {
        FORMATS
            .iter()
            .find_map(|format| DateTime::parse_from_str(text, format).ok())
    });
    date.map(|date| date.to_utc())
}

fn without_offset(text: &str) -> Option<DateTime<Utc>> {
    const FORMATS: [&str; 4] = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ];
    let text = text.trim_end_matches(" UTC").trim_end_matches('Z');
    FORMATS
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|date| date.and_utc())
}

fn day(text: &str) -> Option<DateTime<Utc>> {
    const FORMATS: [&str; 7] = [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%b %d %Y",
        "%b %d, %Y",
        "%B %d, %Y",
        "%d %B %Y",
        "%d %b %Y",
    ];
    let day = FORMATS
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())?;
    day.and_hms_opt(0, 0, 0).map(|date| date.and_utc())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_spelling_of_a_date_is_understood() {
        for (value, expected) in [
            (json!("2020-01-02T03:04:05Z"), "2020-01-02T03:04:05Z"),
            (
                json!("2020-01-02T03:04:05.1234567+02:00"),
                "2020-01-02T01:04:05.123456Z",
            ),
            (json!("2020-01-02 03:04:05 +0200"), "2020-01-02T01:04:05Z"),
            (json!("2020-01-02 03:04 -0500"), "2020-01-02T08:04:00Z"),
            (json!("2020-01-02 03:04:05"), "2020-01-02T03:04:05Z"),
            (json!("2020-01-02T03:04"), "2020-01-02T03:04:00Z"),
            (json!(" 2020-1-2 "), "2020-01-02T00:00:00Z"),
            (json!("Jul 08 2022"), "2022-07-08T00:00:00Z"),
            (json!("8 July 2022"), "2022-07-08T00:00:00Z"),
            (json!("Thu, 02 Jan 2020 03:04:05 GMT"), "2020-01-02T03:04:05Z"),
            (
                json!("Thu Jan 02 2020 03:04:05 GMT+0100 (Central European Time)"),
                "2020-01-02T02:04:05Z",
            ),
            (json!(1_577_934_245), "2020-01-02T03:04:05Z"),
            (json!(1_577_934_245_678_i64), "2020-01-02T03:04:05.678Z"),
            (json!("1577934245"), "2020-01-02T03:04:05Z"),
        ] {
            let expected = DateTime::parse_from_rfc3339(expected).unwrap().to_utc();
            assert_eq!(parse(&value), Some(expected), "{value}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for value in [
            json!("soon"),
            json!(""),
            json!("2020-13-01"),
            json!(2020),
            json!(-1),
            json!(i64::MAX),
            json!({}),
            json!(null),
            json!(" ("),
        ] {
            assert_eq!(parse(&value), None, "{value}");
        }
    }
}
