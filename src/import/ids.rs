//! Ids that stay unique in files where they are not.

use std::collections::HashMap;

/// The ids that were given out, and how often each was asked for.
#[derive(Debug, Default)]
pub(super) struct Ids {
    counts: HashMap<String, u32>,
}

impl Ids {
    /// The wanted id, or (and true) one with the first free suffix: `7`, `7-2`, `7-3`. The same order of questions gets
    /// the same answers.
    pub fn unique(&mut self, wanted: &str) -> (String, bool) {
        let Some(mut count) = self.counts.get(wanted).copied() else {
            self.counts.insert(wanted.to_owned(), 1);
            return (wanted.to_owned(), false);
        };
        let id = loop {
            count += 1;
            let id = format!("{wanted}-{count}");
            if !self.counts.contains_key(&id) {
                break id;
            }
        };
        self.counts.insert(wanted.to_owned(), count);
        self.counts.insert(id.clone(), 1);
        (id, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_ids_get_the_first_free_suffix() {
        let mut ids = Ids::default();
        let given: Vec<_> = ["7", "7-2", "7", "7", "8"]
            .iter()
            .map(|wanted| ids.unique(wanted).0)
            .collect();
        assert_eq!(given, ["7", "7-2", "7-3", "7-4", "8"]);
    }
}
