//! Times in the claims of tokens.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// How far clocks may differ, in seconds.
pub(super) const LEEWAY: u64 = 30;

/// A `NumericDate` (RFC 7519, section 2), which may have a fraction.
pub(super) fn numeric_date(value: &Value) -> Option<DateTime<Utc>> {
    #[allow(clippy::cast_possible_truncation)] // What does not fit is no date.
    let seconds = value
        .as_i64()
        .or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
    DateTime::from_timestamp(seconds, 0)
}

/// Whether a time is in the future by more than the allowed clock skew.
pub(super) fn is_future(time: DateTime<Utc>) -> bool {
    time > Utc::now() + TimeDelta::seconds(LEEWAY.cast_signed())
}
