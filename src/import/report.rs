//! What an import did.

use std::collections::BTreeMap;

use serde::Serialize;

use super::record::{Effect, LeftOut, Notice, Position};
use crate::domain::text::counted;

/// How many things of one kind were treated how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Made.
    pub created: u64,
    /// Changed, because they had changed in the source.
    pub updated: u64,
    /// Left alone.
    pub unchanged: u64,
}

/// What became of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was left alone.
    Unchanged,
}

impl Outcome {
    /// For a thing that is known to be the same as before or not; none: it was not known.
    pub fn of(is_same: Option<bool>) -> Self {
        match is_same {
            None => Self::Created,
            Some(false) => Self::Updated,
            Some(true) => Self::Unchanged,
        }
    }
}

/// What an import did, or (dry run) would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The name of the source.
    pub source: String,
    /// The slug of the publication.
    pub publication: String,
    /// Whether nothing was kept.
    pub dry_run: bool,
    /// By kind: `author`, `category`, `tag`, `series`, `media`, `article`, `page`, `comment`.
    pub tallies: BTreeMap<&'static str, Tally>,
    /// How many things were not imported.
    pub skipped: u64,
    /// What was not imported, or not wholly as it was, each with its reason and position; at most [`MOST_NOTICES`].
    pub notices: Vec<Notice>,
    /// How many more notices there were.
    pub notices_left_out: u64,
    /// How many posts have a custom field that was not imported, by its name.
    pub fields_left_out: BTreeMap<String, u64>,
    /// How many posts had text, now left out, inside a shortcode that may have hidden it, by its name.
    pub shortcodes_left_out: BTreeMap<String, u64>,
    /// Seconds from beginning to end.
    pub seconds: f64,
}

/// The most notices that a report keeps, so that it stays small whatever the source.
pub const MOST_NOTICES: usize = 10_000;
/// The longest text of a notice, in characters.
const MOST_TEXT: usize = 300;
/// Reasons are listed up to here on a terminal.
const MOST_LINES: usize = 20;
/// Custom fields and shortcodes are listed up to here on a terminal.
const MAX_NAMES: usize = 50;

impl Report {
    /// Counts one thing.
    pub fn count(&mut self, kind: &'static str, outcome: Outcome) {
        let tally = self.tallies.entry(kind).or_default();
        match outcome {
            Outcome::Created => tally.created += 1,
            Outcome::Updated => tally.updated += 1,
            Outcome::Unchanged => tally.unchanged += 1,
        }
    }

    /// Keeps a notice.
    pub fn note(&mut self, mut notice: Notice) {
        self.skipped += u64::from(notice.effect == Effect::Skipped);
        if self.notices.len() < MOST_NOTICES {
            fit(&mut notice.item);
            fit(&mut notice.reason);
            fit(&mut notice.position.file);
            self.notices.push(notice);
        } else {
            self.notices_left_out += 1;
        }
    }

    /// Counts the posts with what was not imported since the import does not name it.
    pub fn note_left_out(&mut self, left_out: LeftOut) {
        for (counts, more) in [
            (&mut self.fields_left_out, left_out.fields),
            (&mut self.shortcodes_left_out, left_out.shortcodes),
        ] {
            for (mut name, count) in more {
                fit(&mut name);
                *counts.entry(name).or_default() += count;
            }
        }
    }

    /// All kinds together.
    pub fn total(&self) -> Tally {
        self.tallies.values().fold(Tally::default(), |total, tally| Tally {
            created: total.created + tally.created,
            updated: total.updated + tally.updated,
            unchanged: total.unchanged + tally.unchanged,
        })
    }
}

/// Cuts a text, and takes from it what would steer a terminal.
fn fit(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MOST_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    if text.contains(char::is_control) {
        *text = text.replace(char::is_control, " ");
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            created,
            updated,
            unchanged,
        } = self;
        write!(formatter, "{created} created, {updated} updated, {unchanged} unchanged")
    }
}

/// For a terminal: the sums stand last, where they are read first.
impl std::fmt::Display for Report {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let went = if self.dry_run { "would go" } else { "went" };
        writeln!(
            formatter,
            "{} {went} into the publication {}:",
            self.source, self.publication
        )?;
        for (kind, tally) in &self.tallies {
            let Tally {
                created,
                updated,
                unchanged,
            } = tally;
            writeln!(
                formatter,
                "  {kind:<9} {created:>7} created {updated:>7} updated {unchanged:>7} unchanged"
            )?;
        }
        let mut groups: BTreeMap<(&str, &str), (&Notice, usize)> = BTreeMap::new();
        for notice in &self.notices {
            let effect = match notice.effect {
                Effect::Skipped => "skipped",
                Effect::Changed => "changed",
            };
            let group = groups.entry((effect, notice.reason.as_str())).or_insert((notice, 0));
            group.1 += 1;
        }
        for ((effect, reason), (first, count)) in groups.iter().rev().take(MOST_LINES) {
            write!(formatter, "  {effect}: {}", first.item)?;
            if first.position != Position::default() {
                write!(formatter, " ({})", first.position)?;
            }
            match count {
                1 => writeln!(formatter, ": {reason}")?,
                count => writeln!(formatter, " and {} more: {reason}", count - 1)?,
            }
        }
        if groups.len() > MOST_LINES {
            let more = counted(groups.len() - MOST_LINES, "more reason", "more reasons");
            writeln!(formatter, "  … and {more}; --report FILE names everything")?;
        }
        if self.notices_left_out > 0 {
            let more = counted(self.notices_left_out, "more notice", "more notices");
            writeln!(formatter, "  … and {more}, in no report")?;
        }
        for (counts, what, option) in [
            (
                &self.fields_left_out,
                "custom fields left out",
                "--meta NAME imports one",
            ),
            (
                &self.shortcodes_left_out,
                "shortcodes that may have hidden their text, which was left out",
                "--show-shortcode NAME imports the text of one",
            ),
        ] {
            if !counts.is_empty() {
                let names = most_frequent(counts);
                writeln!(formatter, "  {what}, with the number of posts: {names}")?;
                writeln!(formatter, "  {option} and makes it public")?;
            }
        }
        let (total, skipped, seconds) = (self.total(), self.skipped, self.seconds);
        writeln!(formatter, "{total}, {skipped} skipped in {seconds:.1} s")
    }
}

fn most_frequent(counts: &BTreeMap<String, u64>) -> String {
    let mut names: Vec<_> = counts.iter().collect();
    names.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    let listed = names.iter().take(MAX_NAMES);
    let listed: Vec<_> = listed.map(|(name, count)| format!("{name} ({count})")).collect();
    match names.len().saturating_sub(MAX_NAMES) {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(effect: Effect, item: &str, reason: &str) -> Notice {
        Notice {
            effect,
            item: item.to_owned(),
            reason: reason.to_owned(),
            position: Position::default(),
        }
    }

    #[test]
    fn the_sums_stand_last() {
        let mut report = Report::default();
        report.count("article", Outcome::Created);
        report.count("page", Outcome::Unchanged);
        report.note(notice(Effect::Skipped, "x", "why"));
        let text = report.to_string();
        let last = text.lines().last().unwrap();
        assert_eq!(last, "1 created, 0 updated, 1 unchanged, 1 skipped in 0.0 s");
    }

    #[test]
    fn equal_reasons_share_a_line() {
        let mut report = Report::default();
        for item in ["a", "b", "c"] {
            report.note(notice(Effect::Changed, item, "why"));
        }
        assert!(report.to_string().contains("changed: a and 2 more: why\n"), "{report}");
    }

    #[test]
    fn notices_are_bounded_in_number_and_length_but_all_are_counted() {
        let mut report = Report::default();
        for _ in 0..MOST_NOTICES + 5 {
            report.note(notice(Effect::Skipped, &"x".repeat(10_000), "why"));
        }
        assert_eq!(report.notices.len(), MOST_NOTICES);
        assert_eq!((report.skipped, report.notices_left_out), (MOST_NOTICES as u64 + 5, 5));
        assert!(report.notices[0].item.chars().count() <= MOST_TEXT + 1);
    }

    #[test]
    fn what_was_left_out_is_listed_the_most_frequent_first() {
        let mut report = Report::default();
        let counts = || [("a\u{1b}".to_owned(), 1), ("b".to_owned(), 2), ("c".to_owned(), 1)].into();
        report.note_left_out(LeftOut {
            fields: counts(),
            shortcodes: counts(),
        });
        let text = report.to_string();
        assert_eq!(text.matches(": b (2), a  (1), c (1)\n").count(), 2, "{text}");
        report.note_left_out(LeftOut {
            fields: (0..100).map(|number| (format!("field {number}"), 1)).collect(),
            ..LeftOut::default()
        });
        assert!(report.to_string().contains(" and 53 more\n"), "{report}");
    }

    #[test]
    fn nothing_in_a_notice_steers_the_terminal() {
        let mut report = Report::default();
        report.note(notice(Effect::Skipped, "\u{1b}[2J", "a\rb"));
        assert!(!report.to_string().contains(['\u{1b}', '\r']));
    }
}
