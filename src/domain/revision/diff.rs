//! What changed between two revisions, word by word.

use std::ops::Range;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiffPart<'a> {
    /// What became of it.
    pub change: Change,
    /// The words, with the white space between them.
    pub text: &'a str,
}

/// The parts that two texts are made of, in order: all but the removed ones give the new text, all but the added ones the
/// old. A part of a few words takes little more memory than these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiffText {
    /// The texts of all parts.
    text: String,
    /// What became of each part, and where its text ends.
    parts: Vec<(Change, usize)>,
}

impl DiffText {
    /// The positions of the parts, in order.
    pub fn positions(&self) -> Range<usize> {
        0..self.parts.len()
    }

    /// The part at one of the [`positions`](Self::positions).
    pub fn part(&self, position: usize) -> DiffPart<'_> {
        let start = position.checked_sub(1).map_or(0, |before| self.parts[before].1);
        let (change, end) = self.parts[position];
        DiffPart {
            change,
            text: &self.text[start..end],
        }
    }

    /// Adds some words; a part ends where something else became of them.
    fn push(&mut self, change: Change, words: &str) {
        self.text.push_str(words);
        let end = self.text.len();
        match self.parts.last_mut() {
            Some((last, last_end)) if *last == change => *last_end = end,
            _ => self.parts.push((change, end)),
        }
    }
}

/// What changed between two revisions.
#[derive(Clone, Debug)]
pub struct RevisionDiff {
    /// The title.
    pub title: Arc<DiffText>,
    /// The excerpt.
    pub excerpt: Arc<DiffText>,
    /// The source of the text.
    pub source: Arc<DiffText>,
}

impl RevisionDiff {
    /// How much memory it takes, in bytes.
    pub fn size(&self) -> usize {
        let texts = [&self.title, &self.excerpt, &self.source];
        let size = |text: &Arc<DiffText>| text.text.capacity() + text.parts.capacity() * size_of::<(Change, usize)>();
        texts.into_iter().map(size).sum()
    }
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
        let parts = |text: fn(&RevisionText) -> &str| words(old.map_or("", text), text(&new), deadline).into();
        RevisionDiff {
            title: parts(|text| &text.title),
            excerpt: parts(|text| text.excerpt.as_deref().unwrap_or_default()),
            source: parts(|text| &text.source),
        }
    };
    Ok(THREADS.run(compare).await?)
}

/// Compares two texts word by word.
fn words(old: &str, new: &str, deadline: Instant) -> DiffText {
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .deadline(deadline)
        .diff_unicode_words(old, new);
    let mut parts = DiffText::default();
    for step in diff.iter_all_changes() {
        let change = match step.tag() {
            ChangeTag::Equal => Change::Kept,
            ChangeTag::Insert => Change::Added,
            ChangeTag::Delete => Change::Removed,
        };
        parts.push(change, step.value());
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use entity::post::SourceFormat;
    use futures_util::poll;

    use super::*;

    fn words(old: &str, new: &str) -> DiffText {
        super::words(old, new, Instant::now() + TIMEOUT)
    }

    fn parts(diff: &DiffText) -> impl Iterator<Item = DiffPart<'_>> {
        diff.positions().map(|position| diff.part(position))
    }

    fn text_of(diff: &DiffText, without: Change) -> String {
        let kept = parts(diff).filter(|part| part.change != without);
        kept.map(|part| part.text).collect()
    }

    #[test]
    fn a_changed_word_is_the_only_difference() {
        let diff = words("The quick brown fox.", "The quick red fox.");
        let changed = parts(&diff).filter(|part| part.change != Change::Kept);
        let changed: Vec<_> = changed.map(|part| (part.change, part.text)).collect();
        assert_eq!(changed, [(Change::Removed, "brown"), (Change::Added, "red")]);
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

    #[tokio::test]
    async fn a_comparison_too_many_at_once_is_refused() {
        let text = Arc::new(RevisionText {
            title: "Gulls".to_owned(),
            excerpt: None,
            source: String::new(),
            source_format: SourceFormat::Markdown,
            custom_fields: serde_json::json!({}),
        });
        assert!(compare(None, Arc::clone(&text)).await.is_ok());
        let (mut working, mut waiting) = (Vec::new(), Vec::new());
        loop {
            let mut turn = Box::pin(THREADS.turn());
            match poll!(&mut turn) {
                Poll::Ready(Ok(turn)) => working.push(turn),
                Poll::Ready(Err(_)) => break,
                Poll::Pending => waiting.push(turn),
            }
        }
        assert!(matches!(compare(None, text).await, Err(Refusal::Busy)));
    }

    #[test]
    fn long_texts_without_a_common_word_end() {
        let old: String = (0..20_000).map(|number| format!("a{number} ")).collect();
        let new: String = (0..20_000).map(|number| format!("b{number} ")).collect();
        let parts = words(&old, &new);
        assert_eq!(text_of(&parts, Change::Added), old);
        assert_eq!(text_of(&parts, Change::Removed), new);
    }

    #[test]
    fn many_small_changes_take_little_more_memory_than_the_texts() {
        let text = |letter: char| {
            (0..20_000)
                .map(|number| format!("{letter}{number} "))
                .collect::<String>()
        };
        let (old, new) = (text('a'), text('b'));
        let diff = RevisionDiff {
            title: Arc::default(),
            excerpt: Arc::default(),
            source: words(&old, &new).into(),
        };
        assert!(diff.size() <= 8 * (old.len() + new.len()), "{}", diff.size());
    }
}
