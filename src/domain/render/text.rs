//! Plain text: gathered from blocks, counted, cut.

/// Words that a reader takes in within a minute.
const WORDS_A_MINUTE: u32 = 230;

/// Gathers text block by block: white space is folded to one space, blocks are parted by one line break.
#[derive(Default)]
pub(super) struct TextBuilder {
    text: String,
    gap: Gap,
}

/// What parts the next word from the text so far.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
}

impl TextBuilder {
    /// Adds characters of the running block.
    pub(super) fn push(&mut self, characters: &str) {
        for (index, word) in characters.split(char::is_whitespace).enumerate() {
            if index > 0 {
                self.space();
            }
            if !word.is_empty() {
                match self.gap {
                    Gap::Space if !self.text.is_empty() => self.text.push(' '),
                    Gap::Line if !self.text.is_empty() => self.text.push('\n'),
                    _ => {}
                }
                self.gap = Gap::None;
                self.text.push_str(word);
            }
        }
    }

    /// Parts what follows by a space at least.
    pub(super) fn space(&mut self) {
        self.gap = self.gap.max(Gap::Space);
    }

    /// Ends the running block.
    pub(super) fn line(&mut self) {
        self.gap = Gap::Line;
    }

    /// The text, without white space around it.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Words of a text; a character of a script without spaces counts as half a word.
pub(super) fn word_count(text: &str) -> u32 {
    let (mut words, mut unspaced) = (0_u32, 0_u32);
    for token in text.split_whitespace() {
        let mut in_word = false;
        for character in token.chars() {
            if is_unspaced(character) {
                unspaced = unspaced.saturating_add(1);
                in_word = false;
            } else if character.is_alphanumeric() && !in_word {
                words = words.saturating_add(1);
                in_word = true;
            }
        }
    }
    words.saturating_add(unspaced.div_ceil(2))
}

/// Minutes to read so many words, at least 1.
pub(super) fn reading_minutes(words: u32) -> u32 {
    words.div_ceil(WORDS_A_MINUTE).max(1)
}

/// Letters of Thai, Lao, Myanmar, Khmer, kana, and Han.
fn is_unspaced(character: char) -> bool {
    matches!(
        u32::from(character),
        0x0E00..=0x0EFF
            | 0x1000..=0x109F
            | 0x1780..=0x17FF
            | 0x3005..=0x3007
            | 0x3040..=0x30FF
            | 0x3400..=0x4DBF
            | 0x4E00..=0x9FFF
            | 0xF900..=0xFAFF
            | 0x2_0000..=0x3_FFFF
    )
}

/// Cuts text to at most `length` characters, "…" included, at the end of a word where one is near; line breaks become
/// spaces. A text that fits is not cut.
pub fn truncate(text: &str, length: usize) -> String {
    let mut kept = String::with_capacity(text.len().min(2 * length));
    // Of `kept`: how many characters, and how many bytes up to the last place where a word ended.
    let (mut count, mut word_end) = (0, 0);
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !kept.is_empty() {
            kept.push(' ');
            count += 1;
        }
        let size = word.chars().take(length + 1).count();
        let room = length.saturating_sub(count);
        // The last word may fill all the room, any other must leave some for the ellipsis.
        if size <= room && (size < room || words.peek().is_none()) {
            kept.push_str(word);
            count += size;
            word_end = kept.len();
        } else {
            return cut(kept, word_end, word, room);
        }
    }
    kept
}

/// Ends a text before `word`, or within it where it has no spaces to cut at.
fn cut(mut kept: String, word_end: usize, word: &str, room: usize) -> String {
    let unbroken = word_end == 0 || word.chars().take(room).any(is_unspaced);
    if unbroken && room > 1 {
        kept.extend(word.chars().take(room - 1));
    } else {
        kept.truncate(word_end);
    }
    kept.truncate(
        kept.trim_end_matches([',', ';', ':', '-', '–', '—', '、', '，', ' '])
            .len(),
    );
    if room > 0 || !kept.is_empty() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{TextBuilder, reading_minutes, truncate, word_count};

    #[test]
    fn white_space_is_folded_and_blocks_are_parted_by_a_line() {
        let mut text = TextBuilder::default();
        text.line();
        text.push("  one\n two");
        text.push("three ");
        text.line();
        text.line();
        text.push(" four ");
        assert_eq!(text.finish(), "one twothree\nfour");
    }

    #[test]
    fn words_are_counted_in_any_script() {
        assert_eq!(word_count(""), 0);
        assert_eq!(word_count("It's a well-known — fact."), 4);
        assert_eq!(word_count("活字印刷"), 2);
        assert_eq!(word_count("活字印刷术 and Rust"), 5);
    }

    #[test]
    fn reading_takes_a_minute_at_least() {
        assert_eq!([0, 230, 231].map(reading_minutes), [1, 1, 2]);
    }

    #[test]
    fn a_text_that_fits_is_not_cut() {
        assert_eq!(truncate("exactly so", 10), "exactly so");
        assert_eq!(truncate("two\nlines", 20), "two lines");
        assert_eq!(truncate("", 10), "");
    }

    #[test]
    fn a_long_text_is_cut_at_a_word() {
        assert_eq!(truncate("The quick, brown fox", 12), "The quick…");
        assert_eq!(truncate("The quick brown fox", 10), "The quick…");
        assert_eq!(truncate("The quick brown fox", 9), "The…");
    }

    #[test]
    fn text_without_spaces_is_cut_within_the_length() {
        assert_eq!(truncate("活字印刷术是中国古代", 5), "活字印刷…");
        assert_eq!(truncate("Donaudampfschifffahrt", 6), "Donau…");
        assert_eq!(truncate("abc", 0), "");
    }

    #[test]
    fn no_cut_is_longer_than_asked_for() {
        let text = "Ink, paper — 活字印刷术 and a verylongwordwithoutanyspaceinit, 🖨️🖨️🖨️ end.";
        for length in 0..text.chars().count() {
            assert!(truncate(text, length).chars().count() <= length, "{length}");
        }
    }
}
