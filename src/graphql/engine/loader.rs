//! From parents to children, in batches. A [`Relation`] is one batch function: fields run it for all objects of a level, and
//! the dataloader for look-ups of single objects. This file alone names the dataloader.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::dataloader::{DataLoader, Loader};
use foldhash::fast::RandomState;
use sea_orm::DbErr;

use super::error::{Fault, Result};
use crate::domain::Viewer;
use crate::store::read::Database;

/// Where children come from: the database, as far as the viewer sees it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The database, by this request's way to it.
    pub database: Database,
    /// On whose behalf it is read.
    pub viewer: Viewer,
}

/// A way from parents to what hangs on each; its fields are the arguments of the GraphQL field.
pub trait Relation: Clone + Eq + Hash + Send + Sync + 'static {
    /// The id of a parent.
    type Parent: Copy + Eq + Hash + Send + Sync + 'static;
    /// What one parent gets; the default when nothing hangs on it. Cheap to clone.
    type Child: Clone + Default + Send + Sync + 'static;

    /// Loads the children of all `parents`, in a number of statements that does not depend on how many they are.
    fn load(
        &self,
        source: &Source,
        parents: &[Self::Parent],
    ) -> impl Future<Output = std::result::Result<HashMap<Self::Parent, Self::Child>, DbErr>> + Send;

    /// Loads them when it is known which `fields` are selected on the objects that they hold, so that what these need
    /// can come along.
    fn load_for(
        &self,
        source: &Source,
        parents: &[Self::Parent],
        fields: &[&str],
    ) -> impl Future<Output = std::result::Result<HashMap<Self::Parent, Self::Child>, DbErr>> + Send {
        let _ = fields;
        self.load(source, parents)
    }
}

/// A relation and one parent: what the dataloader collects.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key<R: Relation> {
    relation: R,
    parent: R::Parent,
}

impl<R: Relation> Loader<Key<R>> for Source {
    type Value = R::Child;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[Key<R>]) -> std::result::Result<HashMap<Key<R>, R::Child>, Arc<DbErr>> {
        let mut parents: HashMap<&R, Vec<R::Parent>> = HashMap::new();
        for key in keys {
            parents.entry(&key.relation).or_default().push(key.parent);
        }
        let mut children = HashMap::with_capacity(keys.len());
        for (relation, parents) in parents {
            let loaded = relation.load(self, &parents).await.map_err(Arc::new)?;
            children.extend(loaded.into_iter().map(|(parent, child)| {
                (
                    Key {
                        relation: relation.clone(),
                        parent,
                    },
                    child,
                )
            }));
        }
        Ok(children)
    }
}

/// Children that are there already, for every relation.
#[derive(Default)]
struct Loaded(Mutex<HashMap<TypeId, Box<dyn Any + Send>, RandomState>>);

/// Looked into for every field that is a relation: with a hash that is quick on short keys.
type Children<R> = HashMap<R, Ready<R>, RandomState>;

/// What one relation has loaded.
struct Ready<R: Relation> {
    children: HashMap<R::Parent, R::Child, RandomState>,
    /// Held while more is loaded: fields that stand behind the same relation wait for the first of them.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl<R: Relation> Default for Ready<R> {
    fn default() -> Self {
        Self {
            children: HashMap::default(),
            turn: Arc::default(),
        }
    }
}

impl Loaded {
    /// Looks at the children of `R` under the lock. A panic elsewhere leaves whole entries, so a poisoned lock is fine.
    fn with<R: Relation, T>(&self, look: impl FnOnce(&mut Children<R>) -> T) -> Option<T> {
        let mut maps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let children = maps
            .entry(TypeId::of::<R>())
            .or_insert_with(|| Box::new(Children::<R>::default()));
        children.downcast_mut::<Children<R>>().map(look)
    }
}

/// Reads children for one request: each at most once.
pub struct Reader {
    source: Source,
    loaded: Loaded,
    batches: DataLoader<Source>,
}

impl Reader {
    /// A reader for one request.
    pub fn new(source: Source) -> Self {
        Self {
            batches: DataLoader::new(source.clone(), tokio::spawn),
            source,
            loaded: Loaded::default(),
        }
    }

    /// Where children come from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The child of one parent: at once if it has been loaded, else in a batch with others that are asked for now.
    pub async fn child<R: Relation>(&self, relation: R, parent: R::Parent) -> Result<R::Child> {
        match self.loaded(&relation, parent) {
            Some(child) => Ok(child),
            None => Box::pin(self.in_batch(relation, parent)).await,
        }
    }

    fn loaded<R: Relation>(&self, relation: &R, parent: R::Parent) -> Option<R::Child> {
        self.loaded
            .with(|children: &mut Children<R>| children.get(relation)?.children.get(&parent).cloned())
            .flatten()
    }

    /// Boxed apart, so that the futures of fields stay small.
    async fn in_batch<R: Relation>(&self, relation: R, parent: R::Parent) -> Result<R::Child> {
        let child = self.batches.load_one(Key { relation, parent }).await;
        child
            .map(Option::unwrap_or_default)
            .map_err(|error| Fault::from(&*error))
    }

    /// The children of many parents, in their order, those that are not there yet loaded in one batch, with what `fields`
    /// selected on them need.
    pub async fn children<R: Relation>(
        &self,
        relation: &R,
        parents: &[R::Parent],
        fields: &[&str],
    ) -> Result<Vec<R::Child>> {
        let turn = self
            .loaded
            .with(|children: &mut Children<R>| Arc::clone(&children.entry(relation.clone()).or_default().turn));
        let turn = turn.unwrap_or_default();
        let _turn = turn.lock().await;
        let missing = self.loaded.with(|children: &mut Children<R>| {
            let ready = children.get(relation).map(|ready| &ready.children);
            let mut missing: Vec<R::Parent> = Vec::new();
            for parent in parents {
                if !ready.is_some_and(|ready| ready.contains_key(parent)) && !missing.contains(parent) {
                    missing.push(*parent);
                }
            }
            missing
        });
        let missing = missing.unwrap_or_default();
        let mut loaded = if missing.is_empty() {
            HashMap::new()
        } else {
            relation.load_for(&self.source, &missing, fields).await?
        };
        let found = self.loaded.with(|children: &mut Children<R>| {
            let ready = &mut children.entry(relation.clone()).or_default().children;
            ready.extend(
                missing
                    .into_iter()
                    .map(|parent| (parent, loaded.remove(&parent).unwrap_or_default())),
            );
            parents
                .iter()
                .map(|parent| ready.get(parent).cloned().unwrap_or_default())
                .collect()
        });
        Ok(found.unwrap_or_default())
    }

    /// Forgets what was loaded: a mutation changed it, perhaps, and the next may ask again.
    pub fn forget(&self) {
        self.loaded.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Puts a child there that came with its parent.
    pub fn put<R: Relation>(&self, relation: R, parent: R::Parent, child: R::Child) {
        self.loaded
            .with(|children: &mut Children<R>| children.entry(relation).or_default().children.insert(parent, child));
    }
}

/// Declares a relation from an id to the object that has it.
macro_rules! by_id {
    ($(#[$attribute:meta])* $name:ident: $id:ty => $object:ty, |$source:ident, $ids:ident| $load:expr) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name;

        impl $crate::graphql::engine::loader::Relation for $name {
            type Parent = $id;
            type Child = Option<$object>;

            async fn load(
                &self,
                $source: &$crate::graphql::engine::loader::Source,
                $ids: &[$id],
            ) -> std::result::Result<std::collections::HashMap<$id, Option<$object>>, sea_orm::DbErr> {
                let rows = $load.await?;
                Ok(rows.into_iter().map(|(id, row)| (id, Some(<$object>::from(row)))).collect())
            }
        }
    };
}
pub(in crate::graphql) use by_id;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    static LOADS: AtomicUsize = AtomicUsize::new(0);

    /// Gives each number itself, after a while.
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Same;

    impl Relation for Same {
        type Parent = u32;
        type Child = u32;

        async fn load(&self, _: &Source, parents: &[u32]) -> std::result::Result<HashMap<u32, u32>, DbErr> {
            LOADS.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(parents.iter().map(|parent| (*parent, *parent)).collect())
        }
    }

    #[tokio::test]
    async fn fields_behind_one_relation_load_it_once() {
        let connection = sea_orm::Database::connect("sqlite::memory:").await.expect("opens");
        let source = Source {
            database: Database::pool(connection.into()),
            viewer: Viewer::Anonymous,
        };
        let reader = Reader::new(source);
        let (first, second) = tokio::join!(
            reader.children(&Same, &[1, 2], &[]),
            reader.children(&Same, &[2, 1], &[])
        );
        assert_eq!(first.expect("loads"), [1, 2]);
        assert_eq!(second.expect("loads"), [2, 1]);
        assert_eq!(LOADS.load(Ordering::SeqCst), 1);
    }
}
