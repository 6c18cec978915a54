//! Objects: their fields, each described once. The schema, what is loaded and what is written follow from the description.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::SelectionSet;
use async_graphql::registry::{Deprecation, MetaField, MetaType, Registry};
use async_graphql::{ServerError, ServerResult, TypeDirective as _};
use futures_util::future::{BoxFuture, join_all};

use super::compile::Compiler;
use super::composite::{CompiledSelection, Composite, LoadedSelection, Nothing};
use super::cost::cost;
use super::execution::Execution;
use super::field::{Field, Fields};
use super::introspection::Introspection;
use super::json::{Json, Written};
use super::selection::Selected;

/// An object type. Cheap to clone.
pub trait Object: Clone + Send + Sync + 'static {
    /// Its description in the schema.
    const DESCRIPTION: &'static str;

    /// Its name in the schema.
    fn type_name() -> Cow<'static, str>;

    /// Describes its fields.
    fn fields(fields: &mut Fields<Self>);
}

/// The descriptions of all types, made when they are first asked for.
static DESCRIPTIONS: LazyLock<Mutex<HashMap<TypeId, &'static (dyn Any + Send + Sync)>>> = LazyLock::new(Mutex::default);

/// The description of an object type.
fn description<T: Object>() -> &'static Fields<T> {
    let id = TypeId::of::<T>();
    let mut descriptions = DESCRIPTIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let description = descriptions.entry(id).or_insert_with(|| {
        let mut fields = Fields::default();
        T::fields(&mut fields);
        // Types live as long as the program.
        Box::leak(Box::new(fields))
    });
    match description.downcast_ref() {
        Some(description) => description,
        None => unreachable!("a type has one description"),
    }
}

impl<T: Object> Composite for T {
    fn register(registry: &mut Registry) -> String {
        let name = T::type_name();
        register(registry, &name, T::DESCRIPTION, description::<T>());
        name.into_owned()
    }

    fn compile(compiler: &Compiler<'_>, sets: &[&SelectionSet]) -> ServerResult<Box<dyn CompiledSelection<Self>>> {
        compile(&T::type_name(), description::<T>(), compiler, sets)
    }
}

/// Registers an object type.
pub(super) fn register<T: Clone + Send + Sync + 'static>(
    registry: &mut Registry,
    name: &str,
    description: &str,
    described: &Fields<T>,
) {
    if registry.types.contains_key(name) {
        return;
    }
    let object = |fields| MetaType::Object {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        fields,
        cache_control: Default::default(),
        extends: false,
        shareable: false,
        resolvable: true,
        keys: None,
        visible: None,
        inaccessible: false,
        interface_object: false,
        tags: Vec::new(),
        is_subscription: false,
        rust_typename: Some(std::any::type_name::<T>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    };
    // Before its fields, which may lead back to it.
    registry.types.insert(name.to_owned(), object(IndexMap::new()));
    let fields = metas(described, registry);
    registry.types.insert(name.to_owned(), object(fields));
    for interface in &described.interfaces {
        interface(name, registry);
    }
}

/// Compiles what is selected on an object of the type with this name.
pub(super) fn compile<T: Clone + Send + Sync + 'static>(
    name: &str,
    described: &'static Fields<T>,
    compiler: &Compiler<'_>,
    sets: &[&SelectionSet],
) -> ServerResult<Box<dyn CompiledSelection<T>>> {
    let mut fields = Vec::new();
    for selected in compiler
        .document
        .fields(sets, &|condition| compiler.applies(condition, name))
    {
        compiler.account(size_of::<SelectedField<T>>() + 2 * selected.key().len());
        let separator = if fields.is_empty() { '{' } else { ',' };
        fields.push(SelectedField {
            prefix: format!("{separator}\"{}\":", selected.key()).into_bytes(),
            key: selected.key().to_owned(),
            ..described.compile(name, compiler, &selected)?
        });
    }
    if fields.is_empty() {
        return Ok(Box::new(Nothing));
    }
    Ok(Box::new(SelectedFields(fields)))
}

/// The fields of an object type, which need not have been registered.
pub(super) fn described<T: Object>(registry: &mut Registry) -> IndexMap<String, MetaField> {
    metas(description::<T>(), registry)
}

fn metas<T>(described: &Fields<T>, registry: &mut Registry) -> IndexMap<String, MetaField> {
    let meta = |field: &Field<T>| (field.name.to_owned(), meta(field, registry));
    described.all.iter().map(meta).collect()
}

fn meta<T>(field: &Field<T>, registry: &mut Registry) -> MetaField {
    let (ty, args) = (field.describe)(registry);
    if field.cost.is_some() {
        cost.register(registry);
    }
    MetaField {
        name: field.name.to_owned(),
        description: Some(field.description.to_owned()),
        args,
        ty,
        deprecation: match field.deprecation {
            Some(reason) => Deprecation::Deprecated {
                reason: Some(reason.to_owned()),
            },
            None => Deprecation::NoDeprecated,
        },
        cache_control: Default::default(),
        external: false,
        requires: None,
        provides: None,
        visible: None,
        shareable: false,
        inaccessible: false,
        tags: Vec::new(),
        override_from: None,
        compute_complexity: None,
        directive_invocations: field
            .cost
            .map(|weight| cost::apply(weight.to_owned()))
            .into_iter()
            .collect(),
        requires_scopes: Vec::new(),
    }
}

impl<T: Sync> Fields<T> {
    fn compile(
        &'static self,
        type_name: &str,
        compiler: &Compiler<'_>,
        selected: &Selected<'_>,
    ) -> ServerResult<SelectedField<T>> {
        if selected.name() == "__typename" {
            let name = type_name.to_owned();
            return Ok(SelectedField::new(
                false,
                CompiledField::Leaf(Box::new(move |_, json| json.value(&name))),
            ));
        }
        if let ("__schema" | "__type", Some(introspect)) = (selected.name(), compiler.introspect) {
            let introspection = Introspection::compile(introspect, compiler, selected);
            return Ok(SelectedField::new(
                selected.name() == "__type",
                CompiledField::Link(Box::new(introspection)),
            ));
        }
        let field = self.all.iter().find(|field| field.name == selected.name());
        // Validation has made sure that there is one.
        let unknown = || {
            ServerError::new(
                format!("Unknown field `{}`.", selected.name()),
                Some(selected.position()),
            )
        };
        let field = field.ok_or_else(unknown)?;
        Ok(SelectedField::new(
            field.is_nullable,
            (field.compile)(compiler, selected)?,
        ))
    }
}

type WriteLeaf<T> = dyn Fn(&T, &mut Json<'_>) -> Written + Send + Sync;

/// How the value of a field is written, for objects of type `T`.
pub enum CompiledField<T> {
    /// From the object alone.
    Leaf(Box<WriteLeaf<T>>),
    /// From what was loaded for it.
    Link(Box<dyn CompiledSelection<T>>),
}

struct SelectedField<T> {
    key: String,
    /// What comes before its value.
    prefix: Vec<u8>,
    is_nullable: bool,
    field: CompiledField<T>,
}

impl<T> SelectedField<T> {
    fn new(is_nullable: bool, field: CompiledField<T>) -> Self {
        Self {
            key: String::new(),
            prefix: Vec::new(),
            is_nullable,
            field,
        }
    }
}

/// The fields that are selected on an object.
struct SelectedFields<T>(Vec<SelectedField<T>>);

/// What was loaded for a field.
type LoadedLink<'a, T> = Box<dyn LoadedSelection<'a, T> + 'a>;

struct LoadedFields<'a, T> {
    fields: &'a [SelectedField<T>],
    /// For each field that is a link, what was loaded.
    links: Vec<Option<LoadedLink<'a, T>>>,
}

impl<T: Clone + Send + Sync + 'static> CompiledSelection<T> for SelectedFields<T> {
    fn load<'a, 'i>(
        &'a self,
        execution: &'a Execution<'a>,
        items: &'i [T],
    ) -> BoxFuture<'i, Box<dyn LoadedSelection<'a, T> + 'a>>
    where
        'a: 'i,
    {
        let fields: &'a [SelectedField<T>] = &self.0;
        Box::pin(async move {
            let links = if items.is_empty() {
                Vec::new()
            } else {
                join_all(fields.iter().map(|field| async move {
                    match &field.field {
                        CompiledField::Leaf(_) => None,
                        CompiledField::Link(link) => Some(link.load(execution, items).await),
                    }
                }))
                .await
            };
            Box::new(LoadedFields { fields, links }) as Box<dyn LoadedSelection<'a, T> + 'a>
        })
    }
}

impl<'a, T: Send + Sync> LoadedSelection<'a, T> for LoadedFields<'a, T> {
    fn write(&self, item: &T, index: usize, json: &mut Json<'a>) -> Written {
        for (field, link) in self.fields.iter().zip(&self.links) {
            json.field(&field.key, &field.prefix, field.is_nullable, |json| {
                match (&field.field, link) {
                    (CompiledField::Leaf(write), _) => write(item, json),
                    (CompiledField::Link(_), Some(link)) => link.write(item, index, json),
                    (CompiledField::Link(_), None) => Ok(()),
                }
            })?;
        }
        json.raw(b"}");
        Ok(())
    }
}
