//! Fields that hang on what everybody sees, but that not everybody sees.

use std::sync::Arc;

use uuid::Uuid;

use crate::domain::page::Page;
use crate::domain::policy::Standing;
use crate::graphql::context::RequestContext;
use crate::graphql::engine::{Arguments, Call, Connection, Fields, Listed, LookAhead, NoArguments, Output};
use crate::graphql::error::{Fault, Result};
use crate::graphql::guarded::Guarded;
use crate::graphql::loader::Relation;
use crate::graphql::member::StandingTo;

/// A list of nodes below a parent that only some viewers may see.
pub(super) trait GuardedList: Relation<Child = Guarded<Self::Node>> {
    /// What it lists.
    type Node: Listed;
    /// How long it is.
    type Count: Relation<Parent = Self::Parent, Child = i64>;

    /// Its order.
    fn order(&self) -> <Self::Node as Listed>::Order;

    /// How its length is counted.
    fn count(&self) -> Self::Count;
}

/// Describes a guarded list: null for viewers for whom it does not exist, and counted only for those who may see it.
pub(super) fn guarded_connection<T, A, L>(
    fields: &mut Fields<T>,
    name: &'static str,
    description: &'static str,
    list: impl Fn(&A, &LookAhead) -> Result<L> + Send + Sync + 'static,
    parent: impl Fn(&T) -> L::Parent + Send + Sync + 'static,
) where
    T: Clone + Send + Sync + 'static,
    A: Arguments,
    L: GuardedList,
{
    let source = Arc::new((list, parent));
    fields.batch(name, description, move |call: Call<'_, T, A>| {
        let source = Arc::clone(&source);
        Box::pin(async move {
            let (list, parent) = &*source;
            match pages(&call, list, parent).await {
                Ok(connections) => connections,
                Err(fault) => failed(&fault, call.items),
            }
        })
    });
}

async fn pages<T, A, L: GuardedList>(
    call: &Call<'_, T, A>,
    list: &impl Fn(&A, &LookAhead) -> Result<L>,
    parent: &impl Fn(&T) -> L::Parent,
) -> Result<Vec<Result<Option<Connection<L::Node>>>>> {
    let list = list(&call.arguments, call.look_ahead)?;
    let reader = &call.execution.request.reader;
    let parents: Vec<L::Parent> = call.items.iter().map(parent).collect();
    let fields = call.look_ahead.item_fields();
    let pages = reader.children(&list, &parents, &fields).await?;
    let pages: Vec<_> = pages.into_iter().map(Guarded::shown).collect();
    let counted: Vec<L::Parent> = if call.look_ahead.has("totalCount") {
        let seen = parents.iter().zip(&pages);
        let seen = seen.filter(|(_, page)| matches!(page, Ok(Some(_))));
        seen.map(|(parent, _)| *parent).collect()
    } else {
        Vec::new()
    };
    let count = list.count();
    let mut counts = reader.children(&count, &counted, &[]).await.map(Vec::into_iter);
    let connection = |page: Result<Option<Arc<Page<L::Node>>>>| -> Result<Option<Connection<L::Node>>> {
        let Some(page) = page? else { return Ok(None) };
        let total = match &mut counts {
            Ok(counts) => Ok(counts.next().unwrap_or_default()),
            Err(fault) => Err(fault.clone()),
        };
        Ok(Some(Connection::new(page, list.order(), total)))
    };
    Ok(pages.into_iter().map(connection).collect())
}

/// Describes what a relation gives for publications: null for viewers whose standing does not let them see it, for whom it
/// is not loaded either.
pub(super) fn guarded_value<T, R, C>(
    fields: &mut Fields<T>,
    name: &'static str,
    description: &'static str,
    may_see: fn(Standing) -> bool,
    relation: R,
    publication: impl Fn(&T) -> R::Parent + Send + Sync + 'static,
    get: impl Fn(R::Child, &RequestContext) -> Option<C> + Send + Sync + 'static,
) where
    T: Clone + Send + Sync + 'static,
    R: Relation<Parent: Into<Uuid>>,
    C: Output,
{
    let source = Arc::new((relation, publication, get));
    fields.batch(name, description, move |call: Call<'_, T, NoArguments>| {
        let source = Arc::clone(&source);
        Box::pin(async move {
            let (relation, publication, get) = &*source;
            match values(&call, may_see, relation, publication, get).await {
                Ok(values) => values.into_iter().map(Ok).collect(),
                Err(fault) => failed(&fault, call.items),
            }
        })
    });
}

async fn values<T, R: Relation<Parent: Into<Uuid>>, C>(
    call: &Call<'_, T, NoArguments>,
    may_see: fn(Standing) -> bool,
    relation: &R,
    publication: &impl Fn(&T) -> R::Parent,
    get: &impl Fn(R::Child, &RequestContext) -> Option<C>,
) -> Result<Vec<Option<C>>> {
    let request = call.execution.request;
    let keys: Vec<R::Parent> = call.items.iter().map(publication).collect();
    let ids: Vec<Uuid> = keys.iter().map(|key| (*key).into()).collect();
    let standings = request.reader.children(&StandingTo, &ids, &[]).await?;
    let seen: Vec<bool> = standings.into_iter().map(|who| who.is_some_and(may_see)).collect();
    let keys = keys.into_iter().zip(&seen).filter(|(_, seen)| **seen);
    let keys: Vec<R::Parent> = keys.map(|(key, _)| key).collect();
    let fields = call.look_ahead.item_fields();
    let mut children = request.reader.children(relation, &keys, &fields).await?.into_iter();
    let value = |seen| {
        if seen {
            get(children.next().unwrap_or_default(), request)
        } else {
            None
        }
    };
    Ok(seen.into_iter().map(value).collect())
}

fn failed<T, C>(fault: &Fault, items: &[T]) -> Vec<Result<C>> {
    items.iter().map(|_| Err(fault.clone())).collect()
}
