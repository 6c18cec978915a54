//! The ids of a text's elements, of headings above all.

use std::collections::HashMap;

use super::Heading;

/// Longer ids are cut.
const LONGEST_ID: usize = 100;

/// Gives ids, each once, and keeps the list of headings.
#[derive(Default)]
pub(super) struct Headings {
    /// The number that the next heading of that id gets.
    ids: HashMap<String, u32>,
    list: Vec<Heading>,
}

impl Headings {
    /// Whether an element that is no heading may bear this id.
    pub(super) fn take(&mut self, id: &str) -> bool {
        let free = is_safe(id) && !self.ids.contains_key(id);
        if free {
            self.ids.insert(id.to_owned(), 2);
        }
        free
    }

    /// Lists a heading and returns its id: the one that the author wished for, else one made of its text.
    pub(super) fn add(&mut self, level: u8, text: String, wish: Option<String>) -> String {
        let id = wish.filter(|id| is_safe(id)).unwrap_or_else(|| slug_of(&text));
        let id = self.unique(&id);
        if !text.is_empty() {
            self.list.push(Heading {
                level,
                id: id.clone(),
                text,
            });
        }
        id
    }

    /// The headings in order.
    pub(super) fn finish(self) -> Vec<Heading> {
        self.list
    }

    fn unique(&mut self, id: &str) -> String {
        let mut candidate = id.to_owned();
        while self.ids.contains_key(&candidate) {
            let number = self.ids.entry(id.to_owned()).or_insert(2);
            candidate = format!("{id}-{number}");
            *number += 1;
        }
        self.ids.insert(candidate.clone(), 2);
        candidate
    }
}

fn slug_of(text: &str) -> String {
    let mut slug = slug::slugify(text.chars().take(LONGEST_ID).collect::<String>());
    slug.truncate(LONGEST_ID);
    let slug = slug.trim_end_matches('-');
    match slug {
        "" => "section".to_owned(),
        // Footnotes come later, and their links would lead to the heading.
        _ if slug.starts_with("fn-") || slug.starts_with("fnref-") => format!("section-{slug}"),
        _ => slug.to_owned(),
    }
}

/// Whether an id is a token that needs no escaping anywhere.
fn is_safe(id: &str) -> bool {
    id.len() <= LONGEST_ID
        && id.starts_with(|first: char| first.is_ascii_alphabetic())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:%".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::Headings;

    #[test]
    fn the_same_heading_twice_gets_two_ids() {
        let mut headings = Headings::default();
        let ids = ["A b", "A b", "A b 2", "A b"].map(|text| headings.add(2, text.to_owned(), None));
        assert_eq!(ids, ["a-b", "a-b-2", "a-b-2-2", "a-b-3"]);
    }

    #[test]
    fn a_wish_is_heard_when_it_is_safe() {
        let mut headings = Headings::default();
        assert_eq!(headings.add(2, "Text".to_owned(), Some("mine".to_owned())), "mine");
        assert_eq!(headings.add(2, "Text".to_owned(), Some("mine".to_owned())), "mine-2");
        assert_eq!(headings.add(2, "Text".to_owned(), Some("a b\"".to_owned())), "text");
    }

    #[test]
    fn a_heading_without_letters_has_an_id_too() {
        let mut headings = Headings::default();
        assert_eq!(headings.add(2, "!!!".to_owned(), None), "section");
        assert_eq!(headings.add(2, String::new(), None), "section-2");
        assert_eq!(headings.finish().len(), 1);
    }

    #[test]
    fn a_heading_never_takes_the_id_of_a_footnote() {
        let mut headings = Headings::default();
        assert_eq!(headings.add(2, "fn 1".to_owned(), None), "section-fn-1");
        assert!(headings.take("fn-1"));
        assert!(!headings.take("fn-1"));
        assert!(!headings.take("a b"));
    }
}
