//! Fields of objects, each described in one place.

use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaInputValue, Registry};
use async_graphql::{InputType, ServerResult};
use futures_util::future::{BoxFuture, join_all};

use super::arguments::{Arguments, NoArguments};
use super::compile::Compiler;
use super::context::RequestContext;
use super::error::{Fault, Result};
use super::interface::Abstract;
use super::json::{Json, Written};
use super::link::{Call, Link, LookAhead, Outputs, Source};
use super::loader::Relation;
use super::object::CompiledField;
use super::output::{Leaf, Output};
use super::selection::Selected;

/// The type of a field, and its arguments.
type Described = (String, IndexMap<String, MetaInputValue>);
type Describe = dyn Fn(&mut Registry) -> Described + Send + Sync;
type Compile<T> = dyn Fn(&Compiler<'_>, &Selected<'_>) -> ServerResult<CompiledField<T>> + Send + Sync;

/// A field of objects of type `T`.
pub struct Field<T> {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) cost: Option<&'static str>,
    pub(super) deprecation: Option<&'static str>,
    pub(super) is_nullable: bool,
    pub(super) describe: Box<Describe>,
    pub(super) compile: Box<Compile<T>>,
}

impl<T> Field<T> {
    /// Says what selecting the field costs beside the objects that it returns, as the number of objects that it counts as.
    pub fn costs(&mut self, weight: &'static str) {
        self.cost = Some(weight);
    }

    /// Marks the field as deprecated; the reason names the replacement and the earliest removal.
    #[expect(dead_code, reason = "no field is deprecated yet")]
    pub fn deprecated(&mut self, reason: &'static str) {
        self.deprecation = Some(reason);
    }
}

/// What a field is asked for one object.
pub struct One<'c, T, A> {
    /// The request.
    pub request: &'c RequestContext,
    /// The object.
    pub item: &'c T,
    /// The field's arguments.
    pub arguments: Arc<A>,
    /// What is selected below the field.
    pub look_ahead: &'c LookAhead,
}

/// The fields of an object type.
pub struct Fields<T> {
    pub(super) all: Vec<Field<T>>,
    /// Registers the type with each of its interfaces.
    pub(super) interfaces: Vec<fn(&str, &mut Registry)>,
}

impl<T> Default for Fields<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            interfaces: Vec::new(),
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Fields<T> {
    pub(super) fn add(&mut self, field: Field<T>) -> &mut Field<T> {
        let index = self.all.len();
        self.all.push(field);
        &mut self.all[index]
    }

    /// A field that is computed from the object alone.
    fn leaf<V: InputType + 'static>(
        &mut self,
        name: &'static str,
        description: &'static str,
        write: impl Fn(&T, &mut Json<'_>) -> Written + Clone + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.add(Field {
            name,
            description,
            cost: None,
            deprecation: None,
            is_nullable: !V::qualified_type_name().ends_with('!'),
            describe: Box::new(|registry| (V::create_type_info(registry), IndexMap::new())),
            compile: Box::new(move |_, _| Ok(CompiledField::Leaf(Box::new(write.clone())))),
        })
    }

    /// Declares that the type implements an interface.
    pub fn implements<I: Abstract>(&mut self) {
        self.interfaces.push(|name, registry| {
            let interface = I::register(registry);
            registry.add_implements(name, &interface);
        });
    }

    /// A text.
    pub fn text(
        &mut self,
        name: &'static str,
        description: &'static str,
        get: impl Fn(&T) -> &str + Clone + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.leaf::<String>(name, description, move |item, json| json.value(get(item)))
    }

    /// A text, or null.
    pub fn optional_text(
        &mut self,
        name: &'static str,
        description: &'static str,
        get: impl Fn(&T) -> Option<&str> + Clone + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.leaf::<Option<String>>(name, description, move |item, json| json.value(&get(item)))
    }

    /// A scalar, a member of an enum, or a list of them, computed from the object alone.
    pub fn value<V: InputType + 'static>(
        &mut self,
        name: &'static str,
        description: &'static str,
        get: impl Fn(&T) -> V + Clone + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.leaf::<V>(name, description, move |item, json| json.value(&get(item).to_value()))
    }

    /// A scalar that depends on arguments.
    pub fn value_with<A: Arguments, V: InputType + 'static>(
        &mut self,
        name: &'static str,
        description: &'static str,
        get: impl Fn(&T, &A) -> Result<V> + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.each(name, description, move |item, arguments: &A, _| {
            get(item, arguments).map(Leaf)
        })
    }

    /// What follows from the object, its arguments and the request without loading anything: leaves, or objects that came along.
    pub fn each<A: Arguments, C: Output>(
        &mut self,
        name: &'static str,
        description: &'static str,
        get: impl Fn(&T, &A, &RequestContext) -> Result<C> + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.batch(name, description, move |call: Call<'_, T, A>| {
            let outputs = call
                .items
                .iter()
                .map(|item| get(item, &call.arguments, call.execution.request));
            let outputs = Ok(outputs.collect());
            Box::pin(std::future::ready(outputs))
        })
    }

    /// Objects that came along with the object.
    pub fn embedded<C: Output>(
        &mut self,
        name: &'static str,
        description: &'static str,
        get: impl Fn(&T) -> C + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.each(name, description, move |item, _: &NoArguments, _| Ok(get(item)))
    }

    /// What a relation gives; its default where the object has no key.
    pub fn related<R: Relation<Child: Output>>(
        &mut self,
        name: &'static str,
        description: &'static str,
        relation: R,
        key: impl Fn(&T) -> Option<R::Parent> + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.derived(name, description, relation, key, |_, child, _| Ok(child))
    }

    /// The object that a relation gives for each.
    pub fn required<U: Output, R: Relation<Child = Option<U>>>(
        &mut self,
        name: &'static str,
        description: &'static str,
        relation: R,
        key: impl Fn(&T) -> R::Parent + Send + Sync + 'static,
    ) -> &mut Field<T> {
        let key = move |item: &T| Some(key(item));
        // Gone between two statements, if there is none.
        self.derived(name, description, relation, key, |_, child, _| {
            child.ok_or(Fault::Unavailable)
        })
    }

    /// What follows from the object and what a relation gives.
    pub fn derived<R: Relation, C: Output>(
        &mut self,
        name: &'static str,
        description: &'static str,
        relation: R,
        key: impl Fn(&T) -> Option<R::Parent> + Send + Sync + 'static,
        get: impl Fn(&T, R::Child, &RequestContext) -> Result<C> + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.derived_with(
            name,
            description,
            move |_: &NoArguments, _| Ok(relation.clone()),
            key,
            move |item, child, _, request| get(item, child, request),
        )
    }

    /// What follows from the object, the arguments and what a relation gives that depends on the arguments.
    pub fn derived_with<A: Arguments, R: Relation, C: Output>(
        &mut self,
        name: &'static str,
        description: &'static str,
        relation: impl Fn(&A, &LookAhead) -> Result<R> + Send + Sync + 'static,
        key: impl Fn(&T) -> Option<R::Parent> + Send + Sync + 'static,
        get: impl Fn(&T, R::Child, &A, &RequestContext) -> Result<C> + Send + Sync + 'static,
    ) -> &mut Field<T> {
        let source = Arc::new((relation, key, get));
        self.batch(name, description, move |call: Call<'_, T, A>| {
            let source = Arc::clone(&source);
            Box::pin(async move {
                let (relation, key, get) = &*source;
                let request = call.execution.request;
                let relation = relation(&call.arguments, call.look_ahead)?;
                let keys: Vec<Option<R::Parent>> = call.items.iter().map(key).collect();
                let parents: Vec<R::Parent> = keys.iter().flatten().copied().collect();
                let fields = call.look_ahead.item_fields();
                let children = request.reader.children(&relation, &parents, &fields).await?;
                let mut children = children.into_iter();
                let child = |key: &Option<R::Parent>| match key {
                    Some(_) => children.next().unwrap_or_default(),
                    None => R::Child::default(),
                };
                let children: Vec<R::Child> = keys.iter().map(child).collect();
                let outputs = call.items.iter().zip(children);
                Ok(outputs
                    .map(|(item, child)| get(item, child, &call.arguments, request))
                    .collect())
            })
        })
    }

    /// What is found out for each object apart: for fields of the query and other objects of which there is one.
    pub fn resolve<A: Arguments, C: Output>(
        &mut self,
        name: &'static str,
        description: &'static str,
        get: impl for<'c> Fn(One<'c, T, A>) -> BoxFuture<'c, Result<C>> + Send + Sync + 'static,
    ) -> &mut Field<T> {
        self.batch(name, description, move |call: Call<'_, T, A>| {
            let one = |item| {
                get(One {
                    request: call.execution.request,
                    item,
                    arguments: Arc::clone(&call.arguments),
                    look_ahead: call.look_ahead,
                })
            };
            let all: Vec<_> = call.items.iter().map(one).collect();
            Box::pin(async { Ok(join_all(all).await) })
        })
    }

    /// What is found out for all objects of a level together: one output for each, in their order, or why there is none.
    pub fn batch<A: Arguments, C: Output>(
        &mut self,
        name: &'static str,
        description: &'static str,
        fetch: impl for<'c> Fn(Call<'c, T, A>) -> BoxFuture<'c, Outputs<C>> + Send + Sync + 'static,
    ) -> &mut Field<T> {
        let source: Source<T, A, C> = Arc::new(fetch);
        self.add(Field {
            name,
            description,
            cost: None,
            deprecation: None,
            is_nullable: C::is_nullable(),
            describe: Box::new(|registry| (C::type_of(registry), A::describe(registry))),
            compile: Box::new(move |compiler, selected| {
                let link = Link::compile(Arc::clone(&source), compiler, selected)?;
                Ok(CompiledField::Link(Box::new(link)))
            }),
        })
    }
}
