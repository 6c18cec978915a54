//! What an import did.

use std::collections::BTreeMap;

use serde::Serialize;

use super::record::{Effect, Notice};

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
    /// What was not imported, or not wholly as it was, each with its reason and position.
    pub notices: Vec<Notice>,
    /// How many notices were left out because there were more than [`MOST_NOTICES`].
    pub notices_left_out: u64,
    /// Seconds from beginning to end.
    pub seconds: f64,
}

/// The most notices that a report keeps, so that it stays small whatever the source.
pub const MOST_NOTICES: usize = 10_000;

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
    pub fn note(&mut self, notice: Notice) {
        if self.notices.len() < MOST_NOTICES {
            self.notices.push(notice);
        } else {
            self.notices_left_out += 1;
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

    /// How many things were not imported.
    pub fn skipped(&self) -> usize {
        self.notices
            .iter()
            .filter(|notice| notice.effect == Effect::Skipped)
            .count()
    }
}

/// Skipped things are listed one by one up to here on a terminal; the JSON report has them all.
const MOST_LINES: usize = 20;

impl std::fmt::Display for Report {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let would = if self.dry_run { "would go" } else { "went" };
        writeln!(
            formatter,
            "{} {would} into the publication `{}`:",
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
        let Tally {
            created,
            updated,
            unchanged,
        } = self.total();
        writeln!(
            formatter,
            "{created} created, {updated} updated, {unchanged} unchanged, {} skipped in {:.1} s",
            self.skipped(),
            self.seconds
        )?;
        let mut groups: BTreeMap<(&str, &str), Vec<&Notice>> = BTreeMap::new();
        for notice in &self.notices {
            let effect = if notice.effect == Effect::Skipped {
                "skipped"
            } else {
                "changed"
            };
            groups.entry((effect, notice.reason.as_str())).or_default().push(notice);
        }
        for ((effect, reason), notices) in groups.iter().take(MOST_LINES) {
            let Notice { item, position, .. } = notices[0];
            write!(formatter, "  {effect}: {item} ({position}): {reason}")?;
            match notices.len() {
                1 => writeln!(formatter)?,
                more => writeln!(formatter, " (and {} more)", more - 1)?,
            }
        }
        let hidden = u64::try_from(groups.len().saturating_sub(MOST_LINES)).unwrap_or(0) + self.notices_left_out;
        if hidden > 0 {
            writeln!(
                formatter,
                "  … and {hidden} more kinds of notices; --report FILE has them"
            )?;
        }
        Ok(())
    }
}
