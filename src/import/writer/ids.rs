//! What became of the things that posts refer to.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

/// Which id in the source became which id here, by kind.
#[derive(Debug, Default)]
pub struct Ids {
    targets: HashMap<&'static str, HashMap<String, Uuid>>,
    taken: HashSet<(&'static str, Uuid)>,
}

impl Ids {
    /// What a thing became.
    pub fn get<I: From<Uuid>>(&self, kind: &str, id: &str) -> Option<I> {
        self.targets.get(kind)?.get(id).copied().map(I::from)
    }

    /// Whether it is known what a thing became.
    pub fn contains(&self, kind: &str, id: &str) -> bool {
        self.targets.get(kind).is_some_and(|targets| targets.contains_key(id))
    }

    /// Whether something became this.
    pub fn has_target(&self, kind: &'static str, target: &Uuid) -> bool {
        self.taken.contains(&(kind, *target))
    }

    /// Notes what a thing became.
    pub fn put(&mut self, kind: &'static str, id: String, target: Uuid) {
        self.targets.entry(kind).or_default().insert(id, target);
        self.taken.insert((kind, target));
    }
}
