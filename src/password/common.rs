//! The passwords that are tried first, and therefore refused.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words, names, keyboard walks and catch phrases that people are known to choose, one a line, sorted, in small letters.
/// Collected for Quoin, from no other list, so that the licence is Quoin's own.
const TEXT: &str = include_str!("commonest.txt");

static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| TEXT.lines().collect());

/// What people put behind such a word when they are asked for a longer one, besides a year.
const ENDINGS: &[&str] = &[
    "0",
    "00",
    "000",
    "007",
    "01",
    "1",
    "11",
    "111",
    "12",
    "123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "13",
    "1313",
    "2",
    "21",
    "22",
    "23",
    "3",
    "321",
    "4",
    "420",
    "5",
    "6",
    "66",
    "666",
    "69",
    "6969",
    "7",
    "77",
    "777",
    "8",
    "88",
    "9",
    "99",
    "abc",
    "qwe",
    "xxx",
];

/// Years that are years of birth, or of the choice.
const YEARS: std::ops::RangeInclusive<u16> = 1940..=2040;

/// Whether this is one of the commonest passwords, in whichever case: a word of the list, also doubled or with an ending
/// that many choose; or one character, or a few, again and again; or characters in a row (NIST SP 800-63B, 3.1.1.2).
pub fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    let bare = password.trim_end_matches(['!', '?', '.', '#', '*', '$', '@']);
    [password.as_str(), bare].into_iter().any(is_known) || repeats(&password) || is_row(&password)
}

fn is_known(password: &str) -> bool {
    if WORDS.contains(password) {
        return true;
    }
    let doubled = password.len().is_multiple_of(2)
        && password
            .split_at_checked(password.len() / 2)
            .is_some_and(|(first, second)| first == second && WORDS.contains(first));
    doubled || splits(password).any(|(word, ending)| WORDS.contains(word) && is_ending(ending))
}

/// Every way to take the password apart in two.
fn splits(password: &str) -> impl Iterator<Item = (&str, &str)> {
    let longest = ENDINGS.iter().map(|ending| ending.len()).max().unwrap_or_default() + 1;
    let least = password.len().saturating_sub(longest);
    (least..password.len()).filter_map(|place| password.split_at_checked(place))
}

/// One of the common endings or a year, perhaps behind a sign (`_1234`).
fn is_ending(text: &str) -> bool {
    let text = text.strip_prefix(['_', '-', '.', '@', '#', '!', '*']).unwrap_or(text);
    ENDINGS.contains(&text) || (text.len() == 4 && text.parse().is_ok_and(|year| YEARS.contains(&year)))
}

/// Longest piece whose repetition is recognised.
const LONGEST_PIECE: usize = 4;

/// A piece of a few characters at least twice in a row, and nothing else.
fn repeats(password: &str) -> bool {
    let characters: Vec<char> = password.chars().collect();
    (1..=LONGEST_PIECE).any(|length| {
        characters.len() >= 2 * length
            && characters
                .iter()
                .zip(characters.iter().skip(length))
                .all(|(left, right)| left == right)
    })
}

/// Rows in which neighbours stand, forwards or backwards.
const ROWS: &[&str] = &[
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
];

/// Each character is the neighbour of the one before, but for the few at which a new run begins: at least four in a run.
fn is_row(password: &str) -> bool {
    const SHORTEST_RUN: usize = 4;
    let characters: Vec<char> = password.chars().collect();
    let mut rest = characters.as_slice();
    while !rest.is_empty() {
        let length = ROWS.iter().map(|row| run(rest, row)).max().unwrap_or_default();
        if length < SHORTEST_RUN.min(rest.len()) {
            return false;
        }
        rest = &rest[length..];
    }
    true
}

/// How many characters at the beginning stand in a row of the keyboard or the alphabet, in either direction.
fn run(characters: &[char], row: &str) -> usize {
    let backwards: String = row.chars().rev().collect();
    let along = |row: &str| {
        let starts = row
            .char_indices()
            .filter(|(_, start)| characters.first() == Some(start));
        let lengths = starts.map(|(place, _)| {
            characters
                .iter()
                .zip(row[place..].chars())
                .take_while(|(left, right)| **left == *right)
                .count()
        });
        lengths.max().unwrap_or_default()
    };
    along(row).max(along(&backwards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_in_small_letters() {
        let lines: Vec<&str> = TEXT.lines().collect();
        assert!(lines.len() > 1_000);
        assert!(lines.is_sorted());
        assert!(
            lines
                .iter()
                .all(|line| *line == line.to_lowercase() && line.trim() == *line)
        );
    }

    #[test]
    fn what_many_choose_is_common() {
        for password in [
            "password",
            "PASSWORD",
            "Password1",
            "password123",
            "Passw0rd!",
            "P@ssw0rd",
            "12345678",
            "123456789",
            "1234567890",
            "0123456789",
            "87654321",
            "11111111",
            "aaaaaaaa",
            "12121212",
            "abcabcabc",
            "abcdefgh",
            "qwertyuiop",
            "qwerty123",
            "qwerty12345",
            "1q2w3e4r",
            "1qaz2wsx",
            "iloveyou",
            "ILoveYou2",
            "football",
            "baseball1",
            "superman",
            "trustno1",
            "letmein123",
            "welcome1",
            "Welcome2024!",
            "Summer2025",
            "monkeymonkey",
            "dragon1984",
            "charlie_1",
            "changeme!",
            "1234abcd",
            "admin@123",
            "asdfasdf",
            "contraseña1",
            "abcd1234",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn what_few_choose_is_not() {
        for password in [
            "the wedge that locks",
            "letterpress in the attic",
            "dragon eats paper",
            "monkey8391746",
            "xK9#mQ2$",
            "8f3a91c0",
            "passwordless is better",
            "пароль наборщика",
            "密码很长很长很长",
            "ññññ-uuuu-oooo",
        ] {
            assert!(!is_common(password), "{password}");
        }
    }
}
