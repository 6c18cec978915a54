//! What became of the things that posts refer to.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

/// Which id in the source became which id here, by kind.
#[derive(Debug, Default)]
pub struct Ids {
    /// None for what was deleted here.
    targets: HashMap<&'static str, HashMap<String, Option<Uuid>>>,
    taken: HashSet<(&'static str, Uuid)>,
}

impl Ids {
    /// What a thing became.
    pub fn get<I: From<Uuid>>(&self, kind: &str, id: &str) -> Option<I> {
        self.targets.get(kind)?.get(id).copied()?.map(I::from)
    }

    /// Whether it is known what became of a thing.
    pub fn contains(&self, kind: &str, id: &str) -> bool {
        self.targets.get(kind).is_some_and(|targets| targets.contains_key(id))
    }

    /// Whether something became this.
    pub fn has_target(&self, kind: &'static str, target: &Uuid) -> bool {
        self.taken.contains(&(kind, *target))
    }

    /// Notes what a thing became.
    pub fn put(&mut self, kind: &'static str, id: String, target: Uuid) {
        self.targets.entry(kind).or_default().insert(id, Some(target));
        self.taken.insert((kind, target));
    }

    /// Notes that a thing was deleted here.
    pub fn put_gone(&mut self, kind: &'static str, id: String) {
        self.targets.entry(kind).or_default().insert(id, None);
    }
}
