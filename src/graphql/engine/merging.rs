//! Fields of one response key that cannot be merged into one (GraphQL specification, section 5.3.2). async-graphql compares
//! the fields of one selection set; here those below merged fields are compared, too.

use std::collections::HashSet;

use async_graphql::indexmap::{IndexMap, IndexSet};
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::registry::{MetaField, MetaType, MetaTypeName, Registry};
use async_graphql::{Positioned, ServerError};

/// Fields that are looked at in one operation, each as often as it is merged. Documents of clients take a hundredth.
const MAX_FIELDS: usize = 100_000;
/// Levels that are compared. The limit on depth is below; fragments without end async-graphql reports.
const MAX_DEPTH: usize = 200;

/// The conflicts of an operation whose selection is `set`, on objects of the type `root`.
pub(super) fn conflicts<'a>(
    set: &'a SelectionSet,
    root: Option<&'a str>,
    document: &'a ExecutableDocument,
    registry: &'a Registry,
) -> Vec<ServerError> {
    let mut merging = Merging {
        document,
        registry,
        looked_at: 0,
        depth: 0,
        errors: Vec::new(),
    };
    let sets = [(root, set)];
    merging.same_fields(&sets);
    merging.same_shapes(&sets);
    merging.errors
}

/// A selection set, and the type of the objects that it selects from.
type Set<'a> = (Option<&'a str>, &'a SelectionSet);

/// A field, and what the schema knows of it.
#[derive(Clone, Copy)]
struct Occurrence<'a> {
    parent: Option<&'a str>,
    described: Option<&'a MetaField>,
    field: &'a Positioned<Field>,
}

impl<'a> Occurrence<'a> {
    fn below(&self) -> Set<'a> {
        let ty = self.described.map(|field| MetaTypeName::concrete_typename(&field.ty));
        (ty, &self.field.node.selection_set.node)
    }
}

/// Fields by their response key.
type Groups<'a> = IndexMap<&'a str, Vec<Occurrence<'a>>>;

struct Merging<'a> {
    document: &'a ExecutableDocument,
    registry: &'a Registry,
    looked_at: usize,
    depth: usize,
    errors: Vec<ServerError>,
}

impl<'a> Merging<'a> {
    /// Fields of one key have values of one shape, whatever objects they are of: clients cannot tell which they have.
    fn same_shapes(&mut self, sets: &[Set<'a>]) {
        for (key, occurrences) in self.groups(sets) {
            let ty = |occurrence: &Occurrence<'a>| occurrence.described.map_or("String!", |field| field.ty.as_str());
            let first = &occurrences[0];
            let other = occurrences
                .iter()
                .find(|other| !self.is_same_shape(ty(first), ty(other)));
            if let Some(other) = other {
                let why = format!("they are of the types {} and {}", ty(first), ty(other));
                self.conflict(key, first, other, &why);
            } else {
                self.below(&occurrences, Self::same_shapes);
            }
        }
    }

    /// Fields of one key that may be of the same object are one field with the same arguments.
    fn same_fields(&mut self, sets: &[Set<'a>]) {
        for (key, occurrences) in self.groups(sets) {
            for occurrences in self.of_one_object(occurrences) {
                let first = &occurrences[0];
                let name = |occurrence: &Occurrence<'a>| &occurrence.field.node.name.node;
                if let Some(other) = occurrences.iter().find(|other| name(other) != name(first)) {
                    let why = format!("`{}` and `{}` are different fields", name(first), name(other));
                    self.conflict(key, first, other, &why);
                } else if let Some(other) = occurrences.iter().find(|other| !has_same_arguments(first, other)) {
                    self.conflict(key, first, other, "their arguments differ");
                } else {
                    self.below(&occurrences, Self::same_fields);
                }
            }
        }
    }

    /// Compares what is selected below fields that are merged.
    fn below(&mut self, occurrences: &[Occurrence<'a>], compare: fn(&mut Self, &[Set<'a>])) {
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            let sets: Vec<Set<'a>> = occurrences.iter().map(Occurrence::below).collect();
            compare(self, &sets);
            self.depth -= 1;
        }
    }

    fn conflict(&mut self, key: &str, first: &Occurrence<'a>, other: &Occurrence<'a>, why: &str) {
        let message = format!("Fields `{key}` conflict: {why}. Use different aliases to select both.");
        let mut error = ServerError::new(message, Some(first.field.pos));
        error.locations.push(other.field.pos);
        if self.errors.iter().all(|known| known.locations != error.locations) {
            self.errors.push(error);
        }
    }

    /// Parts fields by the object type that they are selected from; those of interfaces and unions go with each.
    fn of_one_object(&self, occurrences: Vec<Occurrence<'a>>) -> Vec<Vec<Occurrence<'a>>> {
        let is_object = |occurrence: &Occurrence<'_>| {
            let parent = occurrence.parent.and_then(|parent| self.registry.types.get(parent));
            matches!(parent, Some(MetaType::Object { .. }))
        };
        let objects: IndexSet<&str> = occurrences
            .iter()
            .filter(|occurrence| is_object(occurrence))
            .filter_map(|occurrence| occurrence.parent)
            .collect();
        if objects.len() < 2 {
            return vec![occurrences];
        }
        let of = |object: &str| {
            let may_be_of = |occurrence: &&Occurrence<'a>| !is_object(occurrence) || occurrence.parent == Some(object);
            occurrences.iter().filter(may_be_of).copied().collect()
        };
        objects.into_iter().map(of).collect()
    }

    /// `SameResponseShape` of two types, without what is selected below.
    fn is_same_shape(&self, left: &str, right: &str) -> bool {
        match (MetaTypeName::create(left), MetaTypeName::create(right)) {
            (MetaTypeName::NonNull(left), MetaTypeName::NonNull(right))
            | (MetaTypeName::List(left), MetaTypeName::List(right)) => self.is_same_shape(left, right),
            (MetaTypeName::Named(left), MetaTypeName::Named(right)) => {
                let is_composite = |name| self.registry.types.get(name).is_some_and(MetaType::is_composite);
                left == right || (is_composite(left) && is_composite(right))
            }
            _ => false,
        }
    }

    fn groups(&mut self, sets: &[Set<'a>]) -> Groups<'a> {
        let mut groups = Groups::new();
        let mut spread = HashSet::new();
        for (parent, set) in sets {
            self.collect(*parent, set, &mut spread, &mut groups);
        }
        groups
    }

    /// Fragments that spread themselves async-graphql reports.
    fn collect(
        &mut self,
        parent: Option<&'a str>,
        set: &'a SelectionSet,
        spread: &mut HashSet<&'a str>,
        groups: &mut Groups<'a>,
    ) {
        for selection in &set.items {
            if self.looked_at == MAX_FIELDS {
                return;
            }
            match &selection.node {
                Selection::Field(field) => {
                    self.looked_at += 1;
                    if self.looked_at == MAX_FIELDS {
                        let message = format!("The document selects more than {MAX_FIELDS} fields.");
                        self.errors.push(ServerError::new(message, Some(field.pos)));
                    }
                    let parent_type = parent.and_then(|parent| self.registry.types.get(parent));
                    let described = parent_type.and_then(|parent| parent.field_by_name(&field.node.name.node));
                    groups
                        .entry(&field.node.response_key().node)
                        .or_default()
                        .push(Occurrence {
                            parent,
                            described,
                            field,
                        });
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let on = on.map(|condition| condition.node.on.node.as_str());
                    self.collect(on.or(parent), &fragment.node.selection_set.node, spread, groups);
                }
                Selection::FragmentSpread(named) => {
                    let name = named.node.fragment_name.node.as_str();
                    if spread.insert(name)
                        && let Some(fragment) = self.document.fragments.get(name)
                    {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.collect(Some(on), &fragment.node.selection_set.node, spread, groups);
                    }
                }
            }
        }
    }
}

fn has_same_arguments(left: &Occurrence<'_>, right: &Occurrence<'_>) -> bool {
    let (left, right) = (&left.field.node, &right.field.node);
    left.arguments.len() == right.arguments.len()
        && left.arguments.iter().all(|(name, value)| {
            let other = right.get_argument(&name.node);
            other.is_some_and(|other| other.node == value.node)
        })
}
