//! What changed between two texts, word by word.

use std::time::{Duration, Instant};

use similar::{Algorithm, ChangeTag, TextDiff};

/// How long is looked for the shortest difference; after that a longer one, no less true, must do.
const PATIENCE: Duration = Duration::from_millis(500);

/// What became of a part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stands in both.
    Kept,
    /// It stands in the new text only.
    Added,
    /// It stood in the old text only.
    Removed,
}

/// A part of two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffPart {
    /// What became of it.
    pub change: Change,
    /// The words, with the white space between them.
    pub text: String,
}

/// The parts that two texts are made of, in order: all but the removed ones give the new text, all but the added ones the
/// old.
pub fn words(old: &str, new: &str) -> Vec<DiffPart> {
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .deadline(Instant::now() + PATIENCE)
        .diff_unicode_words(old, new);
    let mut parts: Vec<DiffPart> = Vec::new();
    for step in diff.iter_all_changes() {
        let change = match step.tag() {
            ChangeTag::Equal => Change::Kept,
            ChangeTag::Insert => Change::Added,
            ChangeTag::Delete => Change::Removed,
        };
        match parts.last_mut() {
            Some(last) if last.change == change => last.text.push_str(step.value()),
            _ => parts.push(DiffPart {
                change,
                text: step.value().to_owned(),
            }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(parts: &[DiffPart], without: Change) -> String {
        let kept = parts.iter().filter(|part| part.change != without);
        kept.map(|part| part.text.as_str()).collect()
    }

    #[test]
    fn a_changed_word_is_the_only_difference() {
        let parts = words("The quick brown fox.", "The quick red fox.");
        let changed: Vec<_> = parts.iter().filter(|part| part.change != Change::Kept).collect();
        assert_eq!(changed.len(), 2);
        assert_eq!(
            (changed[0].change, changed[0].text.as_str()),
            (Change::Removed, "brown")
        );
        assert_eq!((changed[1].change, changed[1].text.as_str()), (Change::Added, "red"));
    }

    #[test]
    fn both_texts_come_back_whole() {
        for (old, new) in [
            ("", ""),
            ("", "new"),
            ("old", ""),
            ("a  b\n\nc", "a b\nc d"),
            ("活版印刷の本", "活版の古い本"),
            ("🦀 e\u{301}", "🦀🦀 é"),
        ] {
            let parts = words(old, new);
            assert_eq!(text_of(&parts, Change::Added), old);
            assert_eq!(text_of(&parts, Change::Removed), new);
        }
    }

    #[test]
    fn long_texts_without_a_common_word_end() {
        let old: String = (0..20_000).map(|number| format!("a{number} ")).collect();
        let new: String = (0..20_000).map(|number| format!("b{number} ")).collect();
        let parts = words(&old, &new);
        assert_eq!(text_of(&parts, Change::Added), old);
        assert_eq!(text_of(&parts, Change::Removed), new);
    }
}
