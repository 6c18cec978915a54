//! Fields that are found out for all objects of a level together.

use std::sync::Arc;

use async_graphql::{Pos, ServerResult};
use futures_util::future::BoxFuture;

use super::arguments::{self, Arguments};
use super::compile::Compiler;
use super::composite::{CompiledSelection, Composite, LoadedSelection};
use super::error::Result;
use super::execution::Execution;
use super::json::{Json, Written};
use super::output::{Items, Output};
use super::selection::Selected;

/// What a field is asked for all objects of a level.
pub struct Call<'c, T, A> {
    /// The execution.
    pub execution: &'c Execution<'c>,
    /// The objects.
    pub items: &'c [T],
    /// The field's arguments.
    pub arguments: Arc<A>,
    /// What is selected below the field.
    pub look_ahead: &'c LookAhead,
}

/// One output for each object, in their order, or why there is none for any.
pub type Outputs<C> = Result<Vec<Result<C>>>;

/// Finds out the outputs of a field.
pub type Source<T, A, C> = Arc<dyn for<'c> Fn(Call<'c, T, A>) -> BoxFuture<'c, Outputs<C>> + Send + Sync>;

/// Which fields are selected below a field.
pub struct LookAhead {
    fields: Vec<String>,
    /// Of a connection, those of its nodes.
    nodes: Option<Vec<String>>,
}

impl LookAhead {
    fn of(compiler: &Compiler<'_>, selected: &Selected<'_>) -> Self {
        let sets = selected.sets();
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let below = compiler.document.fields(&sets, &|_| true);
        let mut node_sets = Vec::new();
        for field in &below {
            match field.name() {
                "nodes" => node_sets.extend(field.sets()),
                "edges" => {
                    let edges = compiler.document.fields(&field.sets(), &|_| true);
                    let nodes = edges.iter().filter(|field| field.name() == "node");
                    node_sets.extend(nodes.flat_map(Selected::sets));
                }
                _ => {}
            }
        }
        Self {
            fields: owned(compiler.document.names(&sets)),
            nodes: (!node_sets.is_empty()).then(|| owned(compiler.document.names(&node_sets))),
        }
    }

    /// Bytes that it takes.
    fn bytes(&self) -> usize {
        let names = self.fields.iter().chain(self.nodes.iter().flatten());
        names.map(|name| size_of::<String>() + name.len()).sum()
    }

    /// Whether a field of this name is selected directly below.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field == name)
    }

    /// The fields selected on the objects that the field returns: of a connection, on its nodes.
    pub fn item_fields(&self) -> Vec<&str> {
        self.nodes
            .as_ref()
            .unwrap_or(&self.fields)
            .iter()
            .map(String::as_str)
            .collect()
    }
}

/// A selected field.
pub(super) struct Link<T, A, C: Output> {
    source: Source<T, A, C>,
    arguments: arguments::Compiled<A>,
    look_ahead: LookAhead,
    position: Pos,
    below: Box<dyn CompiledSelection<C::Item>>,
}

impl<T, A: Arguments, C: Output> Link<T, A, C> {
    pub(super) fn compile(
        source: Source<T, A, C>,
        compiler: &Compiler<'_>,
        selected: &Selected<'_>,
    ) -> ServerResult<Self> {
        let look_ahead = LookAhead::of(compiler, selected);
        compiler.account(size_of::<Self>() + size_of::<A>() + look_ahead.bytes());
        Ok(Self {
            source,
            arguments: arguments::Compiled::of(selected),
            look_ahead,
            position: selected.position(),
            below: C::Item::compile(compiler, &selected.sets())?,
        })
    }
}

impl<T: Send + Sync, A: Arguments, C: Output> CompiledSelection<T> for Link<T, A, C> {
    fn load<'a, 'i>(
        &'a self,
        execution: &'a Execution<'a>,
        items: &'i [T],
    ) -> BoxFuture<'i, Box<dyn LoadedSelection<'a, T> + 'a>>
    where
        'a: 'i,
    {
        Box::pin(async move {
            let outputs = match self.arguments.read(execution) {
                Ok(arguments) => {
                    let call = Call {
                        execution,
                        items,
                        arguments,
                        look_ahead: &self.look_ahead,
                    };
                    (self.source)(call).await
                }
                Err(fault) => Err(fault),
            };
            let outputs = outputs.unwrap_or_else(|fault| items.iter().map(|_| Err(fault.clone())).collect());
            let mut children = Vec::new();
            let mut starts = Vec::with_capacity(outputs.len());
            for output in &outputs {
                starts.push(children.len());
                if let Ok(output) = output {
                    output.items(&mut children);
                }
            }
            let budget = &execution.request.budget;
            // Over its budget, the request ends at the checkpoint.
            let _ = budget.load(size_of_val(&*children));
            budget.checkpoint().await;
            let below = self.below.load(execution, &children).await;
            Box::new(Loaded {
                outputs,
                starts,
                children,
                below,
                position: self.position,
            }) as Box<dyn LoadedSelection<'a, T> + 'a>
        })
    }
}

/// The outputs of a field for all objects of a level.
struct Loaded<'a, C: Output> {
    outputs: Vec<Result<C>>,
    /// Where the objects of each output begin among the children.
    starts: Vec<usize>,
    children: Vec<C::Item>,
    below: Box<dyn LoadedSelection<'a, C::Item> + 'a>,
    position: Pos,
}

impl<'a, T, C: Output> LoadedSelection<'a, T> for Loaded<'a, C> {
    fn write(&self, _: &T, index: usize, json: &mut Json<'a>) -> Written {
        match &self.outputs[index] {
            Ok(output) => {
                let mut items = Items {
                    level: &self.children,
                    next: self.starts[index],
                    loaded: &*self.below,
                };
                output.write(&mut items, json)
            }
            Err(fault) => Err(json.fail(fault.clone(), self.position)),
        }
    }
}
