//! Operations: compiled and executed. async-graphql knows the types, and runs the fields of mutations one after the other.

use std::borrow::Cow;
use std::cell::Cell;

use async_graphql::parser::types::{Field, Selection as ParsedSelection, SelectionSet, VariableDefinition};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, Context, ContextBase, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerError,
    ServerResult, Value, Variables,
};

use super::arguments::with_defaults;
use super::compile::Compiler;
use super::composite::{CompiledSelection, Composite};
use super::context::RequestContext;
use super::execution::Execution;
use super::json::Json;
use super::object::Object;
use super::scalar;
use super::selection::Document;

/// An operation on an object of type `T`, compiled once for executions with any values of its variables, but for those that
/// `@skip` and `@include` name.
pub struct Operation<T> {
    object: T,
    selection: Box<dyn CompiledSelection<T>>,
    definitions: Vec<Positioned<VariableDefinition>>,
    bytes: usize,
}

impl<T: Composite> Operation<T> {
    /// Compiles what `set` selects on `object`.
    ///
    /// # Errors
    /// What cannot be compiled, which validation would have found.
    pub fn compile(object: T, set: &SelectionSet, compiler: &Compiler<'_>) -> ServerResult<Self> {
        Ok(Self {
            selection: T::compile(compiler, &[set])?,
            object,
            definitions: compiler.definitions.to_vec(),
            bytes: compiler.bytes.get(),
        })
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Executes it with these variables, whose values have been checked. The response as JSON, and the field errors.
    pub async fn execute(&self, request: &RequestContext, variables: &Variables) -> (Vec<u8>, Vec<ServerError>) {
        let execution = Execution {
            request,
            variables: &with_defaults(variables, &self.definitions),
        };
        let loaded = self
            .selection
            .load(&execution, std::slice::from_ref(&self.object))
            .await;
        let mut json = Json::new(&execution);
        // Null where the object itself cannot be written; over its budget, the request ends with another response.
        let _ = json.nullable(|json| loaded.write(&self.object, 0, json));
        json.finish()
    }
}

/// The root of queries or mutations, as async-graphql sees it.
pub struct Root<T>(pub T);

impl<T: Object> OutputType for Root<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let name = T::register(registry);
        scalar::describe(registry);
        format!("{name}!")
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(context, self).await
    }
}

/// Each field of a mutation is executed by itself.
impl<T: Object> ContainerType for Root<T> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        let field = Positioned::new(ParsedSelection::Field(context.item.clone()), context.item.pos);
        let set = SelectionSet { items: vec![field] };
        let json = selected(context, self.0.clone(), &set).await?;
        let before = context.item.node.response_key().node.len() + r#"{"":"#.len();
        let value = json.get(before..json.len() - 1);
        Ok(Some(
            value.map_or(Value::Null, |value| Value::Binary(value.to_vec().into())),
        ))
    }
}

impl<T: Object> ObjectType for Root<T> {}

/// Executes what is selected on the root.
async fn selected<T: Composite, U>(
    context: &ContextBase<'_, U>,
    object: T,
    set: &SelectionSet,
) -> ServerResult<Vec<u8>> {
    let environment = context.query_env;
    let document = Document {
        fragments: &environment.fragments,
        variables: &environment.variables,
    };
    let request = context.data_opt::<RequestContext>();
    let request = request.ok_or_else(|| ServerError::new("There is no request.", None))?;
    let operation = {
        let compiler = Compiler {
            document,
            definitions: &environment.operation.node.variable_definitions,
            registry: &context.schema_env.registry,
            introspect: None,
            bytes: Cell::default(),
        };
        Operation::compile(object, set, &compiler)?
    };
    let (json, errors) = operation.execute(request, &environment.variables).await;
    for error in errors {
        context.add_error(error);
    }
    Ok(json)
}
