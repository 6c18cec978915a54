//! The tree of pages.

use std::collections::{HashMap, HashSet};

use entity::PostId;

use super::{Failure, Writer, posts};
use crate::domain::post;
use crate::import::record::{Effect, Notice};
use crate::import::tree::cut_cycles;
use crate::store::changes::Topic;

impl Writer {
    /// Puts pages below their parents, which may come after them in the source. All of them, changed or not: an
    /// earlier import may have been interrupted before it came to this.
    pub(super) async fn place_pages(&mut self) -> Result<(), Failure> {
        let pages = std::mem::take(&mut self.pages);
        let named: Vec<&str> = pages.iter().filter_map(|(_, parent, _)| parent.as_deref()).collect();
        let targets = self.recall(posts::KIND, &named).await?;
        let target = |parent: &Option<String>| Some(PostId(targets.get(parent.as_deref()?)?.target));
        let places: HashMap<PostId, usize> = (0..).zip(&pages).map(|(place, (id, ..))| (*id, place)).collect();
        let mut above: Vec<Option<usize>> = pages
            .iter()
            .map(|(_, parent, _)| places.get(&target(parent)?).copied())
            .collect();
        let circles: HashSet<usize> = cut_cycles(&mut above).into_iter().collect();

        let mut placed = Vec::with_capacity(pages.len());
        for (place, (id, parent, position)) in pages.iter().enumerate() {
            let is_cut = circles.contains(&place);
            let found = target(parent).filter(|_| !is_cut);
            if let (Some(parent), None) = (parent, found) {
                let why = if is_cut {
                    "its parents go in a circle"
                } else {
                    "its parent is not there"
                };
                self.report.note(Notice {
                    effect: Effect::Changed,
                    item: format!("page below {parent:?}"),
                    reason: format!("it stands at the top, since {why}"),
                    position: position.clone(),
                });
            }
            placed.push((*id, found));
        }
        let transaction = self.transaction().await?;
        post::place_pages(&transaction, &placed).await?;
        transaction.changed([Topic::EVERYTHING]);
        Ok(transaction.commit().await?)
    }
}
