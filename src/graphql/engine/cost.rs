//! `@cost`: what selecting a field costs beside the objects that it returns.

use async_graphql::TypeDirective;

/// Weight of a text that may be long, such as the body of a post: about what it takes compared with an object.
pub const LONG_TEXT: &str = "10";
/// Weight of a comparison of two long texts.
pub const COMPARISON: &str = "1000";

/// What selecting the field adds to the cost of a query, beside the objects that it returns
/// (https://ibm.github.io/graphql-specs/cost-spec.html).
#[TypeDirective(location = "FieldDefinition")]
pub fn cost(#[graphql(desc = "Number of objects that the field counts as.")] weight: String) {}
