//! Queries: validated by async-graphql, compiled and executed by the engine.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::registry::Registry;
use async_graphql::{EmptySubscription, Name, Request, Response, Schema, SchemaBuilder, ServerError, Value, Variables};
use async_graphql_value::ConstValue;

use super::engine::context::RequestContext;
use super::engine::limits;
use super::engine::{Composite as _, Document as Selections, Operation, Root, check_document, check_variables};
use super::schema::{Mutation, Query};

/// Compiled operations that a document keeps: of each named operation, one for each combination of the variables of `@skip`
/// and `@include`.
const MAX_COMPILED: usize = 16;

/// The schema, as the engine describes it.
pub type ApiSchema = Schema<Root<Query>, Root<Mutation>, EmptySubscription>;

/// The schema, to be completed.
pub fn schema() -> SchemaBuilder<Root<Query>, Root<Mutation>, EmptySubscription> {
    Schema::build(Root(Query), Root(Mutation), EmptySubscription)
}

/// The schema, which validates and executes nothing.
static SCHEMA: LazyLock<ApiSchema> = LazyLock::new(|| schema().extension(Nothing).finish());

/// The types of the schema.
static TYPES: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::default();
    registry.query_type = Query::register(&mut registry);
    registry.mutation_type = Some(Mutation::register(&mut registry));
    registry
});

/// Ends each execution before it begins.
struct Nothing;

impl ExtensionFactory for Nothing {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Nothing {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::default()
    }
}

/// The schema in its definition language.
pub fn sdl() -> String {
    SCHEMA.sdl()
}

/// A parsed document with those of its queries that were compiled.
pub struct Document {
    parsed: ExecutableDocument,
    /// Whether any of its operations asks for the schema.
    introspects: bool,
    compiled: Mutex<Vec<(Variant, Arc<Operation<Query>>)>>,
}

/// What a compiled operation depends on: its name, and the values of the variables of `@skip` and `@include`.
#[derive(Clone, PartialEq, Eq)]
struct Variant {
    operation: Option<String>,
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
        Self {
            introspects: operations.chain(fragments).any(introspects),
            parsed,
            compiled: Mutex::default(),
        }
    }
}

impl Document {
    /// The document as it was parsed.
    pub fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }

    /// A request for async-graphql to execute one of its operations.
    pub fn request(&self, operation_name: Option<&str>, variables: Variables) -> Request {
        let mut request = Request::new("").variables(variables);
        request.operation_name = operation_name.map(str::to_owned);
        request.set_parsed_query(self.parsed.clone());
        request
    }

    /// Whether the operation is a query that the engine executes: one that does not ask for the schema.
    pub fn is_compiled(&self, operation_name: Option<&str>) -> bool {
        self.query(operation_name).is_some()
    }

    fn query(&self, operation_name: Option<&str>) -> Option<&OperationDefinition> {
        let operation = operation(&self.parsed, operation_name)?;
        (operation.ty == OperationType::Query && !self.introspects).then_some(operation)
    }

    /// Executes one of its queries, which [`Document::is_compiled`].
    ///
    /// # Errors
    /// What is wrong with the query or its variables; nothing was executed then.
    pub async fn execute(
        &self,
        operation_name: Option<&str>,
        variables: &Variables,
        context: &RequestContext,
    ) -> Result<Response, Vec<ServerError>> {
        let operation = self.compiled(operation_name, variables).await?;
        let wrong = check_variables(operation.definitions(), variables, &TYPES);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let (json, errors) = operation.execute(context, variables).await;
        let mut response = Response::new(if json == b"null" {
            Value::Null
        } else {
            Value::Binary(json.into())
        });
        response.errors = errors;
        Ok(response)
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
    pub async fn compiled(
        &self,
        operation_name: Option<&str>,
        variables: &Variables,
    ) -> Result<Arc<Operation<Query>>, Vec<ServerError>> {
        let Some(operation) = self.query(operation_name) else {
            return Err(vec![ServerError::new("The document has no such query.", None)]);
        };
        let conditions = operation.variable_definitions.iter().filter_map(|definition| {
            let definition = &definition.node;
            let name = &definition.name.node;
            // Variables of this type are few; whether one of them stands in a directive does not matter.
            let is_boolean = matches!(&definition.var_type.node.base, BaseType::Named(name) if name == "Boolean");
            let default = definition.default_value.as_ref().map(|default| &default.node);
            is_boolean.then(|| (name.clone(), variables.get(name).or(default).cloned()))
        });
        let variant = Variant {
            operation: operation_name.map(str::to_owned),
            conditions: conditions.collect(),
        };
        if let Some(known) = self.known(&variant) {
            return Ok(known);
        }
        let wrong = validate(&self.parsed, operation_name).await;
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let conditions = variant.conditions.iter();
        let conditions = conditions.filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let selections = Selections {
            fragments: &self.parsed.fragments,
            variables: &Variables::from_value(ConstValue::Object(conditions.collect())),
        };
        let compiled = Operation::compile(
            Query,
            &operation.selection_set.node,
            &operation.variable_definitions,
            selections,
            &TYPES,
        );
        let compiled = Arc::new(compiled.map_err(|error| vec![error])?);
        let mut all = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MAX_COMPILED {
            all.push((variant, Arc::clone(&compiled)));
        }
        Ok(compiled)
    }
}

fn introspects(set: &SelectionSet) -> bool {
    set.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => matches!(field.node.name.node.as_str(), "__schema" | "__type"),
        Selection::InlineFragment(fragment) => introspects(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}

/// Validates a document without executing it; variables are checked when it is executed. The errors, none if it is valid.
pub async fn validate(document: &ExecutableDocument, operation_name: Option<&str>) -> Vec<ServerError> {
    let wrong = check_document(document, &TYPES);
    if !wrong.is_empty() {
        return wrong;
    }
    let mut request = Request::new("");
    request.operation_name = operation_name.map(str::to_owned);
    request.set_parsed_query(document.clone());
    SCHEMA.execute(request).await.errors
}

/// Checks the arguments and variables of an operation that async-graphql executes. The errors.
pub fn check_values(
    document: &ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
) -> Vec<ServerError> {
    let mut wrong = check_document(document, &TYPES);
    if let Some(operation) = operation(document, operation_name) {
        wrong.extend(check_variables(&operation.variable_definitions, variables, &TYPES));
    }
    wrong
}

fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    limits::find(document, name)
        .ok()
        .map(|operation| &operation.definition.node)
}
