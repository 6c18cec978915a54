//! The publication's own rules, one name per thing. Nothing here knows of HTTP or GraphQL.

pub mod render;
