//! Scalars beyond those of the GraphQL specification.

use async_graphql::registry::{MetaType, Registry};
use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

/// An integer that may exceed 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BigInt(pub i64);

/// Integer that may exceed the 32 bits of `Int`, such as a number of bytes: a JSON number, exact up to 2^53. Code generators map
/// it to `number`. An input may also be a string of digits.
#[Scalar(
    name = "BigInt",
    specified_by_url = "https://datatracker.ietf.org/doc/html/rfc8259#section-6"
)]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => number.as_i64(),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        };
        number.map(Self).ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        self.0.into()
    }
}

/// Describes the scalars that the library provides.
pub fn describe(registry: &mut Registry) {
    for (name, text, url) in [
        (
            "DateTime",
            "Date and time with a time zone after RFC 3339, such as `2030-01-01T00:00:00Z`. Responses are in UTC.",
            "https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
        ),
        (
            "JSON",
            "Any JSON value.",
            "https://datatracker.ietf.org/doc/html/rfc8259",
        ),
    ] {
        if let Some(MetaType::Scalar {
            description,
            specified_by_url,
            ..
        }) = registry.types.get_mut(name)
        {
            *description = Some(text.to_owned());
            *specified_by_url = Some(url.to_owned());
        }
    }
}
