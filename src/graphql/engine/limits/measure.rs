use std::cell::Cell;
use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value, Variables};

use super::type_map::{Relation, Size, TypeMap};
use super::{COST_LIMIT, Limits, Operation, Refusal};

/// Objects of a page when the request does not say, as the schema has it.
const DEFAULT_PAGE: u64 = 20;
/// The longest page.
const MAX_PAGE: u64 = 100;
/// Assumed for lists that have no pages, such as the tags of a post.
const LIST_LENGTH: u64 = 10;
/// Selection sets within each other, fragments included: what recursion is bounded by.
const MAX_NESTING: u64 = 64;

/// What an operation is estimated to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The number of objects the response may hold, and the weights of its long fields.
    pub requested: u64,
    /// How many are allowed.
    pub limit: u64,
    /// Whether the schema itself is asked for.
    pub introspects: bool,
    /// Whether it is another with other variables.
    pub depends_on_variables: bool,
}

/// Measures a document: depth and counts of all its operations, the cost of the one to be executed. A fragment is
/// measured once however often it is spread, so that the time is linear in the document.
///
/// # Errors
/// `COST_LIMIT` for what is over a limit, but for the cost itself, which [`Cost::check`] judges; `BAD_REQUEST` for a
/// fragment that is not there, not used, or spreads itself.
pub fn measure(
    document: &ExecutableDocument,
    operation: Operation<'_>,
    variables: &Variables,
    limits: &Limits,
    types: &TypeMap,
) -> Result<Cost, Refusal> {
    let mut measure = Measure {
        document,
        operation,
        variables,
        types,
        fragments: HashMap::new(),
        depends_on_variables: Cell::new(false),
    };
    let mut total = Total::default();
    let mut requested = 0;
    for (name, definition) in document.operations.iter() {
        let root = types.root(definition.node.ty);
        let mut own = measure.selections(&definition.node.selection_set.node, root, 0)?;
        own.directives = own.directives.saturating_add(count(&definition.node.directives));
        if name == operation.name {
            requested = own.cost;
        }
        total.add(own);
    }
    // Validation follows fragments from wherever they are defined; those that nobody spreads were not counted.
    if let Some((name, unused)) = document
        .fragments
        .iter()
        .find(|(name, _)| !measure.fragments.contains_key(name))
    {
        return Err(Refusal::bad_request(format!("The fragment \"{name}\" is not used.")).at(unused.pos));
    }
    for (what, asked, allowed) in [
        ("levels of fields", total.depth, limits.depth),
        ("aliases", total.aliases, limits.aliases),
        ("fields", total.fields, limits.fields),
        ("directives", total.directives, limits.directives),
    ] {
        if asked > allowed {
            return Err(Refusal::over_limit(what, asked, allowed));
        }
    }
    Ok(Cost {
        requested,
        limit: limits.cost,
        introspects: total.introspects,
        depends_on_variables: measure.depends_on_variables.get(),
    })
}

impl Cost {
    /// Refuses what costs more than allowed.
    ///
    /// # Errors
    /// `COST_LIMIT`, naming both numbers.
    pub fn check(self) -> Result<(), Refusal> {
        if self.requested <= self.limit {
            return Ok(());
        }
        let Self { requested, limit, .. } = self;
        Err(Refusal {
            code: COST_LIMIT,
            message: format!(
                "The query costs {requested}, at most {limit} is allowed: ask for smaller pages (`first`, `last`) or \
                 fewer nested lists."
            ),
            position: None,
        })
    }
}

/// What a selection set asks for, everything below it included.
#[derive(Clone, Copy, Default)]
struct Total {
    depth: u64,
    fields: u64,
    aliases: u64,
    directives: u64,
    cost: u64,
    nesting: u64,
    introspects: bool,
}

impl Total {
    fn add(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        self.nesting = self.nesting.max(other.nesting);
        self.fields = self.fields.saturating_add(other.fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.cost = self.cost.saturating_add(other.cost);
        self.introspects |= other.introspects;
    }
}

struct Measure<'a> {
    document: &'a ExecutableDocument,
    operation: Operation<'a>,
    variables: &'a Variables,
    types: &'a TypeMap,
    /// What each fragment measures; none while it is being measured.
    fragments: HashMap<&'a Name, Option<Total>>,
    depends_on_variables: Cell<bool>,
}

impl<'a> Measure<'a> {
    fn selections(&mut self, set: &'a SelectionSet, parent: Option<&'a str>, nesting: u64) -> Result<Total, Refusal> {
        if nesting > MAX_NESTING {
            return Err(too_nested());
        }
        let mut total = Total::default();
        for Positioned { node: selection, .. } in &set.items {
            let mut own = match selection {
                Selection::Field(field) => self.field(&field.node, parent, nesting)?,
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    self.selections(&fragment.node.selection_set.node, on.or(parent), nesting + 1)?
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name, nesting)?,
            };
            own.directives = own.directives.saturating_add(count(selection.directives()));
            total.add(own);
        }
        total.nesting += 1;
        Ok(total)
    }

    fn field(&mut self, field: &'a Field, parent: Option<&'a str>, nesting: u64) -> Result<Total, Refusal> {
        let relation = parent.and_then(|parent| self.types.relation(parent, &field.name.node));
        let below = &field.selection_set.node;
        let mut total = Total::default();
        if !below.items.is_empty() {
            total = self.selections(below, relation.map(|relation| relation.target.as_str()), nesting + 1)?;
            total.cost = total.cost.saturating_mul(self.page(field, relation)).saturating_add(1);
        }
        let weight = parent.map_or(0, |parent| self.types.weight(parent, &field.name.node));
        total.cost = total.cost.saturating_add(weight);
        total.depth += 1;
        total.fields = total.fields.saturating_add(1);
        total.aliases = total.aliases.saturating_add(u64::from(field.alias.is_some()));
        total.introspects |= matches!(field.name.node.as_str(), "__schema" | "__type");
        Ok(total)
    }

    fn fragment(&mut self, name: &'a Positioned<Name>, nesting: u64) -> Result<Total, Refusal> {
        let Some(fragment) = self.document.fragments.get(&name.node) else {
            let message = format!("The fragment \"{}\" is spread, but not defined.", name.node);
            return Err(Refusal::bad_request(message).at(name.pos));
        };
        match self.fragments.insert(&name.node, None) {
            Some(None) => {
                let message = format!("The fragment \"{}\" spreads itself.", name.node);
                Err(Refusal::bad_request(message).at(name.pos))
            }
            Some(Some(known)) if nesting + known.nesting > MAX_NESTING => Err(too_nested()),
            Some(Some(known)) => {
                self.fragments.insert(&name.node, Some(known));
                Ok(known)
            }
            None => {
                let on = fragment.node.type_condition.node.on.node.as_str();
                let mut total = self.selections(&fragment.node.selection_set.node, Some(on), nesting + 1)?;
                total.directives = total.directives.saturating_add(count(&fragment.node.directives));
                self.fragments.insert(&name.node, Some(total));
                Ok(total)
            }
        }
    }

    /// How many objects a field is asked for.
    fn page(&self, field: &Field, relation: Option<&Relation>) -> u64 {
        let asked = ["first", "last"]
            .iter()
            .filter_map(|name| self.number(field, name))
            .max();
        let size = match relation.map_or(Size::One, |relation| relation.size) {
            Size::One => return 1,
            Size::Page => asked.unwrap_or(DEFAULT_PAGE),
            Size::List => asked.or_else(|| self.length(field)).unwrap_or(LIST_LENGTH),
        };
        size.clamp(1, MAX_PAGE)
    }

    /// What a list looked up by `ids` is as long as.
    fn length(&self, field: &Field) -> Option<u64> {
        match self.argument(field, "ids")? {
            Value::List(ids) => u64::try_from(ids.len()).ok(),
            _ => None,
        }
    }

    fn number(&self, field: &Field, name: &str) -> Option<u64> {
        match self.argument(field, name)? {
            Value::Number(number) => Some(number.as_i64()?.try_into().unwrap_or(0)),
            _ => None,
        }
    }

    /// The value of an argument, variables resolved.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone();
        value
            .into_const_with(|variable| self.variable(&variable).ok_or(()))
            .ok()
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        self.depends_on_variables.set(true);
        let default = || {
            let mut definitions = self.operation.definition.node.variable_definitions.iter();
            definitions
                .find(|variable| variable.node.name.node == *name)?
                .node
                .default_value()
        };
        self.variables.get(name).or_else(default).cloned()
    }
}

fn count<T>(items: &[T]) -> u64 {
    items.len() as u64
}

fn too_nested() -> Refusal {
    Refusal::over_limit("levels of selections, fragments included", "more", MAX_NESTING)
}
