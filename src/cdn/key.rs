//! Keys: what an answer shows, in few letters. An answer that shows little is marked with a key for each thing, so that it
//! goes when one of them changes. One that shows much is marked with the beginnings of those keys, each of which stands for
//! many things: it may go too early, and never too late, since a change names its key and both beginnings.

use std::array;
use std::collections::BTreeSet;

use crate::store::changes::Topic;

/// The letters of base 32 (RFC 4648 §6). Small ones alone, since Cloudflare tells no case apart.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// How many letters a key has, the finest first: one of thousand million, one of a million, and one of thousand.
const WIDTHS: [usize; 3] = [6, 4, 2];

/// Bytes of a header with keys. Fastly ignores all keys after 16,384 bytes
/// (<https://www.fastly.com/documentation/reference/http/http-headers/Surrogate-Key/>), Cloudflare takes 16 KB
/// (<https://developers.cloudflare.com/cache/how-to/purge-cache/purge-by-tags/>), and what stands between may have no more
/// for all headers together, such as a client made with Node. The coarsest keys always fit: they are at most 1,024.
const MOST_BYTES: usize = 12_000;

/// The keys of an answer that shows these topics, each once: few enough for a header.
pub fn keys_of_answer(topics: &[Topic]) -> Vec<String> {
    let full: Vec<_> = topics.iter().map(|topic| letters(*topic)).collect();
    let mut keys = Vec::new();
    for width in WIDTHS {
        keys = full.iter().map(|letters| &letters[..width]).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() * (width + 1) <= MOST_BYTES {
            break;
        }
    }
    keys.into_iter().map(text).collect()
}

/// Every key of an answer that shows one of these topics, each once.
pub fn keys_of_changes(topics: &[Topic]) -> Vec<String> {
    let full: Vec<_> = topics.iter().map(|topic| letters(*topic)).collect();
    let keys: BTreeSet<_> = full
        .iter()
        .flat_map(|letters| WIDTHS.map(|width| &letters[..width]))
        .collect();
    keys.into_iter().map(text).collect()
}

fn text(letters: &[u8]) -> String {
    letters.iter().map(|letter| char::from(*letter)).collect()
}

/// The finest key of a topic. The same in every version: answers that were marked by another may lie in a cache for long.
fn letters(topic: Topic) -> [u8; WIDTHS[0]] {
    let mut bits = mixed(topic.bits());
    array::from_fn(|_| {
        bits = bits.rotate_left(5);
        LETTERS[(bits & 31) as usize]
    })
}

/// The finaliser of `SplitMix64` (<https://prng.di.unimi.it/splitmix64.c>): the ids in topics have bits that are always the
/// same, and are close to each other in imported sites.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use entity::PostId;

    use super::*;

    fn topics(count: usize) -> Vec<Topic> {
        (0..count).map(|_| Topic::thing(PostId::new())).collect()
    }

    fn bytes(keys: &[String]) -> usize {
        keys.join(" ").len()
    }

    #[test]
    fn whatever_an_answer_shows_its_keys_fit_and_a_change_of_any_of_it_names_one_of_them() {
        for count in [0, 1, 300, 1_700, 1_800, 2_500, 5_000] {
            let topics = topics(count);
            let keys = keys_of_answer(&topics);
            assert!(bytes(&keys) <= MOST_BYTES, "{count}: {}", bytes(&keys));
            assert_eq!(keys.is_empty(), count == 0);
            for topic in topics {
                let purged = keys_of_changes(&[topic]);
                assert!(purged.iter().any(|key| keys.contains(key)), "{count}");
            }
        }
    }

    #[test]
    fn a_change_of_something_else_leaves_all_but_the_longest_answers_alone() {
        for (count, most_hits) in [(300, 0), (1_700, 0), (2_000, 20)] {
            let keys = keys_of_answer(&topics(count));
            let others = topics(1_000);
            let hits = others
                .iter()
                .filter(|topic| keys_of_changes(&[**topic]).iter().any(|key| keys.contains(key)));
            assert!(hits.count() <= most_hits, "{count}");
        }
    }

    #[test]
    fn keys_stay_the_same_from_version_to_version() {
        let keys = keys_of_changes(&[Topic::EVERYTHING, Topic::any(entity::post::Entity)]);
        assert_eq!(keys, ["aa", "aaaa", "aaaaaa", "bq", "bqth", "bqthgz"]);
    }

    #[test]
    fn keys_are_words_in_every_header() {
        for key in keys_of_answer(&topics(200)) {
            assert!(key.bytes().all(|letter| LETTERS.contains(&letter)), "{key}");
        }
    }
}
