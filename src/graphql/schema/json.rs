//! The scalar `JSON` as fields return it.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{InputType, InputValueError, InputValueResult, Json, Value};

/// A value of the scalar `JSON`. As an `InputType`, `async_graphql::Json` gives a string that contains JSON, not the value.
#[derive(Clone)]
pub(super) struct JsonValue(Value);

impl JsonValue {
    /// The scalar for a JSON document.
    pub(super) fn new(value: &serde_json::Value) -> Self {
        // None of our values refuses to be converted.
        Self(async_graphql::to_value(value).unwrap_or_default())
    }
}

impl InputType for JsonValue {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <Json<serde_json::Value> as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Json<serde_json::Value> as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        value
            .map(Self)
            .ok_or_else(|| InputValueError::expected_type(Value::Null))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}
