//! Custom fields: what posts have beside the fields that all posts have, checked against the JSON Schema (draft 2020-12)
//! that their publication gives.
//!
//! Schemas come from whoever has a publication, and are run on every save: what they may ask for is bounded before they
//! are compiled (`shape.rs`), and patterns run on an engine without backtracking.

mod schema;
mod shape;
mod told;

pub use schema::Schema;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use entity::PublicationId;
use moka::sync::Cache;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::publication;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::store::read::Reads;
use crate::threads::Threads;

/// The field that problems with custom fields are about.
const FIELD: &str = "customFields";
/// The most bytes of a post's custom fields, and of a schema, as JSON.
pub const MOST_BYTES: usize = 64 * 1024;
/// The deepest that custom fields are nested.
pub const MOST_LEVELS: usize = 20;

/// Schemas that were compiled lately, by their digest.
static COMPILED: LazyLock<Cache<[u8; 32], Arc<Schema>>> = LazyLock::new(|| Cache::new(100));

/// What is wrong with the custom fields of a post of this publication.
///
/// # Errors
/// When the database fails.
pub async fn check_for(
    database: &impl Reads,
    publication: PublicationId,
    fields: &Value,
) -> Result<Vec<Problem>, Refusal> {
    if let Err(problem) = check_form(fields) {
        return Ok(vec![problem]);
    }
    let schemas = publication::custom_field_schemas(database, &[publication]).await?;
    let Some(schema) = schemas.get(&publication) else {
        return Ok(Vec::new());
    };
    let schema = match compiled(schema).await {
        Ok(schema) => schema,
        Err(Refusal::Invalid(problems)) => {
            // It was checked when it was set; what is allowed has become less since.
            let told = problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>();
            return Err(Refusal::Internal(format!(
                "the custom field schema of {publication} cannot be used: {}",
                told.join(" ")
            )));
        }
        Err(other) => return Err(other),
    };
    let fields = fields.clone();
    apart(move || schema.check(&fields)).await
}

/// A schema, ready to check with.
///
/// # Errors
/// A problem of the field `customFieldSchema`.
pub async fn compiled(schema: &Value) -> Result<Arc<Schema>, Refusal> {
    let text = shape::text("customFieldSchema", schema, shape::MOST_LEVELS)?;
    let digest: [u8; 32] = Sha256::digest(text).into();
    if let Some(compiled) = COMPILED.get(&digest) {
        return Ok(compiled);
    }
    let schema = schema.clone();
    let compiled = Arc::new(apart(move || Schema::compile(&schema)).await??);
    COMPILED.insert(digest, Arc::clone(&compiled));
    Ok(compiled)
}

/// The names of the fields that a schema describes: its properties, and those of schemas that it combines.
pub fn named(schema: &Value) -> BTreeSet<String> {
    const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
    let mut names = BTreeSet::new();
    // How deep a schema is was bounded when it was set.
    let mut waiting = vec![schema];
    while let Some(schema) = waiting.pop() {
        let Value::Object(schema) = schema else { continue };
        if let Some(Value::Object(properties)) = schema.get("properties") {
            names.extend(properties.keys().cloned());
        }
        let combined = LISTS.iter().filter_map(|list| schema.get(*list)?.as_array());
        waiting.extend(combined.flatten());
        waiting.extend(["if", "then", "else"].iter().filter_map(|name| schema.get(*name)));
    }
    names
}

/// Whether it is an object that the database can keep, and no larger than allowed.
fn check_form(fields: &Value) -> Result<(), Problem> {
    if !fields.is_object() {
        let message = "Give an object, a value for each field.";
        return Err(Problem::new(ProblemCode::Invalid, FIELD, message));
    }
    shape::text(FIELD, fields, MOST_LEVELS).map(drop)
}

/// Where schemas are run: one that takes long leaves the machine to others.
static THREADS: LazyLock<Threads> = LazyLock::new(|| Threads::new(2, 128));

/// Runs what may take long, as others wrote it, where nobody else waits for it.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    Ok(THREADS.run(work).await?)
}
