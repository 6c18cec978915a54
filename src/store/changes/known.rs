use std::collections::HashMap;
use std::time::Instant;

use foldhash::fast::RandomState;

use super::topic::Topic;

/// How many topics are remembered in each of two halves.
const MOST: usize = 50_000;

type Positions = HashMap<Topic, i64, RandomState>;

/// What a process knows of the log: the newest position of each topic that changed lately.
#[derive(Debug, Default)]
pub struct Known {
    /// The newest position; none before the first look.
    pub position: Option<i64>,
    /// When the last look began. It saw whatever was committed before that.
    pub looked_at: Option<Instant>,
    /// Looks that began before this count no longer: this process has written since.
    pub expired_at: Option<Instant>,
    /// Of what was made before this position, nothing is known.
    floor: i64,
    young: Positions,
    old: Positions,
}

impl Known {
    /// Begins anew at a position, with nothing of what was before.
    pub fn begin_at(&mut self, position: i64) {
        self.position = Some(position);
        self.floor = position;
        self.young.clear();
        self.old.clear();
    }

    /// Notes what changed at a position, which is the next one or one further on.
    pub fn note(&mut self, position: i64, topics: &[Topic]) {
        if self.position.is_none_or(|known| known + 1 != position) || topics.contains(&Topic::EVERYTHING) {
            self.begin_at(position);
            return;
        }
        self.position = Some(position);
        self.young.extend(topics.iter().map(|topic| (*topic, position)));
        if self.young.len() > MOST {
            self.floor = self.old.values().copied().max().unwrap_or_default().max(self.floor);
            self.old = std::mem::take(&mut self.young);
        }
    }

    /// Whether nothing of `topics` changed after `since`, as far as is known.
    pub fn is_unchanged(&self, since: i64, topics: &[Topic]) -> bool {
        let Some(position) = self.position else {
            return false;
        };
        let changed_later = |topic: &Topic| {
            let newest = self.young.get(topic).or_else(|| self.old.get(topic));
            newest.is_some_and(|newest| *newest > since)
        };
        // A position from the future is of another database, such as one that was put back to an older state.
        (self.floor..=position).contains(&since) && (since == position || !topics.iter().any(changed_later))
    }

    /// When a look began that still counts.
    pub fn counting_look(&self) -> Option<Instant> {
        self.looked_at
            .filter(|looked_at| self.expired_at.is_none_or(|expired_at| *looked_at > expired_at))
    }
}

#[cfg(test)]
mod tests {
    use entity::PostId;

    use super::*;

    fn topics<const N: usize>() -> [Topic; N] {
        std::array::from_fn(|_| Topic::thing(PostId::new()))
    }

    #[test]
    fn only_what_changed_later_is_changed() {
        let [one, other, third] = topics();
        let mut known = Known::default();
        assert!(!known.is_unchanged(0, &[one]), "nothing is known yet");
        known.begin_at(5);
        known.note(6, &[one]);
        known.note(7, &[other]);
        assert!(!known.is_unchanged(5, &[one, third]));
        assert!(known.is_unchanged(6, &[one, third]));
        assert!(!known.is_unchanged(6, &[other]));
        assert!(known.is_unchanged(7, &[one, other]));
    }

    #[test]
    fn nothing_is_known_of_before_the_beginning_or_of_the_future() {
        let [one] = topics();
        let mut known = Known::default();
        known.begin_at(5);
        assert!(!known.is_unchanged(4, &[one]));
        assert!(!known.is_unchanged(6, &[one]));
    }

    #[test]
    fn after_a_gap_or_a_change_of_everything_it_begins_anew() {
        let [one] = topics();
        let mut known = Known::default();
        known.begin_at(5);
        known.note(7, &[]);
        assert!(!known.is_unchanged(5, &[one]));
        known.note(8, &[Topic::EVERYTHING]);
        assert!(!known.is_unchanged(7, &[one]));
        assert!(known.is_unchanged(8, &[one]));
    }

    #[test]
    fn what_is_forgotten_counts_as_changed() {
        let [first] = topics();
        let mut known = Known::default();
        known.begin_at(0);
        known.note(1, &[first]);
        for position in 2..=5 {
            let many: Vec<_> = (0..=MOST).map(|_| Topic::thing(PostId::new())).collect();
            known.note(position, &many);
        }
        assert!(!known.is_unchanged(0, &[first]));
        assert!(known.young.len() + known.old.len() <= 2 * MOST + 2);
    }
}
