//! Fields of public objects that only some viewers may see.

use std::sync::Arc;

use uuid::Uuid;

use super::member::StandingTo;
use crate::domain::page::Page;
use crate::domain::policy::Standing;
use crate::domain::refusal::Denied;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::loader::Relation;
use crate::graphql::engine::{
    Arguments, Call, Connection, Fields, List, Listed, LookAhead, NoArguments, Output, Outputs,
};

/// A page of a list, or why the viewer may not see it.
#[derive(Clone)]
pub enum Guarded<T> {
    /// The viewer may see it.
    Seen(Arc<Page<T>>),
    /// The viewer may not.
    Denied(Denied),
}

impl<T> Guarded<T> {
    /// What the domain returned.
    pub fn of<R>(found: std::result::Result<Page<R>, Denied>, convert: impl FnMut(R) -> T) -> Self {
        match found {
            Ok(page) => Self::Seen(Arc::new(page.map(convert))),
            Err(denied) => Self::Denied(denied),
        }
    }

    /// The page; none for viewers for whom the list does not exist. A token that lacks a scope is an error instead:
    /// that reveals nothing about the list.
    fn page(self) -> Result<Option<Arc<Page<T>>>> {
        match self {
            Self::Seen(page) => Ok(Some(page)),
            Self::Denied(Denied::Unauthenticated | Denied::Role(_)) => Ok(None),
            Self::Denied(denied @ (Denied::Scope(_) | Denied::NeedsSession)) => Err(Fault::Denied(denied)),
        }
    }
}

impl<T> Default for Guarded<T> {
    fn default() -> Self {
        Self::Denied(Denied::Unauthenticated)
    }
}

/// Declares a [`List`] of publications that only some viewers may see, and the relation that counts it.
macro_rules! guarded_list {
    ($(#[$attribute:meta])* $list:ident, $count:ident: $item:ty, $load:path, $count_by:path) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $list(pub $crate::domain::page::PageRequest);

        impl $crate::graphql::engine::loader::Relation for $list {
            type Parent = uuid::Uuid;
            type Child = $crate::graphql::schema::guarded::Guarded<$item>;

            async fn load(
                &self,
                source: &$crate::graphql::engine::loader::Source,
                parents: &[uuid::Uuid],
            ) -> std::result::Result<std::collections::HashMap<uuid::Uuid, Self::Child>, sea_orm::DbErr> {
                let pages = $load(&source.database, source.viewer, parents, &self.0).await?;
                let guarded = |page| $crate::graphql::schema::guarded::Guarded::of(page, <$item>::from);
                Ok(pages.into_iter().map(|(parent, page)| (parent, guarded(page))).collect())
            }
        }

        /// The length of such a list.
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $count;

        impl $crate::graphql::engine::loader::Relation for $count {
            type Parent = uuid::Uuid;
            type Child = i64;

            async fn load(
                &self,
                source: &$crate::graphql::engine::loader::Source,
                parents: &[uuid::Uuid],
            ) -> std::result::Result<std::collections::HashMap<uuid::Uuid, i64>, sea_orm::DbErr> {
                $count_by(&source.database, parents).await
            }
        }

        impl $crate::graphql::engine::List for $list {
            type Node = $item;
            type Count = $count;

            fn order(&self) {}

            fn count(&self) -> $count {
                $count
            }
        }
    };
}
pub(super) use guarded_list;

/// Describes a guarded list: null for viewers for whom it does not exist, and counted only for those who may see it.
pub(super) fn guarded_connection<T, A, N, L>(
    fields: &mut Fields<T>,
    name: &'static str,
    description: &'static str,
    list: impl Fn(&A, &LookAhead) -> Result<L> + Send + Sync + 'static,
    parent: impl Fn(&T) -> L::Parent + Send + Sync + 'static,
) where
    T: Clone + Send + Sync + 'static,
    A: Arguments,
    N: Listed,
    L: List<Node = N, Child = Guarded<N>>,
{
    let source = Arc::new((list, parent));
    fields.batch(name, description, move |call: Call<'_, T, A>| {
        let source = Arc::clone(&source);
        Box::pin(async move {
            let (list, parent) = &*source;
            pages(&call, list, parent).await
        })
    });
}

async fn pages<T, A, N: Listed, L: List<Node = N, Child = Guarded<N>>>(
    call: &Call<'_, T, A>,
    list: &impl Fn(&A, &LookAhead) -> Result<L>,
    parent: &impl Fn(&T) -> L::Parent,
) -> Outputs<Option<Connection<N>>> {
    let list = list(&call.arguments, call.look_ahead)?;
    let reader = &call.execution.request.reader;
    let parents: Vec<L::Parent> = call.items.iter().map(parent).collect();
    let fields = call.look_ahead.item_fields();
    let pages = reader.children(&list, &parents, &fields).await?;
    let pages: Vec<_> = pages.into_iter().map(Guarded::page).collect();
    let counted: Vec<L::Parent> = if call.look_ahead.has("totalCount") {
        let seen = parents.iter().zip(&pages);
        let seen = seen.filter(|(_, page)| matches!(page, Ok(Some(_))));
        seen.map(|(parent, _)| *parent).collect()
    } else {
        Vec::new()
    };
    let count = list.count();
    let mut counts = reader.children(&count, &counted, &[]).await.map(Vec::into_iter);
    let connection = |page: Result<Option<Arc<Page<N>>>>| -> Result<Option<Connection<N>>> {
        let Some(page) = page? else { return Ok(None) };
        let total = match &mut counts {
            Ok(counts) => Ok(counts.next().unwrap_or_default()),
            Err(fault) => Err(fault.clone()),
        };
        Ok(Some(Connection::new(page, list.order(), total)))
    };
    Ok(pages.into_iter().map(connection).collect())
}

/// Describes what a relation gives for publications: null for viewers whose standing does not let them see it, for whom
/// it is not loaded either.
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
            let values = values(&call, may_see, relation, publication, get).await?;
            Ok(values.into_iter().map(Ok).collect())
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
