//! Types with fields of their own: objects, interfaces and unions. Their selections are compiled once, loaded for all objects of
//! a level together, and then written object by object.

use async_graphql::ServerResult;
use async_graphql::parser::types::SelectionSet;
use async_graphql::registry::Registry;
use futures_util::future::BoxFuture;

use super::compile::Compiler;
use super::execution::Execution;
use super::json::{Json, Written};

/// An object, an interface or a union. Cheap to clone.
pub trait Composite: Clone + Send + Sync + 'static {
    /// Registers its type; gives its name.
    fn register(registry: &mut Registry) -> String;

    /// Compiles what is selected on it.
    fn compile(compiler: &Compiler<'_>, sets: &[&SelectionSet]) -> ServerResult<Box<dyn CompiledSelection<Self>>>;
}

/// What is selected on objects of type `T`.
pub trait CompiledSelection<T>: Send + Sync {
    /// Loads everything that is selected on `items`, level by level, and what is independent at the same time.
    fn load<'a, 'i>(
        &'a self,
        execution: &'a Execution<'a>,
        items: &'i [T],
    ) -> BoxFuture<'i, Box<dyn LoadedSelection<'a, T> + 'a>>
    where
        'a: 'i;
}

/// What was loaded for the objects of a level.
pub trait LoadedSelection<'a, T>: Send + Sync {
    /// Writes the object at `index` of the level.
    fn write(&self, item: &T, index: usize, json: &mut Json<'a>) -> Written;
}

/// No object: of what consists of leaves alone.
#[derive(Clone)]
pub enum Never {}

impl Composite for Never {
    fn register(_: &mut Registry) -> String {
        String::new()
    }

    fn compile(_: &Compiler<'_>, _: &[&SelectionSet]) -> ServerResult<Box<dyn CompiledSelection<Self>>> {
        Ok(Box::new(Nothing))
    }
}

/// Nothing is selected: on an object that no type condition fits.
pub(super) struct Nothing;

impl<T: Sync> CompiledSelection<T> for Nothing {
    fn load<'a, 'i>(&'a self, _: &'a Execution<'a>, _: &'i [T]) -> BoxFuture<'i, Box<dyn LoadedSelection<'a, T> + 'a>>
    where
        'a: 'i,
    {
        Box::pin(std::future::ready(
            Box::new(Self) as Box<dyn LoadedSelection<'a, T> + 'a>
        ))
    }
}

impl<T> LoadedSelection<'_, T> for Nothing {
    fn write(&self, _: &T, _: usize, json: &mut Json<'_>) -> Written {
        json.raw(b"{}");
        Ok(())
    }
}
