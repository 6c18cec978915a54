//! Fields that ask for the schema itself: async-graphql executes them.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};
use async_graphql::{Name, Pos, Positioned, Request, Response, Value};
use futures_util::future::BoxFuture;

use super::compile::Compiler;
use super::composite::{CompiledSelection, LoadedSelection};
use super::error::Fault;
use super::execution::Execution;
use super::json::{Json, Written};
use super::selection::{Document, Selected, operation};

/// Executes a request for the schema.
pub type Introspect = fn(Request) -> BoxFuture<'static, Response>;

/// The name of what is selected where nothing is, which is no name that a document can have.
const NOTHING: &str = "";

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
            document: operation(
                OperationType::Query,
                compiler.definitions,
                vec![plain(compiler.document, selected)],
                HashMap::new(),
            ),
            position: selected.position(),
        }
    }
}

/// The selection of a field without fragments and conditions. async-graphql returns null for an object on which nothing is
/// selected: its type is then.
fn plain(document: Document<'_>, selected: &Selected<'_>) -> Positioned<Selection> {
    let sets = selected.sets();
    let fields = document.fields(&sets, &|_| true);
    let mut items: Vec<_> = fields.iter().map(|field| plain(document, field)).collect();
    if items.is_empty() && sets.iter().any(|set| !set.items.is_empty()) {
        let position = selected.position();
        let at = |name| Positioned::new(Name::new(name), position);
        let nothing = Field {
            alias: Some(at(NOTHING)),
            name: at("__typename"),
            arguments: Vec::new(),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet { items: Vec::new() }, position),
        };
        items.push(Positioned::new(
            Selection::Field(Positioned::new(nothing, position)),
            position,
        ));
    }
    selected.selecting(items)
}

fn remove_nothing(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.shift_remove(NOTHING);
            fields.values_mut().for_each(remove_nothing);
        }
        Value::List(items) => items.iter_mut().for_each(remove_nothing),
        _ => {}
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
            let mut response = (self.introspect)(request).await;
            remove_nothing(&mut response.data);
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
