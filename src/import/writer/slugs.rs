//! Slugs that are free in one place: among the articles, pages or tags of a publication.

use std::collections::{HashMap, HashSet};

use crate::domain::slug::Slug;

/// The slugs that are taken.
#[derive(Debug, Default)]
pub struct Slugs {
    taken: HashSet<String>,
    /// The last number that a slug got, so that a thousand posts without a title are not counted a million times.
    numbers: HashMap<String, u32>,
}

impl Slugs {
    /// With these taken.
    pub fn new(taken: HashSet<String>) -> Self {
        Self {
            taken,
            numbers: HashMap::new(),
        }
    }

    /// Takes the wanted slug, or with a number behind it when that one is taken.
    pub fn take(&mut self, wanted: &Slug) -> String {
        let mut slug = wanted.clone();
        while self.taken.contains(slug.as_str()) {
            let number = self.numbers.entry(wanted.as_str().to_owned()).or_insert(1);
            *number += 1;
            slug = wanted.numbered(*number);
        }
        self.taken.insert(slug.as_str().to_owned());
        slug.into()
    }

    /// The slug of a thing that has `old` and now wants another: `hello-2` stays as long as `hello` is taken.
    pub fn change(&mut self, old: &str, wanted: &Slug) -> String {
        if old == wanted.as_str() || (wanted.is_stem_of(old) && self.taken.contains(wanted.as_str())) {
            return old.to_owned();
        }
        let slug = self.take(wanted);
        self.give_back(old);
        slug
    }

    /// Makes a slug free again.
    pub fn give_back(&mut self, slug: &str) {
        self.taken.remove(slug);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug(text: &str) -> Slug {
        Slug::from_text(text, "post")
    }

    #[test]
    fn each_gets_a_slug_of_its_own() {
        let mut slugs = Slugs::new(HashSet::from(["a-2".to_owned()]));
        let taken: Vec<_> = (0..3).map(|_| slugs.take(&slug("a"))).collect();
        assert_eq!(taken, ["a", "a-3", "a-4"]);
    }

    #[test]
    fn a_numbered_slug_stays_while_its_stem_is_taken() {
        let mut slugs = Slugs::default();
        let (first, second) = (slugs.take(&slug("a")), slugs.take(&slug("a")));
        assert_eq!(slugs.change(&second, &slug("a")), "a-2");
        assert_eq!(slugs.change(&first, &slug("b")), "b");
        assert_eq!(slugs.change(&second, &slug("a")), "a");
        assert_eq!(slugs.take(&slug("a-2")), "a-2");
    }

    #[test]
    fn a_slug_that_only_looks_numbered_is_another() {
        let mut slugs = Slugs::default();
        slugs.take(&slug("20"));
        let year = slugs.take(&slug("2015"));
        assert_eq!(slugs.change(&year, &slug("20")), "20-2");
    }

    #[test]
    fn a_hundred_thousand_of_one_name_are_no_trouble() {
        let mut slugs = Slugs::default();
        let last = (0..100_000).map(|_| slugs.take(&slug(""))).last();
        assert_eq!(last.as_deref(), Some("post-100000"));
    }
}
