//! The dates of an export.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};

/// The first valid date of these, each `2013-05-07 19:55:41` and taken as UTC.
pub(super) fn date<const N: usize>(candidates: [&str; N]) -> Option<DateTime<Utc>> {
    candidates.into_iter().find_map(|candidate| {
        let naive = NaiveDateTime::parse_from_str(candidate.trim(), "%Y-%m-%d %H:%M:%S").ok()?;
        // A leap second would keep a second's worth of fraction.
        let date = DateTime::from_timestamp(naive.and_utc().timestamp(), 0)?;
        (1..=9999).contains(&date.year()).then_some(date)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_date_is_none_and_the_next_is_tried() {
        assert_eq!(date(["0000-00-00 00:00:00"]), None);
        assert_eq!(
            date([
                "",
                "2013-02-30 00:00:00",
                "-0001-11-30 00:00:00",
                "99999-01-01 00:00:00"
            ]),
            None
        );
        let expected = "2013-05-07T19:55:41Z".parse().ok();
        assert_eq!(date(["0000-00-00 00:00:00", "2013-05-07 19:55:41"]), expected);
        assert_eq!(date(["2016-12-31 23:59:60"]), "2016-12-31T23:59:59Z".parse().ok());
    }
}
