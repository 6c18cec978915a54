//! A naive executor of queries: it collects the fields that a document selects after the GraphQL specification, asks for each
//! leaf in a document of its own, and merges the responses.

use std::collections::{BTreeSet, HashMap};

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, InputValueDefinition, OperationDefinition, Selection, SelectionSet,
    Type, TypeKind,
};
use async_graphql::{Name, PathSegment, Positioned, Request, Value, Variables};
use async_graphql_value::Value as Given;
use futures_util::future::LocalBoxFuture;
use quoin::domain::Viewer;
use quoin::graphql::Api;

use super::outcome::{FieldError, Outcome, difference};
use super::schema_types::{SchemaTypes, bare};

/// The response key under which the type of an object is asked for.
const TYPE_KEY: &str = "type_of_the_reference";

/// A field on the way from the root to a leaf.
#[derive(Clone)]
struct Step {
    /// The type condition around it, below an interface or a union.
    condition: Option<String>,
    parent: String,
    name: String,
    key: String,
    arguments: String,
    ty: Type,
}

/// Documents of leaves that one viewer has asked for, with their responses.
pub type Asked = HashMap<String, Outcome>;

/// The execution of one operation.
pub struct Reference<'a> {
    pub api: &'a Api,
    pub schema: &'a SchemaTypes,
    pub viewer: Viewer,
    pub document: &'a ExecutableDocument,
    /// The variables with the defaults of the operation; what is not given is not there.
    pub variables: Variables,
    /// Documents of leaves with their responses.
    asked: &'a mut Asked,
    chain: Vec<Step>,
    merged: Option<Value>,
    errors: Vec<FieldError>,
    /// How many leaves were asked for.
    pub leaves: usize,
    /// The fields that were asked for, as `Type.field`, and those of them that had values.
    pub fields: BTreeSet<String>,
    pub fields_with_values: BTreeSet<String>,
}

impl<'a> Reference<'a> {
    pub fn new(
        api: &'a Api,
        schema: &'a SchemaTypes,
        viewer: Viewer,
        document: &'a ExecutableDocument,
        operation: &OperationDefinition,
        given: &Variables,
        asked: &'a mut Asked,
    ) -> Self {
        let mut variables = given.clone();
        for variable in &operation.variable_definitions {
            let name = &variable.node.name.node;
            if let (None, Some(default)) = (given.get(name), &variable.node.default_value) {
                variables.insert(name.clone(), default.node.clone());
            }
        }
        Self {
            api,
            schema,
            viewer,
            document,
            variables,
            asked,
            chain: Vec::new(),
            merged: None,
            errors: Vec::new(),
            leaves: 0,
            fields: BTreeSet::new(),
            fields_with_values: BTreeSet::new(),
        }
    }

    /// Executes the operation.
    ///
    /// # Errors
    /// Responses that contradict each other.
    pub async fn execute(&mut self, operation: &'a OperationDefinition) -> Result<Outcome, String> {
        self.object("Query", None, vec![&operation.selection_set.node]).await?;
        Ok(Outcome {
            data: self.merged.take().unwrap_or(Value::Object(Default::default())),
            errors: std::mem::take(&mut self.errors),
        })
    }

    /// Asks for what is selected on objects of a type at the end of the chain, if that is what they are.
    fn object<'s>(
        &'s mut self,
        object: &'s str,
        condition: Option<String>,
        sets: Vec<&'a SelectionSet>,
    ) -> LocalBoxFuture<'s, Result<(), String>> {
        Box::pin(async move {
            let fields = self.collect(object, &sets);
            if fields.is_empty() && !self.chain.is_empty() {
                self.types(condition.clone()).await?;
            }
            for (key, occurrences) in fields {
                let field = occurrences[0];
                let definition = self.schema.field(object, &field.name.node);
                self.fields.insert(format!("{object}.{}", field.name.node));
                self.chain.push(Step {
                    condition: condition.clone(),
                    parent: object.to_owned(),
                    name: field.name.node.to_string(),
                    key: key.to_owned(),
                    arguments: self.arguments(&definition.arguments, field),
                    ty: definition.ty.node.clone(),
                });
                let target = bare(&definition.ty.node);
                let below: Vec<_> = occurrences.iter().map(|field| &field.selection_set.node).collect();
                if self.schema.is_abstract(&target) {
                    for object in self.types(None).await? {
                        self.object(&object, Some(object.clone()), below.clone()).await?;
                    }
                } else if self.schema.is_composite(&target) {
                    self.object(&target, None, below).await?;
                } else {
                    self.leaves += 1;
                    self.leaf().await?;
                }
                self.chain.pop();
            }
            Ok(())
        })
    }

    /// `CollectFields`, section 6.3.2, of all `sets` together, as section 6.4.3 merges them.
    fn collect(&self, object: &str, sets: &[&'a SelectionSet]) -> Vec<(&'a str, Vec<&'a Field>)> {
        let (mut groups, mut visited) = (Vec::new(), BTreeSet::new());
        for set in sets {
            self.collect_set(object, set, &mut visited, &mut groups);
        }
        groups
    }

    fn collect_set(
        &self,
        object: &str,
        set: &'a SelectionSet,
        visited: &mut BTreeSet<&'a str>,
        groups: &mut Vec<(&'a str, Vec<&'a Field>)>,
    ) {
        for selection in &set.items {
            if !self.is_included(selection.node.directives()) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    match groups.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, fields)) => fields.push(&field.node),
                        None => groups.push((key, vec![&field.node])),
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if !visited.insert(name.as_str()) {
                        continue;
                    }
                    let fragment = &self.document.fragments[name].node;
                    if self.applies(object, &fragment.type_condition.node.on.node) {
                        self.collect_set(object, &fragment.selection_set.node, visited, groups);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(object, &condition.node.on.node)) {
                        self.collect_set(object, &fragment.node.selection_set.node, visited, groups);
                    }
                }
            }
        }
    }

    fn applies(&self, object: &str, condition: &str) -> bool {
        self.schema.possible(condition).contains(&object)
    }

    fn is_included(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let condition = &directive.node.get_argument("if").unwrap().node;
            let condition = self.value(condition) == Some(Value::Boolean(true));
            condition == (directive.node.name.node == "include")
        })
    }

    /// A value with its variables replaced; none for a variable that has no value.
    fn value(&self, value: &Given) -> Option<Value> {
        Some(match value {
            Given::Variable(name) => self.variables.get(name)?.clone(),
            Given::List(items) => Value::List(items.iter().map(|item| self.value(item).unwrap_or_default()).collect()),
            Given::Object(members) => {
                let member = |(name, value): (&Name, &Given)| Some((name.clone(), self.value(value)?));
                Value::Object(members.iter().filter_map(member).collect())
            }
            other => other.clone().into_const()?,
        })
    }

    /// The arguments of a field as literals, defaults and parentheses included.
    fn arguments(&self, definitions: &[Positioned<InputValueDefinition>], field: &Field) -> String {
        let given = |name: &str| self.value(&field.get_argument(name)?.node);
        let literals = self.inputs(definitions, given);
        if literals.is_empty() {
            return literals;
        }
        format!("({literals})")
    }

    /// The values of arguments, or of the fields of an input object, that are given or have defaults.
    fn inputs(
        &self,
        definitions: &[Positioned<InputValueDefinition>],
        given: impl Fn(&str) -> Option<Value>,
    ) -> String {
        let literals = definitions.iter().filter_map(|definition| {
            let InputValueDefinition {
                name,
                ty,
                default_value,
                ..
            } = &definition.node;
            let default = default_value.as_ref().map(|default| default.node.clone());
            let value = given(&name.node).or(default)?;
            Some(format!("{}: {}", name.node, self.literal(&ty.node, &value)))
        });
        literals.collect::<Vec<_>>().join(", ")
    }

    fn literal(&self, ty: &Type, value: &Value) -> String {
        match (&ty.base, value) {
            (_, Value::Null) => "null".to_owned(),
            (BaseType::List(inner), Value::List(items)) => {
                let items: Vec<_> = items.iter().map(|item| self.literal(inner, item)).collect();
                format!("[{}]", items.join(", "))
            }
            (BaseType::List(inner), item) => format!("[{}]", self.literal(inner, item)),
            (BaseType::Named(name), value) => match (self.schema.kind(name), value) {
                (Some(TypeKind::Enum(_)), Value::String(constant)) => constant.clone(),
                (Some(TypeKind::InputObject(object)), Value::Object(members)) => {
                    format!(
                        "{{ {} }}",
                        self.inputs(&object.fields, |name| members.get(name).cloned())
                    )
                }
                _ => value.to_string(),
            },
        }
    }

    /// Asks which types the objects at the end of the chain have.
    async fn types(&mut self, condition: Option<String>) -> Result<Vec<String>, String> {
        let mut chain = self.chain.clone();
        chain.push(Step {
            condition,
            parent: String::new(),
            name: "__typename".to_owned(),
            key: TYPE_KEY.to_owned(),
            arguments: String::new(),
            ty: self.schema.type_name.ty.node.clone(),
        });
        let mut outcome = self.ask(&text(&chain, None)).await?;
        self.check_nulls(&outcome)?;
        let mut types = BTreeSet::new();
        strip_types(&mut outcome.data, &mut types);
        self.merge(outcome)?;
        Ok(types.into_iter().collect())
    }

    /// Asks for the leaf at the end of the chain: below the nodes of a connection sometimes in both ways.
    async fn leaf(&mut self) -> Result<(), String> {
        let outcome = self.ask(&text(&self.chain, None)).await?;
        self.check_nulls(&outcome)?;
        let is_nodes = |step: &Step| step.name == "nodes" && step.parent.ends_with("Connection");
        if self.leaves.is_multiple_of(4)
            && let Some(place) = self.chain.iter().rposition(is_nodes)
        {
            let edges_text = text(&self.chain, Some(place));
            let edges = self.ask(&edges_text).await?;
            let edges = nodes_of_edges(edges, &self.chain[..=place]);
            if let Some(difference) = difference(&edges.data, &outcome.data, "") {
                return Err(format!("`edges.node` and `nodes` differ in {edges_text}: {difference}"));
            }
            if edges.errors != outcome.errors {
                return Err(format!(
                    "`edges.node` and `nodes` have different errors in {edges_text}"
                ));
            }
        }
        if outcome.values() > 0 {
            let fields = self.chain.iter().map(|step| format!("{}.{}", step.parent, step.name));
            self.fields_with_values.extend(fields);
        }
        self.merge(outcome)
    }

    async fn ask(&mut self, text: &str) -> Result<Outcome, String> {
        if let Some(known) = self.asked.get(text) {
            return Ok(known.clone());
        }
        let response = self.api.execute(Request::new(text), self.viewer).await;
        let outcome = Outcome::of(response).map_err(|fault| format!("{fault}\nin the document of one leaf: {text}"))?;
        self.asked.insert(text.to_owned(), outcome.clone());
        Ok(outcome)
    }

    /// Sees that each error nulled the nearest value around its field that may be null (section 6.4.4).
    fn check_nulls(&self, outcome: &Outcome) -> Result<(), String> {
        let nulls = outcome
            .errors
            .iter()
            .map(|error| &error.path[..self.nullable(&error.path)]);
        let nulls: Vec<&[PathSegment]> = nulls.collect();
        for error in &outcome.errors {
            let around = nulls.iter().filter(|null| error.path.starts_with(null));
            let expected = around.map(|null| null.len()).min();
            let nulled = outcome.nulled(&error.path)?;
            if Some(nulled) != expected {
                return Err(format!(
                    "{error:?} nulled at {nulled}; expected at {expected:?}: {}",
                    outcome.data
                ));
            }
        }
        Ok(())
    }

    /// How many segments of the path of an error lead to the nearest value that may be null.
    fn nullable(&self, path: &[PathSegment]) -> usize {
        let mut types = self.chain.iter().map(|step| &step.ty);
        let (mut ty, mut nearest) = (None, 0);
        for (index, segment) in path.iter().enumerate() {
            ty = match (segment, ty.map(|ty: &Type| &ty.base)) {
                (PathSegment::Index(_), Some(BaseType::List(inner))) => Some(&**inner),
                _ => types.next(),
            };
            if ty.is_some_and(|ty| ty.nullable) {
                nearest = index + 1;
            }
        }
        nearest
    }

    fn merge(&mut self, outcome: Outcome) -> Result<(), String> {
        for error in outcome.errors {
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
        if let Some(merged) = &mut self.merged {
            return merge(merged, outcome.data, "");
        }
        self.merged = Some(outcome.data);
        Ok(())
    }
}

/// The document that asks for the last field of a chain alone, through `edges.node` instead of the `nodes` at one place.
fn text(chain: &[Step], through_edges: Option<usize>) -> String {
    let (mut text, mut open) = ("{ ".to_owned(), 1);
    for (place, step) in chain.iter().enumerate() {
        if let Some(condition) = &step.condition {
            text += &format!("... on {condition} {{ ");
            open += 1;
        }
        let Step {
            key, name, arguments, ..
        } = step;
        if through_edges == Some(place) {
            text += &format!("{key}: edges {{ node ");
            open += 1;
        } else {
            text += &format!("{key}: {name}{arguments} ");
        }
        if place + 1 < chain.len() {
            text += "{ ";
            open += 1;
        }
    }
    text + &"} ".repeat(open)
}

/// What was asked for through `edges.node` at the end of a chain, as if through `nodes`.
fn nodes_of_edges(mut outcome: Outcome, chain: &[Step]) -> Outcome {
    unwrap_nodes(&mut outcome.data, chain);
    for error in &mut outcome.errors {
        let mut fields = 0;
        error.path.retain(|segment| {
            fields += usize::from(matches!(segment, PathSegment::Field(_)));
            fields != chain.len() + 1 || matches!(segment, PathSegment::Index(_))
        });
    }
    outcome
}

fn unwrap_nodes(value: &mut Value, chain: &[Step]) {
    match (value, chain) {
        (Value::List(items), []) => {
            for item in items {
                if let Value::Object(edge) = item {
                    *item = edge.swap_remove("node").unwrap();
                }
            }
        }
        (Value::List(items), _) => items.iter_mut().for_each(|item| unwrap_nodes(item, chain)),
        (Value::Object(members), [step, rest @ ..]) => {
            if let Some(member) = members.get_mut(step.key.as_str()) {
                unwrap_nodes(member, rest);
            }
        }
        _ => {}
    }
}

/// Takes the types out of a response that were asked for.
fn strip_types(value: &mut Value, types: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(name)) = members.swap_remove(TYPE_KEY) {
                types.insert(name);
            }
            members.values_mut().for_each(|member| strip_types(member, types));
        }
        Value::List(items) => items.iter_mut().for_each(|item| strip_types(item, types)),
        _ => {}
    }
}

/// Merges two responses: objects by their keys, lists item by item, and null with anything gives null, since an error nulls the
/// nearest nullable parent of its field (section 6.4.4).
fn merge(merged: &mut Value, other: Value, path: &str) -> Result<(), String> {
    match (merged, other) {
        (Value::Null, _) => {}
        (merged, Value::Null) => *merged = Value::Null,
        (Value::Object(merged), Value::Object(members)) => {
            for (key, value) in members {
                match merged.get_mut(&key) {
                    Some(known) => merge(known, value, &format!("{path}/{key}"))?,
                    None => {
                        merged.insert(key, value);
                    }
                }
            }
        }
        (Value::List(merged), Value::List(items)) if merged.len() == items.len() => {
            for (index, (known, item)) in merged.iter_mut().zip(items).enumerate() {
                merge(known, item, &format!("{path}/{index}"))?;
            }
        }
        (merged, other) if *merged == other => {}
        (merged, other) => {
            return Err(format!(
                "the documents of two leaves return different values at {path}: {merged} and {other}"
            ));
        }
    }
    Ok(())
}
