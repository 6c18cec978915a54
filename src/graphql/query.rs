//! Documents that are executed: their queries are compiled and executed by the engine; async-graphql executes mutations, field by
//! field, and asks for the schema.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use async_graphql::parser::types::{BaseType, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::registry::Registry;
use async_graphql::{
    EmptySubscription, Name, Request, Response, Schema, SchemaBuilder, ServerError, ValidationMode, Value, Variables,
};
use async_graphql_value::ConstValue;

use super::engine::context::RequestContext;
use super::engine::limits::{self, Cost, Limits, Refusal, TypeMap};
use super::engine::{
    self, Compiler, Composite as _, Document as Selections, Operation, Root, Selected, check_variables, with_defaults,
};
use super::response_size::ResponseSize;
use super::schema::{Mutation, Query};
use super::validation::{SCHEMA, valid};

/// Compiled operations that a document keeps: of each named operation, one for each combination of the variables of `@skip`
/// and `@include`.
const MAX_COMPILED: usize = 16;

/// The schema, as the engine describes it.
pub(super) type ApiSchema = Schema<Root<Query>, Root<Mutation>, EmptySubscription>;

/// The schema, to be completed.
pub(super) fn schema() -> SchemaBuilder<Root<Query>, Root<Mutation>, EmptySubscription> {
    Schema::build(Root(Query), Root(Mutation), EmptySubscription)
}

/// The schema, which executes documents that were validated.
static EXECUTOR: LazyLock<ApiSchema> = LazyLock::new(|| {
    let schema = schema().extension(ResponseSize);
    schema.validation_mode(ValidationMode::Fast).finish()
});

/// The types of the schema.
pub(super) static TYPES: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::default();
    registry.query_type = Query::register(&mut registry);
    registry.mutation_type = Some(Mutation::register(&mut registry));
    registry
});

/// The schema in its definition language.
pub fn sdl() -> String {
    SCHEMA.sdl()
}

/// A parsed document with those of its queries that were compiled.
pub struct Document {
    parsed: ExecutableDocument,
    compiled: Mutex<Vec<(Variant, Arc<Operation<Query>>)>>,
    /// What its operations cost, by name, as far as that does not depend on variables.
    measured: Mutex<Vec<(Option<Name>, Cost)>>,
    /// Bytes that all of it takes, about.
    bytes: AtomicUsize,
    /// How many of them are accounted for.
    weighed: AtomicUsize,
}

/// What a compiled operation depends on: its name, and the values of the variables of `@skip` and `@include`.
#[derive(Clone, PartialEq, Eq)]
struct Variant {
    operation: Option<Name>,
    conditions: Vec<(Name, Option<ConstValue>)>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Document").finish_non_exhaustive()
    }
}

impl From<ExecutableDocument> for Document {
    fn from(parsed: ExecutableDocument) -> Self {
        let operations = parsed.operations.iter();
        let operations = operations.map(|(_, operation)| &operation.node.selection_set.node);
        let fragments = parsed.fragments.values();
        let fragments = fragments.map(|fragment| &fragment.node.selection_set.node);
        let bytes = size_of::<Self>() + operations.chain(fragments).map(engine::bytes).sum::<usize>();
        Self {
            parsed,
            compiled: Mutex::default(),
            measured: Mutex::default(),
            bytes: bytes.into(),
            weighed: AtomicUsize::default(),
        }
    }
}

impl Document {
    /// The document as it was parsed.
    pub fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }

    /// Bytes that it takes beside its text, about: more once its queries are compiled.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether it takes more than when this was asked before.
    pub fn has_grown(&self) -> bool {
        let bytes = self.bytes();
        self.weighed.swap(bytes, Ordering::Relaxed) != bytes
    }

    /// What one of its operations costs: measured once, unless that depends on variables. Limits and types are always the same.
    ///
    /// # Errors
    /// As [`limits::measure`].
    pub fn measure(
        &self,
        operation: limits::Operation<'_>,
        variables: &Variables,
        limits: &Limits,
        types: &TypeMap,
    ) -> Result<Cost, Refusal> {
        let measured = || self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let known = measured()
            .iter()
            .find(|(name, _)| name.as_ref() == operation.name)
            .map(|(_, cost)| *cost);
        if let Some(cost) = known {
            return Ok(cost);
        }
        let cost = limits::measure(&self.parsed, operation, variables, limits, types)?;
        if !cost.depends_on_variables {
            measured().push((operation.name.cloned(), cost));
        }
        Ok(cost)
    }

    /// Compiles its queries as they are without variables, before they are executed. What is wrong with them, the execution
    /// reports.
    pub async fn compile(&self) {
        for (name, definition) in self.parsed.operations.iter() {
            if definition.node.ty == OperationType::Query {
                let operation = limits::Operation { name, definition };
                let _ = self.compiled(operation, &Variables::default()).await;
            }
        }
    }

    /// Executes one of its operations.
    pub async fn execute(
        &self,
        operation_name: Option<&str>,
        variables: &Variables,
        context: RequestContext,
    ) -> Response {
        let operation = match limits::find(&self.parsed, operation_name) {
            Ok(operation) => operation,
            Err(refusal) => return Response::from_errors(vec![refusal.into()]),
        };
        let executed = match operation.definition.node.ty {
            OperationType::Query => self.query(operation, variables, &context).await,
            _ => self.mutate(operation, variables, context).await,
        };
        executed.unwrap_or_else(Response::from_errors)
    }

    async fn query(
        &self,
        operation: limits::Operation<'_>,
        variables: &Variables,
        context: &RequestContext,
    ) -> Result<Response, Vec<ServerError>> {
        let compiled = self.compiled(operation, variables).await?;
        check(&operation.definition.node, variables)?;
        let (json, errors) = compiled.execute(context, variables).await;
        let mut response = Response::new(if json == b"null" {
            Value::Null
        } else {
            Value::Binary(json.into())
        });
        response.errors = errors;
        Ok(response)
    }

    async fn mutate(
        &self,
        operation: limits::Operation<'_>,
        variables: &Variables,
        context: RequestContext,
    ) -> Result<Response, Vec<ServerError>> {
        valid(&self.parsed, operation.name).await?;
        let operation = &operation.definition.node;
        check(operation, variables)?;
        let definitions = &operation.variable_definitions;
        let variables = with_defaults(variables, definitions).into_owned();
        let selections = Selections {
            fragments: &self.parsed.fragments,
            variables: &variables,
        };
        let is_root = |condition: &str| TYPES.mutation_type.as_deref() == Some(condition);
        let fields = selections.fields(&[&operation.selection_set.node], &is_root);
        if fields.is_empty() {
            return Ok(Response::new(Value::Object(Default::default())));
        }
        let mut request = Request::new("");
        request.set_parsed_query(engine::operation(
            operation.ty,
            definitions,
            fields.iter().map(Selected::merged).collect(),
            self.parsed.fragments.clone(),
        ));
        Ok(EXECUTOR.execute(request.variables(variables).data(context)).await)
    }

    fn known(&self, variant: &Variant) -> Option<Arc<Operation<Query>>> {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let found = compiled.iter().find(|(known, _)| known == variant);
        found.map(|(_, operation)| Arc::clone(operation))
    }

    /// Validates and compiles a query, unless that has been done.
    ///
    /// # Errors
    /// What is wrong with the query.
    async fn compiled(
        &self,
        operation: limits::Operation<'_>,
        variables: &Variables,
    ) -> Result<Arc<Operation<Query>>, Vec<ServerError>> {
        let limits::Operation { name, definition } = operation;
        let operation = &definition.node;
        let conditions = operation.variable_definitions.iter().filter_map(|definition| {
            let definition = &definition.node;
            let name = &definition.name.node;
            // Variables of this type are few; whether one of them stands in a directive does not matter.
            let is_boolean = matches!(&definition.var_type.node.base, BaseType::Named(name) if name == "Boolean");
            let default = definition.default_value.as_ref().map(|default| &default.node);
            is_boolean.then(|| (name.clone(), variables.get(name).or(default).cloned()))
        });
        let variant = Variant {
            operation: name.cloned(),
            conditions: conditions.collect(),
        };
        if let Some(known) = self.known(&variant) {
            return Ok(known);
        }
        valid(&self.parsed, name).await?;
        let conditions = variant.conditions.iter();
        let conditions = conditions.filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let compiler = Compiler {
            document: Selections {
                fragments: &self.parsed.fragments,
                variables: &Variables::from_value(ConstValue::Object(conditions.collect())),
            },
            definitions: &operation.variable_definitions,
            registry: &TYPES,
            introspect: Some(|request| Box::pin(EXECUTOR.execute(request))),
            bytes: Cell::default(),
        };
        let compiled = Operation::compile(Query, &operation.selection_set.node, &compiler);
        let compiled = Arc::new(compiled.map_err(|error| vec![error])?);
        let mut all = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MAX_COMPILED {
            self.bytes.fetch_add(compiled.bytes(), Ordering::Relaxed);
            all.push((variant, Arc::clone(&compiled)));
        }
        Ok(compiled)
    }
}

/// Checks the values of the variables of an operation.
fn check(operation: &OperationDefinition, variables: &Variables) -> Result<(), Vec<ServerError>> {
    match check_variables(&operation.variable_definitions, variables, &TYPES) {
        wrong if wrong.is_empty() => Ok(()),
        wrong => Err(wrong),
    }
}
