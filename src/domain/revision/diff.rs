//! What changed between two revisions, word by word.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use similar::{Algorithm, ChangeTag, TextDiff};

use super::RevisionText;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::threads::Threads;

/// How long the shortest difference of two revisions is searched for; after that a longer one, no less true, must do.
const TIMEOUT: Duration = Duration::from_millis(500);
/// The most bytes of two revisions that are compared.
const MAX_DIFF_BYTES: usize = 1_000_000;

/// Where revisions are compared, each of which may take a core for a second and tens of megabytes.
static THREADS: LazyLock<Threads> = LazyLock::new(|| Threads::with_queue(16));

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

/// What changed between two revisions.
#[derive(Clone, Debug)]
pub struct RevisionDiff {
    /// The title.
    pub title: Vec<DiffPart>,
    /// The excerpt.
    pub excerpt: Vec<DiffPart>,
    /// The source of the text.
    pub source: Vec<DiffPart>,
}

/// Compares a revision with an older one, or with nothing.
///
/// # Errors
/// A problem with texts that are too long; [`Refusal::Busy`] when too many comparisons wait.
pub async fn compare(old: Option<Arc<RevisionText>>, new: Arc<RevisionText>) -> Result<RevisionDiff, Refusal> {
    let size =
        |text: &RevisionText| text.title.len() + text.excerpt.as_ref().map_or(0, String::len) + text.source.len();
    let bytes = old.as_deref().map_or(0, size) + size(&new);
    if bytes > MAX_DIFF_BYTES {
        let message = format!(
            "The two revisions have {bytes} bytes together; at most {MAX_DIFF_BYTES} are compared. Compare their \
             `bodySource` yourself."
        );
        return Err(Problem::new(ProblemCode::TooLong, "diff", message).into());
    }
    let compare = move || {
        let deadline = Instant::now() + TIMEOUT;
        let old = old.as_deref();
        let parts = |text: fn(&RevisionText) -> &str| words(old.map_or("", text), text(&new), deadline);
        RevisionDiff {
            title: parts(|text| &text.title),
            excerpt: parts(|text| text.excerpt.as_deref().unwrap_or_default()),
            source: parts(|text| &text.source),
        }
    };
    Ok(THREADS.run(compare).await?)
}

/// The parts that two texts are made of, in order: all but the removed ones give the new text, all but the added ones the
/// old.
fn words(old: &str, new: &str, deadline: Instant) -> Vec<DiffPart> {
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .deadline(deadline)
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

    fn words(old: &str, new: &str) -> Vec<DiffPart> {
        super::words(old, new, Instant::now() + TIMEOUT)
    }

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
