//! Who wrote a post and what it is about: tables that join posts with others, in the order that they state.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::row::Row;

/// Names that a remark lists.
const MOST_NAMES: usize = 5;

/// The rows of a table that joins posts with something else.
#[derive(Default)]
pub(super) struct Links {
    by_post: HashMap<String, Vec<(i64, String)>>,
    /// What rows name that is not in the file.
    dangling: BTreeSet<String>,
    dropped: usize,
}

impl Links {
    /// Notes a row whose `column` names the other end.
    pub fn note(&mut self, row: &mut Row, column: &str) {
        let order = row.number("sort_order");
        let end = row.take(column);
        self.by_post.entry(row.take("post_id")).or_default().push((order, end));
    }

    /// Drops what leads nowhere and what is said twice, and brings the rest into order.
    pub fn finish(&mut self, posts: &HashSet<String>, has_end: impl Fn(&str) -> bool) {
        let (mut dropped, mut dangling) = (0, BTreeSet::new());
        self.by_post.retain(|post, ends| {
            if !posts.contains(post) {
                dropped += ends.len();
                dangling.insert(format!("post {post:?}"));
                return false;
            }
            ends.sort_by_key(|(order, _)| *order);
            let mut seen = HashSet::new();
            ends.retain(|(_, end)| {
                if !has_end(end) {
                    dropped += 1;
                    dangling.insert(format!("{end:?}"));
                    return false;
                }
                seen.insert(end.clone())
            });
            true
        });
        self.dropped = dropped;
        self.dangling = dangling;
    }

    /// The other ends of a post's rows, in order.
    pub fn of(&self, post: &str) -> impl Iterator<Item = &str> {
        self.by_post
            .get(post)
            .into_iter()
            .flatten()
            .map(|(_, end)| end.as_str())
    }

    /// What a reader of the report should know of dropped rows.
    pub fn remark(&self) -> Option<String> {
        if self.dropped == 0 {
            return None;
        }
        let named: Vec<_> = self.dangling.iter().take(MOST_NAMES).map(String::as_str).collect();
        let more = if self.dangling.len() > MOST_NAMES { " …" } else { "" };
        Some(format!(
            "rows that name what is not in the file were dropped: {} ({}{more})",
            self.dropped,
            named.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(rows: &[(&str, &str, &str)]) -> Links {
        let mut links = Links::default();
        for (post, tag, order) in rows {
            links.note(
                &mut Row::of(&[("post_id", post), ("tag_id", tag), ("sort_order", order)]),
                "tag_id",
            );
        }
        links.finish(&["1".to_owned(), "2".to_owned()].into(), |tag| tag != "gone");
        links
    }

    #[test]
    fn the_stated_order_counts_and_not_that_of_the_file() {
        let links = links(&[("1", "b", "1"), ("1", "a", "0"), ("1", "c", "2"), ("1", "b", "3")]);
        assert_eq!(links.of("1").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(links.remark(), None);
    }

    #[test]
    fn rows_that_lead_nowhere_are_dropped_and_told() {
        let links = links(&[("1", "gone", "0"), ("3", "a", "0"), ("2", "a", "x")]);
        assert_eq!(
            (links.of("1").count(), links.of("3").count(), links.of("2").count()),
            (0, 0, 1)
        );
        assert!(links.remark().unwrap().contains("dropped: 2 (\"gone\", post \"3\")"));
    }
}
