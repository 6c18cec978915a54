//! The planned fetch: before a root field returns its objects, everything that the query selects below them is loaded
//! level by level, one statement for each relation and level, whatever the size of the page. Resolvers then find
//! their children ready.
//!
//! A type takes part by saying, in [`Plan::plan`], which [`Relation`] stands behind which of its fields. Fragments,
//! aliases and variables are resolved here; `@skip` and `@include` have been applied before execution begins.

use async_graphql::{InputType, SelectionField};
use futures_util::future::{BoxFuture, try_join_all};

use super::error::Result;
use super::loader::{Reader, Relation};
use crate::domain::Viewer;

/// A GraphQL object that can be planned for.
pub trait Plan: Clone + Send + Sync + Sized + 'static {
    /// Follows the relation behind the field at hand, if there is one.
    fn plan(step: &mut Step<'_, Self>);
}

/// A field of a selection; several occurrences under one response name are one, with all their subfields.
pub struct Selected<'a> {
    occurrences: Vec<SelectionField<'a>>,
}

impl<'a> Selected<'a> {
    /// The field that is being resolved.
    pub fn field(field: SelectionField<'a>) -> Self {
        Self {
            occurrences: vec![field],
        }
    }

    /// The field's name in the schema.
    pub fn name(&self) -> &'a str {
        self.occurrences[0].name()
    }

    /// The field's name in the answer.
    pub fn response_name(&self) -> &'a str {
        self.occurrences[0].alias().unwrap_or_else(|| self.name())
    }

    /// The fields selected on the object or objects that this field returns.
    pub fn children(&self) -> Vec<Selected<'a>> {
        let mut children: Vec<Selected<'a>> = Vec::new();
        for child in self.occurrences.iter().flat_map(SelectionField::selection_set) {
            let child = Selected::field(child);
            // `a` and `a: a` are one, too; validation has seen that what has one name is one field.
            match children
                .iter_mut()
                .find(|known| known.response_name() == child.response_name())
            {
                Some(known) => known.occurrences.extend(child.occurrences),
                None => children.push(child),
            }
        }
        children
    }

    /// The fields selected on the nodes of the connection that this field returns, by `nodes` or by `edges`.
    pub fn nodes(&self) -> Selected<'a> {
        let mut occurrences = Vec::new();
        for child in self.occurrences.iter().flat_map(SelectionField::selection_set) {
            match child.name() {
                "nodes" => occurrences.push(child),
                "edges" => occurrences.extend(child.selection_set().filter(|field| field.name() == "node")),
                _ => {}
            }
        }
        Selected { occurrences }
    }

    /// Whether a field of this name is selected directly below.
    pub fn has(&self, name: &str) -> bool {
        self.occurrences
            .iter()
            .any(|field| field.selection_set().any(|child| child.name() == name))
    }

    /// The value of an argument, variables resolved; the default of its type where it is missing or unreadable, in
    /// which case the resolver reports it.
    pub fn argument<T: InputType + Default>(&self, name: &str) -> T {
        self.read(name, T::default()).unwrap_or_default()
    }

    /// The value of an argument, if it is there and readable.
    pub fn given<T: InputType>(&self, name: &str) -> Option<T> {
        self.read(name, None).flatten()
    }

    /// The value of an argument, variables resolved; the default where it is missing; none when it is unreadable.
    pub fn read<T: InputType>(&self, name: &str, default: T) -> Option<T> {
        let arguments = self.occurrences[0].arguments().ok()?;
        match arguments.into_iter().find(|(known, _)| known == name) {
            Some((_, value)) => T::parse(Some(value)).ok(),
            None => Some(default),
        }
    }
}

/// One field below a page of objects, and the relations to follow for it.
pub struct Step<'a, T> {
    reader: &'a Reader,
    items: &'a [T],
    selected: Selected<'a>,
    work: Vec<BoxFuture<'a, Result<()>>>,
}

/// What a relation gives one parent, as the objects of the next level.
pub trait Children {
    /// The objects.
    type Item: Plan;
    /// Whether they stand in a connection, below `nodes` and `edges`.
    const CONNECTION: bool = false;
    /// The objects, cheaply cloned.
    fn items(&self) -> Vec<Self::Item>;
}

impl<T: Plan> Children for Option<T> {
    type Item = T;
    fn items(&self) -> Vec<T> {
        self.iter().cloned().collect()
    }
}

impl<T: Plan> Children for Vec<T> {
    type Item = T;
    fn items(&self) -> Vec<T> {
        self.clone()
    }
}

impl<'a, T: Plan> Step<'a, T> {
    /// The field at hand.
    pub fn selected(&self) -> &Selected<'a> {
        &self.selected
    }

    /// Who asks.
    pub fn viewer(&self) -> Viewer {
        self.reader.source().viewer
    }

    /// Loads what hangs on the objects by `relation`, and all that is selected below it.
    pub fn follow<R: Relation>(&mut self, relation: R, parent: impl Fn(&T) -> Option<R::Parent>)
    where
        R::Child: Children,
    {
        let reader = self.reader;
        let parents: Vec<R::Parent> = self.items.iter().filter_map(parent).collect();
        let below = if R::Child::CONNECTION {
            self.selected.nodes().children()
        } else {
            self.selected.children()
        };
        self.work.push(Box::pin(async move {
            let fields: Vec<&str> = below.iter().map(Selected::name).collect();
            let children = reader.children(&relation, &parents, &fields).await?;
            let items: Vec<_> = children.iter().flat_map(Children::items).collect();
            plan(reader, &items, below).await
        }));
    }

    /// Plans for what hangs on the objects and came with them.
    pub fn came_along<U: Plan>(&mut self, came: impl Fn(&T) -> Option<U>) {
        let reader = self.reader;
        let items: Vec<U> = self.items.iter().filter_map(came).collect();
        let below = self.selected.children();
        self.work
            .push(Box::pin(async move { plan(reader, &items, below).await }));
    }

    /// Plans for the field as if the objects were of another type, to which they lend their fields.
    pub fn see<U: Plan>(&mut self, view: impl Fn(&T) -> U) {
        let reader = self.reader;
        let items: Vec<U> = self.items.iter().map(view).collect();
        let selected = Selected {
            occurrences: self.selected.occurrences.clone(),
        };
        self.work
            .push(Box::pin(async move { plan(reader, &items, vec![selected]).await }));
    }

    /// Loads what hangs on the objects by `relation`, where nothing hangs below it.
    pub fn load<R: Relation>(&mut self, relation: R, parent: impl Fn(&T) -> Option<R::Parent>) {
        let reader = self.reader;
        let parents: Vec<R::Parent> = self.items.iter().filter_map(parent).collect();
        self.work.push(Box::pin(async move {
            reader.children(&relation, &parents, &[]).await.map(drop)
        }));
    }
}

/// Loads everything that `fields` select on `items`; independent relations concurrently.
pub fn plan<'a, T: Plan>(reader: &'a Reader, items: &'a [T], fields: Vec<Selected<'a>>) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        if items.is_empty() {
            return Ok(());
        }
        let mut work = Vec::new();
        for selected in fields {
            let mut step = Step {
                reader,
                items,
                selected,
                work: Vec::new(),
            };
            T::plan(&mut step);
            work.append(&mut step.work);
        }
        try_join_all(work).await.map(drop)
    })
}
