//! Tags, categories and series, as posts and sections name them.

use std::collections::BTreeMap;

use slug::slugify;

use crate::domain::term::name_key;
use crate::import::record::{CategoryRecord, SeriesRecord, TagRecord};

/// The terms so far, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    tags: BTreeMap<String, TagRecord>,
    /// By path (`craft/binding`), so that parents come first.
    categories: BTreeMap<String, CategoryRecord>,
    series: BTreeMap<String, SeriesRecord>,
}

impl Terms {
    /// The id of a tag.
    pub(super) fn tag(&mut self, name: &str) -> Option<String> {
        let id = id_of(name)?;
        self.tags.entry(id.clone()).or_insert_with(|| TagRecord {
            id: id.clone(),
            slug: String::new(),
            name: name.to_owned(),
            description: String::new(),
        });
        Some(id)
    }

    /// The id of a series.
    pub(super) fn series(&mut self, title: &str) -> Option<String> {
        let id = id_of(title)?;
        self.series.entry(id.clone()).or_insert_with(|| SeriesRecord {
            id: id.clone(),
            slug: String::new(),
            title: title.to_owned(),
            description: String::new(),
        });
        Some(id)
    }

    /// The id of a category, given by its path from the top: `Craft/Binding`.
    pub(super) fn category(&mut self, path: &str) -> Option<String> {
        let mut parent: Option<String> = None;
        for name in path.split('/').map(str::trim) {
            let Some(key) = id_of(name) else { continue };
            let id = parent
                .as_ref()
                .map_or_else(|| key.clone(), |parent| format!("{parent}/{key}"));
            self.categories.entry(id.clone()).or_insert_with(|| CategoryRecord {
                id: id.clone(),
                slug: String::new(),
                name: name.to_owned(),
                description: String::new(),
                parent,
            });
            parent = Some(id);
        }
        parent
    }

    /// Names and describes a term of a taxonomy by its path there; false where there is no such taxonomy.
    pub(super) fn describe(
        &mut self,
        taxonomy: &str,
        path: &str,
        title: Option<String>,
        about: Option<String>,
    ) -> bool {
        let (title, about) = (title.unwrap_or_else(|| path.to_owned()), about.unwrap_or_default());
        // A folder is named as its URL is.
        let slug = path.rsplit('/').next().filter(|name| slugify(name) == **name);
        let slug = slug.unwrap_or_default().to_owned();
        match taxonomy {
            "tags" => {
                if let Some(tag) = self.tag(path).and_then(|id| self.tags.get_mut(&id)) {
                    (tag.slug, tag.name, tag.description) = (slug, title, about);
                }
            }
            "categories" => {
                if let Some(category) = self.category(path).and_then(|id| self.categories.get_mut(&id)) {
                    (category.slug, category.name, category.description) = (slug, title, about);
                }
            }
            "series" => {
                if let Some(series) = self.series(path).and_then(|id| self.series.get_mut(&id)) {
                    (series.slug, series.title, series.description) = (slug, title, about);
                }
            }
            _ => return false,
        }
        true
    }

    /// The tags, by id.
    pub(super) fn tags(&self) -> impl ExactSizeIterator<Item = &TagRecord> {
        self.tags.values()
    }

    /// The categories, parents first.
    pub(super) fn categories(&self) -> impl ExactSizeIterator<Item = &CategoryRecord> {
        self.categories.values()
    }

    /// The series, by id.
    pub(super) fn all_series(&self) -> impl ExactSizeIterator<Item = &SeriesRecord> {
        self.series.values()
    }
}

/// The id of a term with this name; none where nothing of it could be in a URL.
fn id_of(name: &str) -> Option<String> {
    (!slugify(name).is_empty()).then(|| name_key(name))
}

#[cfg(test)]
mod tests {
    use super::Terms;

    #[test]
    fn a_category_path_is_a_path_in_the_tree() {
        let mut terms = Terms::default();
        assert_eq!(terms.category("Craft / Binding").as_deref(), Some("craft/binding"));
        assert_eq!(terms.category("Craft").as_deref(), Some("craft"));
        assert_eq!(terms.category("/!/"), None);
        let found = terms
            .categories()
            .map(|c| (c.id.as_str(), c.name.as_str(), c.parent.as_deref()))
            .collect::<Vec<_>>();
        assert_eq!(
            found,
            [("craft", "Craft", None), ("craft/binding", "Binding", Some("craft"))]
        );
    }

    #[test]
    fn names_that_differ_in_signs_are_different_terms() {
        let mut terms = Terms::default();
        let ids: Vec<_> = ["c", "C#", "c++", "C"].iter().map(|name| terms.tag(name)).collect();
        assert_eq!(ids, ["c", "c#", "c++", "c"].map(|id| Some(id.to_owned())));
    }

    #[test]
    fn terms_are_the_same_whatever_their_spelling() {
        let mut terms = Terms::default();
        assert_eq!(terms.tag("Letter Press"), terms.tag("letter-press"));
        assert_eq!(terms.tags().len(), 1);
        assert!(terms.describe("tags", "letter-press", Some("Letterpress".to_owned()), None));
        assert_eq!(terms.tags().next().unwrap().name, "Letterpress");
        assert!(!terms.describe("posts", "x", None, None));
        assert_eq!(terms.tag("?"), None);
    }
}
