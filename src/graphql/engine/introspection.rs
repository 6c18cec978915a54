//! Fields that ask for the schema itself: async-graphql executes them.

use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{Pos, Request, Response, Value};
use futures_util::future::BoxFuture;

use super::compile::Compiler;
use super::composite::{CompiledSelection, LoadedSelection};
use super::error::Fault;
use super::execution::Execution;
use super::json::{Json, Written};
use super::selection::Selected;

/// Executes a request for the schema.
pub type Introspect = fn(Request) -> BoxFuture<'static, Response>;

/// A selected field `__schema` or `__type`.
pub(super) struct Introspection {
    introspect: Introspect,
    /// Asks for this field alone.
    document: ExecutableDocument,
    position: Pos,
}

impl Introspection {
    pub(super) fn compile(introspect: Introspect, compiler: &Compiler<'_>, selected: &Selected<'_>) -> Self {
        Self {
            introspect,
            document: compiler.document.operation(
                OperationType::Query,
                compiler.definitions,
                std::slice::from_ref(selected),
            ),
            position: selected.position(),
        }
    }
}

impl<T: Sync> CompiledSelection<T> for Introspection {
    fn load<'a, 'i>(
        &'a self,
        execution: &'a Execution<'a>,
        _: &'i [T],
    ) -> BoxFuture<'i, Box<dyn LoadedSelection<'a, T> + 'a>>
    where
        'a: 'i,
    {
        Box::pin(async move {
            let mut request = Request::new("").variables(execution.variables.clone());
            request.set_parsed_query(self.document.clone());
            let request = request.data(execution.request.budget.clone());
            let response = (self.introspect)(request).await;
            Box::new(Introspected {
                response,
                position: self.position,
            }) as Box<dyn LoadedSelection<'a, T> + 'a>
        })
    }
}

struct Introspected {
    response: Response,
    position: Pos,
}

impl<'a, T> LoadedSelection<'a, T> for Introspected {
    fn write(&self, _: &T, _: usize, json: &mut Json<'a>) -> Written {
        if let Some(error) = self.response.errors.first() {
            return Err(json.fail(Fault::BadRequest(error.message.clone()), self.position));
        }
        match &self.response.data {
            Value::Object(fields) => json.value(&fields.values().next()),
            _ => json.value(&Value::Null),
        }
    }
}
