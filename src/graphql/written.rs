//! Answers written at once. When a plan has loaded what a field selects, its objects need not be resolved field by field into a
//! tree of values: the selection is turned into a list of functions once, and these write the JSON of every object.
//!
//! Whatever they do not know, or do not find loaded, they give up, and the resolvers answer the whole field as if nothing had
//! been tried. So a type says only how its plain and planned fields are written; what may fail or wait is for its resolvers.

use std::borrow::Cow;

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, InputType, OutputType, Positioned, ServerResult, Value};
use serde::Serialize;

use super::context::RequestContext;
use super::loader::Relation;
use super::plan::Selected;
use super::response_size::over;

/// An object whose fields can be written.
pub trait Write: OutputType + Sized + 'static {
    /// How the field at hand is written; none where only its resolver can.
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>>;
}

/// Writes the value of a field of a `T`; none when something is not there, and the resolvers have to answer.
pub type WriteField<T> = Box<dyn Fn(&T, &mut Json<'_>) -> Option<()> + Send + Sync>;

/// Bytes that are written before they are accounted for.
const UNACCOUNTED: usize = 16 * 1024;

/// JSON that is being written for a request.
pub struct Json<'a> {
    bytes: Vec<u8>,
    /// How many of them the budget of the request knows.
    accounted: usize,
    /// The request.
    pub request: &'a RequestContext,
}

impl Json<'_> {
    /// Writes a value.
    pub fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Option<()> {
        serde_json::to_writer(&mut self.bytes, value).ok()?;
        if self.bytes.len() - self.accounted < UNACCOUNTED {
            return Some(());
        }
        self.account()
    }

    /// Has the budget know all bytes; none when they are too many.
    fn account(&mut self) -> Option<()> {
        let more = self.bytes.len() - std::mem::replace(&mut self.accounted, self.bytes.len());
        self.request.budget.write(more).ok()
    }

    /// Writes a list.
    fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(T, &mut Self) -> Option<()>,
    ) -> Option<()> {
        self.bytes.push(b'[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.bytes.push(b',');
            }
            write(item, self)?;
        }
        self.bytes.push(b']');
        Some(())
    }
}

/// The fields that are selected on objects of one type, each with its name in the answer as JSON writes it before a value.
pub struct Fields<T>(Vec<(Vec<u8>, WriteField<T>)>);

impl<T: Write> Fields<T> {
    /// What is selected below a field; none when only resolvers can write all of it.
    pub fn below(selected: &Selected<'_>) -> Option<Self> {
        let mut fields = Vec::new();
        for field in selected.children() {
            let separator = if fields.is_empty() { '{' } else { ',' };
            let name = format!("{separator}\"{}\":", field.response_name());
            let write: WriteField<T> = match field.name() {
                "__typename" => Box::new(|object: &T, json| json.value(&object.introspection_type_name())),
                _ => T::field(&field)?,
            };
            fields.push((name.into_bytes(), write));
        }
        (!fields.is_empty()).then_some(Self(fields))
    }

    /// Writes an object.
    pub fn write(&self, object: &T, json: &mut Json<'_>) -> Option<()> {
        for (name, write) in &self.0 {
            json.bytes.extend_from_slice(name);
            write(object, json)?;
        }
        json.bytes.push(b'}');
        Some(())
    }
}

/// A field that holds a text.
#[allow(clippy::unnecessary_wraps)] // As what may be none, so that the fields of a type read alike.
pub fn text<T>(get: impl Fn(&T) -> &str + Send + Sync + 'static) -> Option<WriteField<T>> {
    Some(Box::new(move |object, json| json.value(get(object))))
}

/// A field that holds a text, or none.
#[allow(clippy::unnecessary_wraps)] // As what may be none, so that the fields of a type read alike.
pub fn maybe_text<T>(get: impl Fn(&T) -> Option<&str> + Send + Sync + 'static) -> Option<WriteField<T>> {
    Some(Box::new(move |object, json| json.value(&get(object))))
}

/// A field that holds a scalar or a member of an enum, or none.
#[allow(clippy::unnecessary_wraps)] // As what may be none, so that the fields of a type read alike.
pub fn scalar<T, V: InputType>(get: impl Fn(&T) -> V + Send + Sync + 'static) -> Option<WriteField<T>> {
    Some(Box::new(move |object, json| json.value(&get(object).to_value())))
}

/// A field that holds an object; `get` gives none when it is not there, and none in it when there is none.
pub fn object<T, U: Write>(
    selected: &Selected<'_>,
    get: impl Fn(&T, &RequestContext) -> Option<Option<U>> + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    let fields = Fields::below(selected)?;
    Some(Box::new(move |parent, json| match get(parent, json.request)? {
        Some(object) => fields.write(&object, json),
        None => json.value(&()),
    }))
}

/// A field that holds a list of objects; `get` gives none when it is not there.
pub fn list<T, U: Write>(
    selected: &Selected<'_>,
    get: impl Fn(&T, &RequestContext) -> Option<Vec<U>> + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    let fields = Fields::below(selected)?;
    Some(Box::new(move |parent, json| {
        let objects = get(parent, json.request)?;
        json.list(&objects, |object, json| fields.write(object, json))
    }))
}

/// A field that always holds the object that a relation gives.
pub fn one<T, U: Write, R: Relation<Child = Option<U>>>(
    selected: &Selected<'_>,
    relation: R,
    parent: impl Fn(&T) -> R::Parent + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    object(selected, move |thing, request| {
        let child = request.reader.loaded(&relation, parent(thing));
        // Gone between two statements, if there is none: the resolver says so.
        child.filter(Option::is_some)
    })
}

/// A field that holds the object that a relation gives, if there is one.
pub fn maybe_one<T, U: Write, R: Relation<Child = Option<U>>>(
    selected: &Selected<'_>,
    relation: R,
    parent: impl Fn(&T) -> Option<R::Parent> + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    object(selected, move |thing, request| match parent(thing) {
        Some(parent) => request.reader.loaded(&relation, parent),
        None => Some(None),
    })
}

/// A field that holds the objects that a relation gives.
pub fn all<T, U: Write, R: Relation<Child = Vec<U>>>(
    selected: &Selected<'_>,
    relation: R,
    parent: impl Fn(&T) -> R::Parent + Send + Sync + 'static,
) -> Option<WriteField<T>> {
    list(selected, move |thing, request| {
        request.reader.loaded(&relation, parent(thing))
    })
}

/// What a field of a query returns, written at once where that can be done. Its value is then [`Value::Binary`], which holds JSON.
pub struct Written<T>(pub T);

impl<T: Write> Written<T> {
    fn write(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> Option<Vec<u8>> {
        let at_root = context.path_node.is_some_and(|node| node.parent.is_none());
        let key = field.node.response_key().node.as_str();
        let root = &context.query_env.operation.node.selection_set.node;
        // Several fields of one name are merged after they have been resolved.
        if !at_root || occurrences(context, root, key) != 1 {
            return None;
        }
        let context = context.with_field(field);
        let fields = Fields::below(&Selected::field(context.field()))?;
        let mut json = Json {
            bytes: Vec::with_capacity(4096),
            accounted: 0,
            request: RequestContext::of(&context).ok()?,
        };
        fields.write(&self.0, &mut json)?;
        json.account()?;
        Some(json.bytes)
    }
}

/// How often a name in the answer is selected, fragments included.
fn occurrences(context: &ContextSelectionSet<'_>, set: &SelectionSet, key: &str) -> usize {
    let below = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(field) => usize::from(field.node.response_key().node == key),
        Selection::InlineFragment(fragment) => occurrences(context, &fragment.node.selection_set.node, key),
        Selection::FragmentSpread(spread) => {
            let fragment = context.query_env.fragments.get(&spread.node.fragment_name.node);
            fragment.map_or(0, |fragment| {
                occurrences(context, &fragment.node.selection_set.node, key)
            })
        }
    };
    set.items.iter().map(below).sum()
}

impl<T: Write> OutputType for Written<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match self.write(context, field) {
            Some(json) => Ok(Value::Binary(json.into())),
            // Nothing is left to do for a request that is over.
            None => match context
                .data_opt::<RequestContext>()
                .and_then(|request| request.budget.is_exceeded())
            {
                Some(reason) => Err(over(reason)),
                None => self.0.resolve(context, field).await,
            },
        }
    }
}
