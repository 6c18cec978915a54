//! What fields return: leaves, objects, and lists of them, nullable or not.

use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::InputType;
use async_graphql::registry::Registry;

use super::composite::{Composite, LoadedSelection, Never};
use super::json::{Json, Written};

/// What a field returns for one object.
pub trait Output: Send + Sync + Sized + 'static {
    /// The objects that it consists of.
    type Item: Composite;

    /// Whether it can be null.
    fn is_nullable() -> bool {
        false
    }

    /// Its type in the schema, such as `[Post!]!`; registers the types that it consists of.
    fn type_of(registry: &mut Registry) -> String;

    /// Adds its objects, in the order in which they are written.
    fn items(&self, items: &mut Vec<Self::Item>);

    /// Writes it.
    fn write<'a>(&self, items: &mut Items<'_, 'a, Self::Item>, json: &mut Json<'a>) -> Written;
}

/// The objects of an output with what was loaded for them, taken in order.
pub struct Items<'l, 'a, T> {
    /// All objects of this level.
    pub level: &'l [T],
    /// The place of the next one.
    pub next: usize,
    /// What was loaded for them.
    pub loaded: &'l (dyn LoadedSelection<'a, T> + 'a),
}

impl<T: Composite> Output for T {
    type Item = T;

    fn type_of(registry: &mut Registry) -> String {
        format!("{}!", T::register(registry))
    }

    fn items(&self, items: &mut Vec<T>) {
        items.push(self.clone());
    }

    fn write<'a>(&self, items: &mut Items<'_, 'a, T>, json: &mut Json<'a>) -> Written {
        let index = items.next;
        items.next += 1;
        items.loaded.write(&items.level[index], index, json)
    }
}

impl<C: Output> Output for Option<C> {
    type Item = C::Item;

    fn is_nullable() -> bool {
        true
    }

    fn type_of(registry: &mut Registry) -> String {
        let mut name = C::type_of(registry);
        if name.ends_with('!') {
            name.pop();
        }
        name
    }

    fn items(&self, items: &mut Vec<C::Item>) {
        if let Some(value) = self {
            value.items(items);
        }
    }

    fn write<'a>(&self, items: &mut Items<'_, 'a, C::Item>, json: &mut Json<'a>) -> Written {
        if let Some(value) = self {
            return json.nullable(|json| value.write(items, json));
        }
        json.raw(b"null");
        Ok(())
    }
}

impl<C: Output> Output for Vec<C> {
    type Item = C::Item;

    fn type_of(registry: &mut Registry) -> String {
        format!("[{}]!", C::type_of(registry))
    }

    fn items(&self, items: &mut Vec<C::Item>) {
        for value in self {
            value.items(items);
        }
    }

    fn write<'a>(&self, items: &mut Items<'_, 'a, C::Item>, json: &mut Json<'a>) -> Written {
        json.raw(b"[");
        for (index, value) in self.iter().enumerate() {
            json.item(index, |json| value.write(items, json))?;
        }
        json.raw(b"]");
        Ok(())
    }
}

/// A scalar, a member of an enum, or a list of them.
pub struct Leaf<V>(pub V);

impl<V: InputType + 'static> Output for Leaf<V> {
    type Item = Never;

    fn is_nullable() -> bool {
        !V::qualified_type_name().ends_with('!')
    }

    fn type_of(registry: &mut Registry) -> String {
        V::create_type_info(registry)
    }

    fn items(&self, _: &mut Vec<Never>) {}

    fn write<'a>(&self, _: &mut Items<'_, 'a, Never>, json: &mut Json<'a>) -> Written {
        json.value(&self.0.to_value())
    }
}

/// A leaf of type `V` that is written from what it shares with others: however often it is selected, it takes no memory before
/// it is written.
pub struct Shared<V, S> {
    source: Arc<S>,
    write: fn(&S, &mut Json<'_>) -> Written,
    value: PhantomData<fn() -> V>,
}

impl<V, S> Shared<V, S> {
    /// The leaf that `write` writes.
    pub fn new(source: Arc<S>, write: fn(&S, &mut Json<'_>) -> Written) -> Self {
        Self {
            source,
            write,
            value: PhantomData,
        }
    }
}

impl<V: InputType + 'static, S: Send + Sync + 'static> Output for Shared<V, S> {
    type Item = Never;

    fn is_nullable() -> bool {
        Leaf::<V>::is_nullable()
    }

    fn type_of(registry: &mut Registry) -> String {
        Leaf::<V>::type_of(registry)
    }

    fn items(&self, _: &mut Vec<Never>) {}

    fn write<'a>(&self, _: &mut Items<'_, 'a, Never>, json: &mut Json<'a>) -> Written {
        (self.write)(&self.source, json)
    }
}
