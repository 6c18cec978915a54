//! Mutations: fields that take one `input`, run one at a time, and return a payload.

use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaInputValue, MetaType, Registry};
use async_graphql::{InputType, Name, Pos, Value};
use futures_util::future::BoxFuture;

use super::arguments::{self, Arguments};
use super::composite::{CompiledSelection, LoadedSelection};
use super::context::RequestContext;
use super::error::{Fault, Result};
use super::execution::Execution;
use super::field::{Field, Fields};
use super::json::{Json, Written};
use super::object::{self, CompiledField};
use super::payload::Payload;

/// The one argument of a mutation. It is parsed for each execution, since the mutation consumes it.
struct Input<I>(Value, PhantomData<fn() -> I>);

impl<I: InputType> Input<I> {
    fn parse(&self) -> Result<I> {
        I::parse(Some(self.0.clone())).map_err(|error| {
            let error = error.into_server_error(Pos::default());
            Fault::BadRequest(error.message)
        })
    }
}

impl<I: InputType + 'static> Arguments for Input<I> {
    fn describe(registry: &mut Registry) -> IndexMap<String, MetaInputValue> {
        let input = MetaInputValue {
            name: "input".to_owned(),
            description: Some("Input of the mutation.".to_owned()),
            ty: I::create_type_info(registry),
            deprecation: Default::default(),
            default_value: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            is_secret: false,
            directive_invocations: Vec::new(),
        };
        IndexMap::from([(input.name.clone(), input)])
    }

    fn read(mut given: IndexMap<Name, Value>) -> Result<Self> {
        let input = given.swap_remove("input").unwrap_or_default();
        Ok(Self(input, PhantomData))
    }
}

/// Performs a mutation.
type Act<I, D> = dyn for<'c> Fn(&'c RequestContext, I) -> BoxFuture<'c, Result<Payload<D>>> + Send + Sync;

impl<T: Clone + Send + Sync + 'static> Fields<T> {
    /// A mutation that takes an `I`. `returns` describes the fields of its payload beside `userErrors`; the types of input
    /// and payload are named after it.
    pub fn mutation<I: InputType + 'static, D: Clone + Send + Sync + 'static>(
        &mut self,
        name: &'static str,
        description: &'static str,
        returns: impl FnOnce(&mut Fields<Payload<D>>),
        act: impl for<'c> Fn(&'c RequestContext, I) -> BoxFuture<'c, Result<Payload<D>>> + Send + Sync + 'static,
    ) {
        let act: Arc<Act<I, D>> = Arc::new(act);
        let mut fields = Fields::default();
        returns(&mut fields);
        Payload::describe_user_errors(&mut fields);
        // Types live as long as the program.
        let fields: &'static Fields<Payload<D>> = Box::leak(Box::new(fields));
        let payload = format!("{}Payload", capitalized(name));
        let type_name = payload.clone();
        self.add(Field {
            name,
            description,
            cost: None,
            deprecation: None,
            is_nullable: true,
            describe: Box::new(move |registry| {
                let mut arguments = Input::<I>::describe(registry);
                let input = name_input(registry, &I::type_name(), name);
                for argument in arguments.values_mut() {
                    argument.ty = format!("{input}!");
                }
                let description = format!("Payload of `{name}`.");
                object::register(registry, &type_name, &description, fields);
                (type_name.clone(), arguments)
            }),
            compile: Box::new(move |compiler, selected| {
                Ok(CompiledField::Link(Box::new(Mutation {
                    act: Arc::clone(&act),
                    input: arguments::Compiled::of(selected),
                    position: selected.position(),
                    below: object::compile(&payload, fields, compiler, &selected.sets())?,
                })))
            }),
        });
    }
}

/// Names the type of an input after its mutation, so that mutations share a Rust type, and describes it unless it has a
/// description of its own.
fn name_input(registry: &mut Registry, type_name: &str, mutation: &str) -> String {
    let named = format!("{}Input", capitalized(mutation));
    if let Some(mut input) = registry.types.remove(type_name) {
        if let MetaType::InputObject { name, description, .. } = &mut input {
            name.clone_from(&named);
            description.get_or_insert_with(|| format!("Input of `{mutation}`."));
        }
        registry.types.insert(named.clone(), input);
    }
    named
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}

/// A selected mutation.
struct Mutation<I, D> {
    act: Arc<Act<I, D>>,
    input: arguments::Compiled<Input<I>>,
    position: Pos,
    below: Box<dyn CompiledSelection<Payload<D>>>,
}

impl<I: InputType + 'static, D: Clone + Send + Sync + 'static> Mutation<I, D> {
    async fn perform(&self, execution: &Execution<'_>) -> Result<Payload<D>> {
        let input = self.input.read(execution)?.parse()?;
        (self.act)(execution.request, input).await
    }
}

impl<T: Sync, I: InputType + 'static, D: Clone + Send + Sync + 'static> CompiledSelection<T> for Mutation<I, D> {
    fn load<'a, 'i>(
        &'a self,
        execution: &'a Execution<'a>,
        _: &'i [T],
    ) -> BoxFuture<'i, Box<dyn LoadedSelection<'a, T> + 'a>>
    where
        'a: 'i,
    {
        Box::pin(async move {
            let payload = self.perform(execution).await;
            let below = match &payload {
                Ok(payload) => Some(self.below.load(execution, std::slice::from_ref(payload)).await),
                Err(_) => None,
            };
            Box::new(Performed {
                payload,
                below,
                position: self.position,
            }) as Box<dyn LoadedSelection<'a, T> + 'a>
        })
    }
}

/// What a mutation did, and what was loaded for its payload.
struct Performed<'a, D> {
    payload: Result<Payload<D>>,
    below: Option<Box<dyn LoadedSelection<'a, Payload<D>> + 'a>>,
    position: Pos,
}

impl<'a, T, D: Clone + Send + Sync + 'static> LoadedSelection<'a, T> for Performed<'a, D> {
    fn write(&self, _: &T, _: usize, json: &mut Json<'a>) -> Written {
        match (&self.payload, &self.below) {
            (Ok(payload), Some(below)) => below.write(payload, 0, json),
            (Ok(_), None) => Ok(()),
            (Err(fault), _) => Err(json.fail(fault.clone(), self.position)),
        }
    }
}
