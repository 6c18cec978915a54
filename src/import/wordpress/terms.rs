//! Categories and tags: declared in the channel or only named by items.

use std::collections::{HashMap, HashSet};

use super::item::{Item, ItemTerm};
use crate::import::place::Place;
use crate::import::record::{CategoryRecord, TagRecord};
use crate::import::text::{percent_decode, plain};
use crate::import::tree::{cut_cycles, parents_first};

/// A category or tag.
#[derive(Debug, Default)]
pub(super) struct Term {
    pub id: String,
    pub name: String,
    pub description: String,
    /// The slug of the term above.
    pub parent: String,
    pub place: Place,
}

/// All terms of one taxonomy.
#[derive(Debug, Default)]
pub(super) struct Terms {
    list: Vec<Term>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

/// A category whose parent could not be kept.
#[derive(Debug)]
pub(super) struct Orphan {
    pub name: String,
    pub place: Place,
    pub reason: String,
}

/// The terms that an item names, by what Quoin makes of them.
#[derive(Debug, Default)]
pub(super) struct ItemTerms<'a> {
    pub categories: Vec<&'a ItemTerm>,
    pub tags: Vec<&'a ItemTerm>,
    /// The post format, without its prefix: `aside`, `gallery` …
    pub format: Option<&'a str>,
}

impl<'a> ItemTerms<'a> {
    /// Sorts an item's terms. One without a domain is a category, unless the item names it again with one: very old
    /// exports list each term twice, hand-made files list it bare.
    pub fn of(item: &'a Item) -> Self {
        let mut terms = Self::default();
        let mut bare = Vec::new();
        let mut named = HashSet::new();
        for term in &item.terms {
            match term.domain.as_deref() {
                Some("category") => terms.categories.push(term),
                Some("post_tag" | "tag") => terms.tags.push(term),
                Some("post_format") => terms.format = term.nicename.strip_prefix("post-format-").or(terms.format),
                None | Some("") => bare.push(term),
                Some(_) => continue,
            }
            if term.domain.as_deref().is_some_and(|domain| !domain.is_empty()) {
                named.insert(plain(&term.name));
            }
        }
        terms
            .categories
            .extend(bare.into_iter().filter(|term| !named.contains(&plain(&term.name))));
        terms
    }
}

impl Terms {
    /// Adds a term of the channel; the first of a slug counts.
    pub fn declare(&mut self, nicename: &str, mut term: Term) {
        let Some(id) = self.id(nicename, &term.name) else {
            return;
        };
        if self.by_id.contains_key(&id) {
            return;
        }
        if term.name.is_empty() {
            term.name.clone_from(&id);
        }
        let index = self.list.len();
        self.by_id.insert(id.clone(), index);
        self.by_name.entry(term.name.clone()).or_insert(index);
        self.list.push(Term { id, ..term });
    }

    /// Adds a term that an item names.
    pub fn note(&mut self, named: &ItemTerm, place: Place) {
        let term = Term {
            name: plain(&named.name),
            place,
            ..Term::default()
        };
        self.declare(&named.nicename, term);
    }

    /// The ids of terms that an item names, each once.
    pub fn ids(&self, named: &[&ItemTerm]) -> Vec<String> {
        let mut seen = HashSet::new();
        let ids = named
            .iter()
            .filter_map(|term| self.id(&term.nicename, &plain(&term.name)));
        ids.filter(|id| self.by_id.contains_key(id) && seen.insert(id.clone()))
            .collect()
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The terms as tags.
    pub fn tags(&self) -> impl Iterator<Item = TagRecord> {
        self.list.iter().map(|term| TagRecord {
            id: term.id.clone(),
            slug: term.id.clone(),
            name: term.name.clone(),
            description: term.description.clone(),
        })
    }

    /// The terms as categories, parents first, and those that lost their parent.
    pub fn categories(&self) -> (Vec<CategoryRecord>, Vec<Orphan>) {
        let mut orphans = Vec::new();
        let mut orphan = |term: &Term, reason: String| {
            orphans.push(Orphan {
                name: term.name.clone(),
                place: term.place,
                reason,
            });
        };
        let mut parents = Vec::with_capacity(self.list.len());
        for term in &self.list {
            let parent = self.by_id.get(&term.parent).copied();
            if parent.is_none() && !term.parent.is_empty() {
                orphan(
                    term,
                    format!(
                        "its parent {:?} is not in the file; it stands at the top now",
                        term.parent
                    ),
                );
            }
            parents.push(parent);
        }
        for cut in cut_cycles(&mut parents) {
            let term = &self.list[cut];
            orphan(
                term,
                format!("its parent {:?} stands below it; it stands at the top now", term.parent),
            );
        }
        let record = |index: usize| {
            let term = &self.list[index];
            CategoryRecord {
                id: term.id.clone(),
                slug: term.id.clone(),
                name: term.name.clone(),
                description: term.description.clone(),
                parent: parents[index].map(|parent| self.list[parent].id.clone()),
            }
        };
        (parents_first(&parents).into_iter().map(record).collect(), orphans)
    }

    /// A term's slug, decoded; without one: that of the term with this name, or one made of the name.
    fn id(&self, nicename: &str, name: &str) -> Option<String> {
        if !nicename.is_empty() {
            return Some(percent_decode(nicename));
        }
        if let Some(index) = self.by_name.get(name) {
            return Some(self.list[*index].id.clone());
        }
        let slug = slug::slugify(name);
        let id = if slug.is_empty() { name.to_owned() } else { slug };
        (!id.is_empty()).then_some(id)
    }
}
