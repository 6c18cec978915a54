//! Interfaces and unions: a selection on one is compiled for each of the objects that it stands for.

use async_graphql::parser::types::SelectionSet;
use async_graphql::registry::{MetaField, MetaType, Registry};
use async_graphql::{ServerResult, indexmap::IndexMap};
use futures_util::future::{BoxFuture, join_all};

use super::compile::Compiler;
use super::composite::{CompiledSelection, Composite, LoadedSelection};
use super::execution::Execution;
use super::json::{Json, Written};
use super::object::{self, Object};

/// An interface or a union: an enum with a variant for each object type that it stands for.
pub trait Abstract: Composite {
    /// Its name in the schema.
    const NAME: &'static str;

    /// Its description in the schema.
    const DESCRIPTION: &'static str;

    /// The fields that it has.
    const FIELDS: SharedFields;

    /// Adds the types that it stands for.
    fn types(types: &mut Types<Self>);
}

/// The fields of an interface, which all its types have.
#[derive(Clone, Copy)]
pub enum SharedFields {
    /// Those with these names; none for a union.
    Named(&'static [&'static str]),
    /// All that have the same name, arguments and type in all its types.
    All,
}

impl SharedFields {
    /// Those of the fields of its types.
    fn of(self, mut types: impl Iterator<Item = IndexMap<String, MetaField>>) -> IndexMap<String, MetaField> {
        let mut fields = types.next().unwrap_or_default();
        match self {
            Self::Named(names) => fields.retain(|name, _| names.contains(&name.as_str())),
            Self::All => types.for_each(|other| {
                fields.retain(|name, field| other.get(name).is_some_and(|other| is_same(field, other)));
            }),
        }
        fields
    }
}

/// Whether two fields have the same type and arguments.
fn is_same(field: &MetaField, other: &MetaField) -> bool {
    let has = |name: &String, ty: &str| other.args.get(name).is_some_and(|argument| argument.ty == ty);
    field.ty == other.ty
        && field.args.len() == other.args.len()
        && field.args.iter().all(|(name, argument)| has(name, &argument.ty))
}

/// The object types that an interface or a union stands for.
pub struct Types<E> {
    all: Vec<Variant<E>>,
}

struct Variant<E> {
    register: fn(&mut Registry) -> String,
    fields: fn(&mut Registry) -> IndexMap<String, MetaField>,
    compile: Box<CompileVariant<E>>,
}

type CompileVariant<E> = dyn Fn(&Compiler<'_>, &[&SelectionSet]) -> ServerResult<CompiledVariant<E>>;

/// Whether an object is of a type, and what is selected on that.
type CompiledVariant<E> = (fn(&E) -> bool, Box<dyn CompiledSelection<E>>);

impl<E: Abstract> Types<E> {
    fn described() -> Self {
        let mut types = Self { all: Vec::new() };
        E::types(&mut types);
        types
    }

    /// Adds an object type; `get` gives an object of this type.
    pub fn add<T: Object>(&mut self, is: fn(&E) -> bool, get: fn(&E) -> Option<&T>) {
        self.all.push(Variant {
            register: T::register,
            fields: object::described::<T>,
            compile: Box::new(move |compiler, sets| {
                let selection = T::compile(compiler, sets)?;
                Ok((is, Box::new(OfType { get, selection })))
            }),
        });
    }
}

/// The name of an interface or a union; registers its type.
pub fn register<E: Abstract>(registry: &mut Registry) -> String {
    let name = E::NAME.to_owned();
    if registry.types.contains_key(&name) {
        return name;
    }
    let types = Types::<E>::described();
    let of = |fields, possible_types| {
        let (name, description) = (name.clone(), Some(E::DESCRIPTION.trim().to_owned()));
        if matches!(E::FIELDS, SharedFields::Named([])) {
            MetaType::Union {
                name,
                description,
                possible_types,
                visible: None,
                inaccessible: false,
                tags: Vec::new(),
                rust_typename: Some(std::any::type_name::<E>()),
                directive_invocations: Vec::new(),
            }
        } else {
            MetaType::Interface {
                name,
                description,
                fields,
                possible_types,
                extends: false,
                keys: None,
                visible: None,
                inaccessible: false,
                tags: Vec::new(),
                rust_typename: Some(std::any::type_name::<E>()),
                directive_invocations: Vec::new(),
                requires_scopes: Vec::new(),
            }
        }
    };
    // Before its types, which may lead back to it.
    registry
        .types
        .insert(name.clone(), of(IndexMap::new(), Default::default()));
    let fields = E::FIELDS.of(types.all.iter().map(|variant| (variant.fields)(registry)));
    let possible_types = types.all.iter().map(|variant| (variant.register)(registry)).collect();
    registry.types.insert(name.clone(), of(fields, possible_types));
    name
}

/// Compiles what is selected on an interface or a union.
pub fn compile<E: Abstract>(
    compiler: &Compiler<'_>,
    sets: &[&SelectionSet],
) -> ServerResult<Box<dyn CompiledSelection<E>>> {
    let types = Types::<E>::described();
    let variants: ServerResult<_> = types
        .all
        .iter()
        .map(|variant| (variant.compile)(compiler, sets))
        .collect();
    Ok(Box::new(OfAnyType(variants?)))
}

/// What is selected on the objects that are of type `T`.
struct OfType<E, T> {
    get: fn(&E) -> Option<&T>,
    selection: Box<dyn CompiledSelection<T>>,
}

struct LoadedOfType<'a, E, T> {
    get: fn(&E) -> Option<&T>,
    /// For each object of the level, its place among those of its type.
    places: Vec<usize>,
    loaded: Box<dyn LoadedSelection<'a, T> + 'a>,
}

impl<E: Abstract, T: Object> CompiledSelection<E> for OfType<E, T> {
    fn load<'a, 'i>(
        &'a self,
        execution: &'a Execution<'a>,
        items: &'i [E],
    ) -> BoxFuture<'i, Box<dyn LoadedSelection<'a, E> + 'a>>
    where
        'a: 'i,
    {
        Box::pin(async move {
            let (mut objects, mut places) = (Vec::new(), Vec::with_capacity(items.len()));
            for item in items {
                places.push(objects.len());
                objects.extend((self.get)(item).cloned());
            }
            let loaded = self.selection.load(execution, &objects).await;
            Box::new(LoadedOfType {
                get: self.get,
                places,
                loaded,
            }) as Box<dyn LoadedSelection<'a, E> + 'a>
        })
    }
}

impl<'a, E: Abstract, T: Object> LoadedSelection<'a, E> for LoadedOfType<'a, E, T> {
    fn write(&self, item: &E, index: usize, json: &mut Json<'a>) -> Written {
        match (self.get)(item) {
            Some(object) => self.loaded.write(object, self.places[index], json),
            None => Ok(()),
        }
    }
}

/// What is selected on objects of several types.
struct OfAnyType<E>(Vec<CompiledVariant<E>>);

/// Whether an object is of a type, and what was loaded for those that are.
type LoadedVariant<'a, E> = (fn(&E) -> bool, Box<dyn LoadedSelection<'a, E> + 'a>);

struct LoadedOfAnyType<'a, E>(Vec<LoadedVariant<'a, E>>);

impl<E: Abstract> CompiledSelection<E> for OfAnyType<E> {
    fn load<'a, 'i>(
        &'a self,
        execution: &'a Execution<'a>,
        items: &'i [E],
    ) -> BoxFuture<'i, Box<dyn LoadedSelection<'a, E> + 'a>>
    where
        'a: 'i,
    {
        Box::pin(async move {
            let variants = self.0.iter();
            let loaded =
                join_all(variants.map(|(is, variant)| async move { (*is, variant.load(execution, items).await) }));
            Box::new(LoadedOfAnyType(loaded.await)) as Box<dyn LoadedSelection<'a, E> + 'a>
        })
    }
}

impl<'a, E: Abstract> LoadedSelection<'a, E> for LoadedOfAnyType<'a, E> {
    fn write(&self, item: &E, index: usize, json: &mut Json<'a>) -> Written {
        match self.0.iter().find(|(is, _)| is(item)) {
            Some((_, loaded)) => loaded.write(item, index, json),
            None => Ok(()),
        }
    }
}

/// Declares an interface or a union: an enum with a variant for each type, named as the type. An interface has the fields that
/// it names, or with `..` all that its types share.
macro_rules! abstract_type {
    (@fields ..) => { $crate::graphql::engine::interface::SharedFields::All };
    (@fields $($field:literal)*) => { $crate::graphql::engine::interface::SharedFields::Named(&[$($field),*]) };
    ($(#[doc = $description:literal])* $name:ident [$($fields:tt)*] { $($variant:ident),+ $(,)? }) => {
        $(#[doc = $description])*
        #[derive(Clone)]
        #[allow(missing_docs)] // Each variant is documented at its type.
        pub enum $name {
            $($variant($variant),)+
        }

        impl $crate::graphql::engine::Composite for $name {
            fn register(registry: &mut async_graphql::registry::Registry) -> String {
                $crate::graphql::engine::interface::register::<Self>(registry)
            }

            fn compile(
                compiler: &$crate::graphql::engine::Compiler<'_>,
                sets: &[&async_graphql::parser::types::SelectionSet],
            ) -> async_graphql::ServerResult<Box<dyn $crate::graphql::engine::CompiledSelection<Self>>> {
                $crate::graphql::engine::interface::compile::<Self>(compiler, sets)
            }
        }

        impl $crate::graphql::engine::Abstract for $name {
            const NAME: &'static str = stringify!($name);
            const DESCRIPTION: &'static str = concat!($($description),*);
            const FIELDS: $crate::graphql::engine::interface::SharedFields =
                $crate::graphql::engine::abstract_type!(@fields $($fields)*);

            fn types(types: &mut $crate::graphql::engine::Types<Self>) {
                $(types.add::<$variant>(
                    |item| matches!(item, Self::$variant(_)),
                    |item| match item {
                        Self::$variant(object) => Some(object),
                        #[allow(unreachable_patterns)] // Where there is one type.
                        _ => None,
                    },
                );)+
            }
        }
    };
}
pub(crate) use abstract_type;
